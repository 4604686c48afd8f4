/**
 * Which functions count call depth. The native stack is an engine's own and overflows at a point of its own, so the
 * module must stop before it, at the same call everywhere. It is enough to count the functions of a set that no
 * endless chain of frames avoids:
 *   - a function that calls through a table, or calls an import that may call back, may reach any other;
 *   - a function that calls one which makes tail calls: whose frame follows then is not in the call graph;
 *   - of the direct calls that remain, at least one function on every cycle.
 * `unseen.ts` adds a few more, for the sake of fuel.
 */
import { weightOf } from './cost.ts';
import { type BodyDecoder } from './decode.ts';
import { type ModuleShape } from './module.ts';
import { OPCODE } from './opcodes.ts';

export interface CallGraph {
  /** For each defined function, the defined functions it calls directly, each once, in order of first call. */
  readonly callees: readonly Int32Array[];
  /** For each of these callees, how many instructions call it. */
  readonly sites: readonly Int32Array[];
  /** For each defined function, the weight of all its instructions. */
  readonly weights: Float64Array;
  /** Functions that may call any function. */
  readonly open: Uint8Array;
}

/** For `unseen.ts`: what a library calls of the module it is linked to may do something unseen, too. */
const IMPORT_WEIGHT = 100;

/** Calls stand in one range of opcodes; nothing that matters here lies above it. */
const LAST_CALL: number = OPCODE.returnCallIndirect;

/** @throws MeterError when a body does not decode. */
export function readCallGraph(module: ModuleShape, decoder: BodyDecoder): CallGraph {
  const count = module.bodies.length;
  const open = new Uint8Array(count);
  const makesTailCalls = new Uint8Array(count);
  const callees: Int32Array[] = [];
  const sites: Int32Array[] = [];
  const weights = new Float64Array(count);
  for (const [index, body] of module.bodies.entries()) {
    decoder.decode(body, module.types[module.functionTypes[index] ?? 0]?.parameterCount ?? 0);
    const { count: instructionCount, opcodes, operands } = decoder;
    const called = new Map<number, number>();
    let weight = 1;
    for (let at = 0; at < instructionCount; at++) {
      const opcode = opcodes[at] ?? 0;
      weight += weightOf(opcode);
      if (opcode > LAST_CALL) continue;
      if (opcode === OPCODE.callIndirect) open[index] = 1;
      else if (opcode === OPCODE.returnCall || opcode === OPCODE.returnCallIndirect) makesTailCalls[index] = 1;
      else if (opcode === OPCODE.call) {
        const named = operands[at] ?? 0;
        const callee = (module.callees[named] ?? named) - module.importedFunctionCount;
        if (callee < 0) {
          if (module.callsBack[named] === 1) open[index] = 1;
          else weight += IMPORT_WEIGHT;
        } else called.set(callee, (called.get(callee) ?? 0) + 1);
      }
    }
    callees.push(Int32Array.from(called.keys()));
    sites.push(Int32Array.from(called.values()));
    weights[index] = weight;
  }
  for (const [index, called] of callees.entries()) {
    if (called.some((callee) => makesTailCalls[callee] === 1)) open[index] = 1;
  }
  return { callees, sites, weights, open };
}

/**
 * Bound on the edges that `depthCounted` follows, so that no module makes it slow: a hundred times what CPython needs.
 * Past it, whatever still lies on a cycle is counted.
 */
const EDGE_BUDGET = 5_000_000;

/**
 * One byte per defined function: 1 when it counts depth. Cycles are cut greedily, strongest function first; finding the
 * smallest set is NP-hard and not needed. Deterministic: it depends on the graph alone.
 */
export function depthCounted(graph: Pick<CallGraph, 'callees' | 'open'>): Uint8Array {
  const { callees } = graph;
  const count = callees.length;
  const counted = graph.open.slice();
  const search = new ComponentSearch(callees);
  let rest: number[][] = [Array.from({ length: count }, (_, index) => index).filter((index) => counted[index] === 0)];
  while (rest.length > 0) {
    const next: number[][] = [];
    for (const vertices of rest) {
      for (const cycle of search.cycles(vertices)) {
        if (search.edgesFollowed > EDGE_BUDGET) {
          for (const vertex of cycle) counted[vertex] = 1;
          continue;
        }
        cut(cycle, callees, counted);
        const uncounted = cycle.filter((vertex) => counted[vertex] === 0);
        if (uncounted.length > 1) next.push(uncounted);
      }
    }
    rest = next;
  }
  return counted;
}

/** Counts every function of a component that calls itself, and the one with the most calls in and out within it. */
function cut(component: readonly number[], callees: readonly Int32Array[], counted: Uint8Array): void {
  const callersOf = new Map<number, number>();
  const callsWithin = new Map<number, number>();
  for (const vertex of component) callersOf.set(vertex, 0);
  for (const vertex of component) {
    let within = 0;
    for (const callee of callees[vertex] ?? []) {
      const callers = callersOf.get(callee);
      if (callers === undefined) continue;
      if (callee === vertex) counted[vertex] = 1;
      callersOf.set(callee, callers + 1);
      within++;
    }
    callsWithin.set(vertex, within);
  }
  if (component.length === 1) return;
  let best = -1;
  let bestScore = -1;
  for (const vertex of component) {
    if (counted[vertex] === 1) continue;
    const score = (callersOf.get(vertex) ?? 0) * (callsWithin.get(vertex) ?? 0);
    if (score > bestScore) {
      best = vertex;
      bestScore = score;
    }
  }
  if (best >= 0) counted[best] = 1;
}

/** Tarjan's strongly connected components (SIAM J. Comput. 1972), without recursion, within a set of vertices. */
class ComponentSearch {
  edgesFollowed = 0;
  private readonly callees: readonly Int32Array[];
  private readonly order: Int32Array;
  private readonly low: Int32Array;
  /** Number of the set that a vertex was last searched in; edges that leave the set are not followed. */
  private readonly member: Int32Array;
  private readonly onStack: Uint8Array;
  private set = 0;

  constructor(callees: readonly Int32Array[]) {
    this.callees = callees;
    this.order = new Int32Array(callees.length);
    this.low = new Int32Array(callees.length);
    this.member = new Int32Array(callees.length);
    this.onStack = new Uint8Array(callees.length);
  }

  /** The components of the subgraph on `vertices` that hold a cycle, each in ascending order. */
  cycles(vertices: readonly number[]): number[][] {
    const { order, low, member, onStack } = this;
    const set = ++this.set;
    for (const vertex of vertices) {
      member[vertex] = set;
      order[vertex] = 0;
    }
    const found: number[][] = [];
    const stack: number[] = [];
    const path: { readonly vertex: number; next: number }[] = [];
    let visited = 0;
    const visit = (vertex: number): void => {
      order[vertex] = low[vertex] = ++visited;
      onStack[vertex] = 1;
      stack.push(vertex);
      path.push({ vertex, next: 0 });
    };
    for (const root of vertices) {
      if (order[root] !== 0) continue;
      visit(root);
      for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
        const { vertex } = top;
        const callee = this.callees[vertex]?.[top.next++];
        if (callee !== undefined) {
          this.edgesFollowed++;
          if (member[callee] !== set) continue;
          if (order[callee] === 0) visit(callee);
          else if (onStack[callee] === 1) low[vertex] = Math.min(low[vertex] ?? 0, order[callee] ?? 0);
          continue;
        }
        path.pop();
        const parent = path.at(-1)?.vertex;
        if (parent !== undefined) low[parent] = Math.min(low[parent] ?? 0, low[vertex] ?? 0);
        if (low[vertex] !== order[vertex]) continue;
        const component = stack.splice(stack.lastIndexOf(vertex));
        for (const item of component) onStack[item] = 0;
        if (component.length > 1 || this.callees[vertex]?.includes(vertex) === true)
          found.push(component.sort((a, b) => a - b));
      }
    }
    return found;
  }
}
