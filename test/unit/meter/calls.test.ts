/** Which functions count depth: enough to cut every endless chain of frames, and not many more. */
import { describe, expect, it } from 'vitest';
import { depthCounted, readCallGraph } from '../../../wasm-runtime/src/meter/calls.ts';
import { BodyDecoder } from '../../../wasm-runtime/src/meter/decode.ts';
import { readModule } from '../../../wasm-runtime/src/meter/module.ts';
import { lookingFunctions, UNSEEN_FUEL } from '../../../wasm-runtime/src/meter/unseen.ts';
import { assemble } from '../../support/wasm-text.ts';

function countedIn(text: string): number[] {
  const module = readModule(assemble(text));
  return membersOf(depthCounted(readCallGraph(module, new BodyDecoder(module))));
}

function countedOf(callees: readonly (readonly number[])[], open: readonly number[] = []): number[] {
  const flags = Uint8Array.from(callees, (_, index) => (open.includes(index) ? 1 : 0));
  return membersOf(depthCounted({ callees: callees.map((list) => Int32Array.from(list)), open: flags }));
}

function membersOf(flags: Uint8Array): number[] {
  return [...flags].flatMap((flag, index) => (flag === 1 ? [index] : []));
}

describe('functions that look at the counter when they are left', () => {
  it('are those whose calls come to more than a caller may do unseen, however many there are', () => {
    const callees = [Int32Array.of(1), Int32Array.of()];
    // A product beyond 32 bits.
    const sites = [Int32Array.of(200_000), Int32Array.of()];
    const graph = { callees, sites, weights: Float64Array.of(1, UNSEEN_FUEL - 1), open: new Uint8Array(2) };
    expect(membersOf(lookingFunctions(graph, depthCounted(graph)))).toEqual([0, 1]);
  });
});

describe('functions that count depth', () => {
  it.each([
    ['none where calls form a tree', [[1, 2], [2, 3], [3], []], []],
    ['a function that calls itself', [[1], [1, 2], []], [1]],
    ['one of a cycle', [[1], [2], [0]], [0]],
    ['the busiest of a component', [[3], [3], [3], [0, 1, 2]], [3]],
    [
      'every function that calls itself, even in a component',
      [
        [0, 1],
        [1, 0],
      ],
      [0, 1],
    ],
    ['one of each of two components', [[1], [0], [3], [2, 0]], [0, 2]],
    [
      'as many as a complete graph needs',
      [
        [1, 2],
        [0, 2],
        [0, 1],
      ],
      [0, 1],
    ],
  ])('%s', (_, callees, expected) => {
    expect(countedOf(callees)).toEqual(expected);
  });

  it('no more where open functions cut the cycles already', () => {
    expect(countedOf([[1], [2], [0]], [1])).toEqual([1]);
  });

  it('callers through tables and of imports, and functions that call makers of tail calls', () => {
    expect(
      countedIn(`(module (import "m" "f" (func $import)) (table 1 funcref)
        (func (call_indirect (i32.const 0)))
        (func (call $import))
        (func $leaf)
        (func $tail (return_call $leaf))
        (func (call $tail))
        (func $around (return_call $leaf)))`),
    ).toEqual([0, 1, 4]);
  });

  it('do not depend on calls that are never reached differently', () => {
    const text = '(module (func $a (call $b)) (func $b (call $a)) (func $c (call $a)))';
    expect(countedIn(text)).toEqual(countedIn(text));
    expect(countedIn(text)).toHaveLength(1);
  });

  it('are found with bounded work in a graph made to be hard', () => {
    // Every function calls every other: one cut at a time would follow 70 million edges.
    const size = 600;
    const everyone = Array.from({ length: size }, (_, index) => index);
    const counted = countedOf(everyone.map((index) => everyone.filter((other) => other !== index)));
    expect(counted.length).toBeGreaterThanOrEqual(size - 1);
  });
});
