/**
 * The control-flow graph of a function body, as counting sees it. Its points are places in the code; its links are the
 * ways from one place to the next. Along a link the true count grows by the link's weight, and the accumulator by
 * whatever is added there: by how much, `placement.ts` decides.
 *
 * A segment is a link from the point at its start to the point behind its addition, which is made at once; further links
 * lead from there to the segments that may follow. Where the accumulator is flushed, the path ends at the ground, a point
 * of no difference between counted and true, and begins anew with whatever the accumulator is then set to: behind a branch
 * back to a loop, with the difference of the loop's header.
 */
import { type BodyDecoder, LABEL_TYPE, opensBlock } from './decode.ts';
import { Chances, HANDLER_FREQUENCY, LOOP_EXIT_CHANCE, LOOP_FACTOR, MAXIMUM_FREQUENCY } from './frequency.ts';
import { OPCODE } from './opcodes.ts';
import { BOUNDARY, type Segments } from './segments.ts';

/** How a link carries an addition. */
export const CARRIER = {
  /** It cannot: both ends have the same difference. */
  none: 0,
  /** Code before the instruction: of a segment that begins there, or of the one way on from there. */
  before: 1,
  /** The taken side of the `br_if`. */
  taken: 2,
  /** An `else` for the `if` that ends at the instruction. */
  otherwise: 3,
  /** The flush at the instruction (a header's is behind its `loop`), which takes that much more than the accumulator holds. */
  flush: 4,
  /** The flush that all exits share. */
  exit: 5,
} as const;

type Carrier = (typeof CARRIER)[keyof typeof CARRIER];

export interface Link {
  readonly from: number;
  readonly to: number;
  /** What the true count grows by. */
  readonly weight: number;
  readonly carrier: Carrier;
  /** The instruction that the carrier speaks of. */
  readonly at: number;
  /** Estimated executions for each call of the function. */
  readonly frequency: number;
}

/** Where the accumulator is set to a constant: to the difference of the point. */
export interface Reset {
  readonly at: number;
  readonly point: number;
}

/** The point at which the accumulator is right. */
export const GROUND = 0;

/** What a placement needs to know of a function. */
export interface Flow {
  /** Points are numbered from 0, the ground. */
  readonly pointCount: number;
  readonly links: readonly Link[];
  readonly resets: readonly Reset[];
  /** The point behind the first segment. */
  readonly entry: number;
}
const NOWHERE = -1;

interface OpenBlock {
  readonly opcode: number;
  readonly label: number;
  /** Ways to its end, to become links once the segment that begins there has a point. */
  readonly ends: Way[];
  /** Of a loop: the point before its header. Of an `if`: where its condition is decided. */
  readonly point: number;
  /** How often the condition is false. */
  readonly falseFrequency: number;
  /** Loops around it. */
  readonly loops: number;
  /** Whether there was an `else`, and whether a handler or the body of a try is being read. */
  hasElse: boolean;
  handling: boolean;
}

interface Way {
  readonly from: number;
  readonly carrier: Carrier;
  readonly at: number;
  readonly frequency: number;
}

const FUNCTION_BODY = -1;
const LAST_CONTROL: number = OPCODE.catchAll;

export class FlowGraph implements Flow {
  pointCount = 1;
  links: Link[] = [];
  resets: Reset[] = [];
  entry = GROUND;

  private readonly body: BodyDecoder;
  private readonly segments: Segments;
  private readonly chances = new Chances();
  private open: OpenBlock[] = [];
  /** The point that control is at, and how often; nowhere in unreachable code. */
  private current = NOWHERE;
  private frequency = 1;
  /** Where exits meet. */
  private exit = GROUND;
  /** What any handler of the function may be reached from; made when needed. */
  private thrown = NOWHERE;
  private tries = 0;

  constructor(body: BodyDecoder, segments: Segments) {
    this.body = body;
    this.segments = segments;
  }

  /** Reads the body that the decoder holds and the segments were found in. */
  build(returnsValues: boolean): void {
    const { count, opcodes } = this.body;
    this.pointCount = 1;
    this.links = [];
    this.resets = [];
    this.open = [];
    this.tries = 0;
    this.thrown = NOWHERE;
    this.exit = this.point();
    this.link(this.exit, GROUND, 0, { from: this.exit, carrier: CARRIER.exit, at: 0, frequency: 1 });
    this.entry = this.current = this.point();
    this.frequency = 1;
    this.chances.estimate(this.body);
    this.push(FUNCTION_BODY, returnsValues ? LABEL_TYPE.gives : LABEL_TYPE.empty);
    for (let at = 0; at < count; at++) {
      const opcode = opcodes[at] ?? 0;
      if (opcode <= LAST_CONTROL) this.control(at, opcode);
    }
  }

  private control(at: number, opcode: number): void {
    if (opensBlock(opcode)) return this.opens(at, opcode);
    switch (opcode) {
      case OPCODE.else:
        return this.else(at);
      case OPCODE.catch:
      case OPCODE.catchAll:
        return this.handler(at);
      case OPCODE.end:
      case OPCODE.delegate:
        return this.close(at);
      case OPCODE.br:
        this.branch(at, this.body.operands[at] ?? 0, CARRIER.before, this.frequency);
        this.current = NOWHERE;
        return;
      case OPCODE.brIf:
        return this.branchIf(at);
      case OPCODE.brTable:
        return this.branchTable(at, this.body.operands[at] ?? 0);
      case OPCODE.return:
        this.leaveTo(0, { carrier: CARRIER.before, at, frequency: this.frequency });
        this.current = NOWHERE;
        return;
      case OPCODE.returnCall:
      case OPCODE.returnCallIndirect:
        this.flush(at);
        this.current = NOWHERE;
        return;
      case OPCODE.throw:
      case OPCODE.rethrow:
        return this.throws(at);
      case OPCODE.call:
      case OPCODE.callIndirect:
        if (this.tries > 0 && this.current !== NOWHERE) this.mayThrow(this.current);
        return;
      case OPCODE.unreachable:
        this.current = NOWHERE;
        return;
    }
  }

  private opens(at: number, opcode: number): void {
    if (opcode === OPCODE.try) this.tries++;
    const label = this.body.operands[at] ?? 0;
    if (this.current === NOWHERE || opcode === OPCODE.block || opcode === OPCODE.try) {
      this.push(opcode, label);
    } else if (opcode === OPCODE.loop) {
      this.loop(at, label);
    } else {
      const chance = this.chances.of(at + 1);
      this.push(opcode, label, this.current, this.frequency * (1 - chance));
      this.frequency *= chance;
      this.segment(at + 1, [this.way(CARRIER.none, at)]);
    }
  }

  private loop(at: number, label: number): void {
    const header = this.point();
    this.link(this.current, header, 0, this.way(CARRIER.before, at));
    this.push(OPCODE.loop, label, header);
    this.frequency = Math.min(this.frequency * LOOP_FACTOR, MAXIMUM_FREQUENCY);
    this.current = header;
    const weight = this.segments.weights[at + 1] ?? 0;
    if (this.segments.flushesAtHeader[at] === 1) return this.flushAndReset(at, weight);
    this.current = this.point();
    this.link(header, this.current, weight, { ...this.way(CARRIER.before, at + 1), from: header });
  }

  /** `point` is the one before a loop's header, or that of an `if`'s condition, which is false so often. */
  private push(opcode: number, label: number, point = NOWHERE, falseFrequency = 0): void {
    const outer = this.open.at(-1);
    const loops = outer === undefined ? 0 : outer.loops + (outer.opcode === OPCODE.loop ? 1 : 0);
    this.open.push({ opcode, label, ends: [], point, falseFrequency, loops, hasElse: false, handling: false });
  }

  private else(at: number): void {
    const block = this.innermost();
    this.fallTo(block, at);
    block.hasElse = true;
    this.current = block.point;
    if (block.point === NOWHERE) return;
    this.frequency = block.falseFrequency;
    this.segment(at + 1, [this.way(CARRIER.none, at)]);
  }

  private handler(at: number): void {
    const block = this.innermost();
    this.fallTo(block, at);
    if (!block.handling) this.tries--;
    block.handling = true;
    this.current = NOWHERE;
    if (this.segments.reachable[at] !== 1) return;
    this.thrown = this.thrown === NOWHERE ? this.point() : this.thrown;
    this.frequency = HANDLER_FREQUENCY;
    this.segment(at + 1, [{ from: this.thrown, carrier: CARRIER.none, at, frequency: this.frequency }]);
  }

  private close(at: number): void {
    const block = this.innermost();
    if (block.opcode === OPCODE.try && !block.handling) this.tries--;
    if (block.opcode === FUNCTION_BODY) {
      this.fallTo(block, at);
      for (const way of block.ends) this.link(way.from, this.exit, 0, way);
      return;
    }
    this.open.pop();
    // Where no segment begins, the present one goes on, or nothing can be reached.
    if (this.segments.boundaries[at + 1] === BOUNDARY.none) return;
    if (this.current !== NOWHERE) block.ends.push(this.way(CARRIER.before, at));
    if (block.opcode === OPCODE.if && !block.hasElse && block.point !== NOWHERE) {
      const carrier = block.label === LABEL_TYPE.empty ? CARRIER.otherwise : CARRIER.none;
      block.ends.push({ from: block.point, carrier, at, frequency: block.falseFrequency });
    }
    let frequency = 0;
    for (const way of block.ends) frequency += way.frequency;
    this.frequency = Math.min(frequency, MAXIMUM_FREQUENCY);
    this.segment(at + 1, block.ends);
  }

  /** Notes falling off an arm into the end of its block. */
  private fallTo(block: OpenBlock, at: number): void {
    if (this.current !== NOWHERE) block.ends.push(this.way(CARRIER.before, at));
  }

  private branchIf(at: number): void {
    if (this.current === NOWHERE) return;
    const label = this.body.operands[at] ?? 0;
    const target = this.target(label);
    const on = target?.opcode === OPCODE.loop ? LOOP_EXIT_CHANCE : this.chances.of(at + 1);
    const carrier = carriesValues(target) ? CARRIER.none : CARRIER.taken;
    this.branch(at, label, carrier, this.frequency * (1 - on));
    this.frequency *= on;
    this.segment(at + 1, [this.way(CARRIER.none, at)]);
  }

  private branchTable(at: number, position: number): void {
    const { labels } = this.body;
    const count = labels[position] ?? 0;
    const times = new Map<number, number>();
    for (let index = position + 1; index <= position + count; index++) {
      const label = labels[index] ?? 0;
      times.set(label, (times.get(label) ?? 0) + 1);
    }
    const carrier = times.size === 1 ? CARRIER.before : CARRIER.none;
    for (const [label, number] of times) this.branch(at, label, carrier, (this.frequency * number) / count);
    this.current = NOWHERE;
  }

  private branch(at: number, label: number, carrier: Carrier, frequency: number): void {
    this.leaveTo(this.open.length - 1 - label, { carrier, at, frequency });
  }

  /** Goes from here to the label of an open block, given by its place among them. */
  private leaveTo(place: number, { carrier, at, frequency }: Omit<Way, 'from'>): void {
    const block = this.open[place];
    if (this.current === NOWHERE || block === undefined) return;
    const way = { from: this.current, carrier, at, frequency: frequency / this.timesAround(block) };
    if (block.opcode !== OPCODE.loop) block.ends.push(way);
    else if (!this.segments.turns(at)) this.link(this.current, block.point, 0, way);
    else {
      this.link(this.current, GROUND, 0, { ...way, carrier: CARRIER.flush });
      this.resets.push({ at, point: block.point });
    }
  }

  /** How often loops between here and the block's label go round for each time that it is passed. */
  private timesAround(block: OpenBlock): number {
    const here = this.innermost();
    const inside = here.loops + (here.opcode === OPCODE.loop ? 1 : 0);
    const label = block.loops + (block.opcode === OPCODE.loop ? 1 : 0);
    let times = 1;
    for (let loops = label; loops < inside; loops++) times *= LOOP_FACTOR;
    return times;
  }

  private throws(at: number): void {
    if (this.current === NOWHERE) return;
    if (this.tries === 0) this.flush(at);
    else {
      this.flushAndReset(at);
      this.mayThrow(this.current);
    }
    this.current = NOWHERE;
  }

  private mayThrow(from: number): void {
    this.thrown = this.thrown === NOWHERE ? this.point() : this.thrown;
    this.link(from, this.thrown, 0, { from, carrier: CARRIER.none, at: 0, frequency: HANDLER_FREQUENCY });
  }

  /** Takes the accumulator, and `weight`, from the counter. */
  private flush(at: number, weight = 0): void {
    if (this.current !== NOWHERE) this.link(this.current, GROUND, weight, this.way(CARRIER.flush, at));
  }

  /** The same, and goes on with the accumulator at a constant. */
  private flushAndReset(at: number, weight = 0): void {
    this.flush(at, weight);
    this.current = this.point();
    this.resets.push({ at, point: this.current });
  }

  /** Begins the segment before the instruction `at`, reached by the given ways. */
  private segment(at: number, ways: readonly Way[]): void {
    const start = this.point();
    for (const way of ways) this.link(way.from, start, 0, way);
    this.current = start;
    const way = this.way(CARRIER.before, at);
    this.current = this.point();
    this.link(start, this.current, this.segments.weights[at] ?? 0, way);
  }

  private way(carrier: Carrier, at: number): Way {
    return { from: this.current, carrier, at, frequency: this.frequency };
  }

  private link(from: number, to: number, weight: number, { carrier, at, frequency }: Way): void {
    this.links.push({ from, to, weight, carrier, at, frequency });
  }

  private point(): number {
    return this.pointCount++;
  }

  private target(label: number): OpenBlock | undefined {
    return this.open[this.open.length - 1 - label];
  }

  /** The segments were found first, so that blocks are known to nest. */
  private innermost(): OpenBlock {
    const block = this.open.at(-1);
    if (block === undefined) throw new Error('a block closes that is not open');
    return block;
  }
}

/** Whether a branch to the block's label takes values along, so that no `if` without a type can stand around it. */
function carriesValues(block: OpenBlock | undefined): boolean {
  if (block === undefined || block.label === LABEL_TYPE.empty) return false;
  return block.opcode !== OPCODE.loop || block.label === LABEL_TYPE.takes;
}
