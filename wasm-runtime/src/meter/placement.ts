/**
 * Where counting code goes. What an accumulator holds and what it should hold may differ, as long as the difference is a
 * constant at each point of the code and is known where the accumulator is flushed. Every link of the flow graph says
 * how the differences at its ends and the addition on it hang together; on a spanning tree the differences can be chosen
 * so that no addition is needed, and what remains are the links off the tree. Of all spanning trees, a maximum one by
 * frequency of execution leaves the fewest additions to be run (Knuth and Stevenson, "Optimal Measurement Points for
 * Program Frequency Counts", BIT 1973; Ball and Larus, "Optimally Profiling and Tracing Programs", TOPLAS 1994).
 */
import { CARRIER, type Flow, GROUND, type Link } from './flow.ts';

/** An addition on the taken side of a branch costs a jump besides. */
const DETOUR = 1.02;

export class Placement {
  /** For each instruction, what to add before it. */
  before = new Int32Array(0);
  /** What to add on the taken side of a `br_if`. */
  taken = new Int32Array(0);
  /** What to add in an `else` that an `if` lacks, at its `end`. */
  otherwise = new Int32Array(0);
  /** What a flush takes beyond the accumulator. */
  correction = new Int32Array(0);
  /** What the accumulator is set to once a flush has taken it. */
  reset = new Int32Array(0);
  /** What the accumulator is set to at the function's start. */
  entry = 0;
  /** What the flush that all exits share takes beyond the accumulator. */
  exit = 0;

  /** The tree that each point is in, as a path towards its root, and the difference to the next point of the path. */
  private parents = new Int32Array(0);
  private differences = new Float64Array(0);

  /** Places the additions of a function whose body has `instructionCount` instructions, the first segment of a given weight. */
  place(graph: Flow, instructionCount: number, firstWeight: number): void {
    this.clear(instructionCount);
    this.plant(graph.pointCount);
    const { links } = graph;
    // First those that must be in the tree.
    for (const link of links) if (link.carrier === CARRIER.none) this.join(link);
    const left = mostValuableFirst(links).filter((link) => !this.join(link));
    for (const link of links) if (link.carrier === CARRIER.none) left.push(link);
    for (const link of left) this.add(link, this.differenceAt(link.to) - this.differenceAt(link.from) + link.weight);
    for (const { at, point } of graph.resets) this.reset[at] = this.differenceAt(point);
    this.entry = firstWeight + this.differenceAt(graph.entry);
  }

  private clear(count: number): void {
    if (this.before.length <= count) {
      const capacity = count * 2 + 1;
      this.before = new Int32Array(capacity);
      this.taken = new Int32Array(capacity);
      this.otherwise = new Int32Array(capacity);
      this.correction = new Int32Array(capacity);
      this.reset = new Int32Array(capacity);
    } else {
      for (const list of [this.before, this.taken, this.otherwise, this.correction, this.reset])
        list.fill(0, 0, count + 1);
    }
    this.exit = 0;
  }

  /** Every point a tree of its own. */
  private plant(count: number): void {
    if (this.parents.length < count) {
      this.parents = new Int32Array(count * 2);
      this.differences = new Float64Array(count * 2);
    }
    for (let point = 0; point < count; point++) this.parents[point] = point;
    this.differences.fill(0, 0, count);
  }

  /** Puts a link into the forest, without an addition. Returns false where its ends are in one tree already. */
  private join({ from, to, weight }: Link): boolean {
    const a = this.rootOf(from);
    const b = this.rootOf(to);
    if (a === b) return false;
    // The difference falls by the weight along the link, as nothing is added. The ground's tree keeps its root.
    const change = (this.differences[from] ?? 0) - weight - (this.differences[to] ?? 0);
    if (b === GROUND) this.hang(a, b, -change);
    else this.hang(b, a, change);
    return true;
  }

  private hang(root: number, under: number, difference: number): void {
    this.parents[root] = under;
    this.differences[root] = difference;
  }

  /** The root of a point's tree; shortens the path to it, so that `differences` is then the difference to the root. */
  private rootOf(point: number): number {
    const { parents, differences } = this;
    let root = point;
    let total = 0;
    for (let next = parents[root] ?? root; next !== root; next = parents[root] ?? root) {
      total += differences[root] ?? 0;
      root = next;
    }
    for (let at = point; at !== root;) {
      const next = parents[at] ?? root;
      const own = differences[at] ?? 0;
      parents[at] = root;
      differences[at] = total;
      total -= own;
      at = next;
    }
    return root;
  }

  /** The difference of counted to true at a point, the root's being 0: of the ground's tree it must be. */
  private differenceAt(point: number): number {
    return this.rootOf(point) === point ? 0 : (this.differences[point] ?? 0);
  }

  private add({ carrier, at }: Link, amount: number): void {
    switch (carrier) {
      case CARRIER.before:
        this.before[at] = (this.before[at] ?? 0) + amount;
        return;
      case CARRIER.taken:
        this.taken[at] = amount;
        return;
      case CARRIER.otherwise:
        this.otherwise[at] = amount;
        return;
      case CARRIER.flush:
        this.correction[at] = amount;
        return;
      case CARRIER.exit:
        this.exit = amount;
        return;
      case CARRIER.none:
        if (amount !== 0) throw new Error('an addition where none can be made');
    }
  }
}

/** Links that are put in order, at most; a hundred times what CPython's largest function has. Further ones stay as they are. */
const ORDER_LIMIT = 1 << 19;

/** The links that can carry an addition; those of equal value in the order of the code. */
function mostValuableFirst(links: readonly Link[]): Link[] {
  const free = links.filter(({ carrier }) => carrier !== CARRIER.none);
  // Sorting is stable: the result depends on the code alone.
  return free.length > ORDER_LIMIT ? free : free.sort((a, b) => valueOf(b) - valueOf(a));
}

/** How much it is worth to add nothing on a link. */
function valueOf({ carrier, frequency }: Link): number {
  return carrier === CARRIER.taken || carrier === CARRIER.otherwise ? frequency * DETOUR : frequency;
}
