/** Where additions go: hand-made control-flow graphs, and the graphs that small functions have. */
import { describe, expect, it } from 'vitest';
import { BodyDecoder } from '../../../wasm-runtime/src/meter/decode.ts';
import { CARRIER, FlowGraph, GROUND, type Flow, type Link } from '../../../wasm-runtime/src/meter/flow.ts';
import { readModule } from '../../../wasm-runtime/src/meter/module.ts';
import { Placement } from '../../../wasm-runtime/src/meter/placement.ts';
import { Segments } from '../../../wasm-runtime/src/meter/segments.ts';
import { assemble } from '../../support/wasm-text.ts';

/** Additions of a placement by what carries them: `before 7: +3`. */
function additions({ links }: Flow, placement: Placement): string[] {
  const amounts = {
    [CARRIER.before]: placement.before,
    [CARRIER.taken]: placement.taken,
    [CARRIER.otherwise]: placement.otherwise,
    [CARRIER.flush]: placement.correction,
  };
  const places = new Set<string>();
  for (const { carrier, at } of links) {
    if (carrier === CARRIER.none) continue;
    const amount = carrier === CARRIER.exit ? placement.exit : (amounts[carrier][at] ?? 0);
    const name = Object.keys(CARRIER)[carrier];
    if (amount !== 0) places.add(carrier === CARRIER.exit ? `exit: ${amount}` : `${name} ${at}: ${amount}`);
  }
  return [...places].sort();
}

type Row = readonly [from: number, to: number, weight: number, at: number, frequency: number];

/** A graph of links that can all carry an addition, each before an instruction of its own. */
function graphOf(pointCount: number, rows: readonly Row[]): Flow {
  const links = rows.map(([from, to, weight, at, frequency]): Link => {
    return { from, to, weight, at, frequency, carrier: CARRIER.before };
  });
  return { pointCount, links, resets: [], entry: 1 };
}

function placed(flow: Flow): Placement {
  const placement = new Placement();
  placement.place(flow, 100, 0);
  return placement;
}

function flowOf(text: string): { flow: Flow; placement: Placement } {
  const module = readModule(assemble(`(module (func $leaf) ${text})`));
  const decoder = new BodyDecoder(module);
  const segments = new Segments(decoder);
  const flow = new FlowGraph(decoder, segments);
  const [, body] = module.bodies;
  const type = module.types[module.functionTypes[1] ?? 0];
  if (body === undefined || type === undefined) throw new Error('expected a second function');
  decoder.decode(body, type.parameterCount);
  segments.analyse();
  flow.build(type.results.length > 0);
  const placement = new Placement();
  placement.place(flow, decoder.count, segments.weights[0] ?? 0);
  return { flow, placement };
}

describe('a placement', () => {
  it('adds nothing on a path without a choice: the entry knows what the exit will be', () => {
    const flow = graphOf(4, [
      [1, 2, 5, 10, 1],
      [2, 3, 7, 11, 1],
      [3, GROUND, 0, 12, 1],
    ]);
    expect(additions(flow, placed(flow))).toEqual([]);
    expect(placed(flow).entry).toBe(12);
  });

  it('adds on the seldom side of a diamond, and only the difference', () => {
    const diamond = (often: number): Flow =>
      graphOf(5, [
        [1, 2, 5, 10, often],
        [1, 3, 7, 11, 1 - often],
        [2, 4, 0, 12, often],
        [3, 4, 0, 13, 1 - often],
        [4, GROUND, 1, 14, 1],
      ]);
    // The later of two equally good places.
    expect(additions(diamond(0.9), placed(diamond(0.9)))).toEqual(['before 13: 2']);
    expect(placed(diamond(0.9)).entry).toBe(6);
    expect(additions(diamond(0.1), placed(diamond(0.1)))).toEqual(['before 12: -2']);
    expect(placed(diamond(0.1)).entry).toBe(8);
  });

  it('adds nothing where both sides weigh the same', () => {
    const flow = graphOf(4, [
      [1, 2, 4, 10, 0.5],
      [1, 3, 4, 11, 0.5],
      [2, GROUND, 1, 12, 0.5],
      [3, GROUND, 1, 13, 0.5],
    ]);
    expect(additions(flow, placed(flow))).toEqual([]);
  });

  it('runs as few additions as any choice of a spanning tree allows', () => {
    // Seven links between four points, of different frequencies: a tree has three, so that four carry additions.
    const rows: Row[] = [
      [1, 2, 1, 10, 40],
      [2, 3, 10, 11, 7],
      [1, 3, 100, 12, 30],
      [3, GROUND, 1000, 13, 20],
      [2, GROUND, 10_000, 14, 6],
      [1, GROUND, 100_000, 15, 50],
      [2, 1, 1_000_000, 16, 5],
    ];
    const flow = graphOf(4, rows);
    const carriers = additions(flow, placed(flow)).map((text) => Number(/\d+/.exec(text)?.[0]));
    const least = Math.min(
      ...subsets(rows, 3)
        .filter((tree) => connects(tree, 4))
        .map((tree) => total(rows) - total(tree)),
    );
    expect(total(rows.filter(([, , , at]) => carriers.includes(at)))).toBe(least);
  });

  it('leaves the body of a loop alone: going back flushes anyway, and what is odd is settled there', () => {
    const { flow, placement } = flowOf(`(func (param i32) (loop
      (if (i32.eqz (local.get 0)) (then (call $leaf)) (else (nop) (call $leaf)))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))`);
    expect(additions(flow, placement)).toEqual([]);
  });

  it('adds on the way to an error and not beside it', () => {
    const { flow, placement } = flowOf(`(func (param i32) (result i32)
      (if (local.get 0) (then (drop (i32.add (i32.const 1) (i32.const 1))) (unreachable)))
      (i32.const 3))`);
    // Before the trap nothing is flushed, so that nothing need be right either.
    expect(additions(flow, placement)).toEqual([]);
  });

  it('makes an else for an if that has none, or goes along with a branch', () => {
    const otherwise = flowOf(
      '(func (param i32) (if (local.get 0) (then (call $leaf) (return_call $leaf))) (call $leaf))',
    );
    expect(additions(otherwise.flow, otherwise.placement)).toHaveLength(1);
    const taken = flowOf(`(func (param i32) (block
      (br_if 0 (i32.eqz (local.get 0)))
      (drop (i32.add (local.get 0) (i32.const 1)))
      (drop (i32.add (local.get 0) (i32.const 1)))))`);
    expect(additions(taken.flow, taken.placement)).toEqual([expect.stringMatching(/^taken 3: -6$|^before \d+: 6$/)]);
  });

  it('gives an exception the same difference wherever it comes from', () => {
    const { flow, placement } = flowOf(`(func (param i32)
      (try (do
        (call $leaf)
        (if (local.get 0) (then (call $leaf) (call $leaf)))
        (call $leaf))
      (catch_all (nop))))`);
    for (const { carrier, from, to, weight } of flow.links) {
      if (carrier === CARRIER.none) expect([from === to, weight]).toEqual([false, 0]);
    }
    // Each segment that calls pays at its start: none of the calls may see another difference.
    expect(additions(flow, placement).length).toBeGreaterThan(0);
  });
});

function subsets<T>(items: readonly T[], size: number): T[][] {
  if (size === 0) return [[]];
  return items.flatMap((item, index) => subsets(items.slice(index + 1), size - 1).map((rest) => [item, ...rest]));
}

function connects(rows: readonly Row[], pointCount: number): boolean {
  const reached = new Set([GROUND]);
  for (let round = 0; round < pointCount; round++) {
    for (const [from, to] of rows) {
      if (reached.has(from)) reached.add(to);
      else if (reached.has(to)) reached.add(from);
    }
  }
  return reached.size === pointCount;
}

function total(rows: readonly Row[]): number {
  return rows.reduce((sum, [, , , , frequency]) => sum + frequency, 0);
}
