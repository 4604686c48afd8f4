/** No endless chain of calls avoids the functions that count depth: random call graphs. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { depthCounted } from '../../wasm-runtime/src/meter/calls.ts';

interface Graph {
  readonly callees: readonly Int32Array[];
  readonly open: Uint8Array;
}

const graph: fc.Arbitrary<Graph> = fc.integer({ min: 1, max: 40 }).chain((size) =>
  fc.record({
    callees: fc.array(
      fc.uniqueArray(fc.nat({ max: size - 1 }), { maxLength: 6 }).map((list) => Int32Array.from(list)),
      { minLength: size, maxLength: size },
    ),
    open: fc
      .array(fc.boolean().map(Number), { minLength: size, maxLength: size })
      .chain((flags) => fc.constantFrom(Uint8Array.from(flags), new Uint8Array(size))),
  }),
);

/** Whether calls among the functions that `kept` holds can go round, by taking away what calls nothing, again and again. */
function hasCycle({ callees }: Graph, kept: ReadonlySet<number>): boolean {
  const left = new Set(kept);
  for (;;) {
    const ends = [...left].filter((index) => ![...(callees[index] ?? [])].some((callee) => left.has(callee)));
    if (ends.length === 0) return left.size > 0;
    for (const index of ends) left.delete(index);
  }
}

describe('functions that count depth', () => {
  it('lie on every cycle', () => {
    fc.assert(
      fc.property(graph, (calls) => {
        const counted = depthCounted(calls);
        const rest = calls.callees.flatMap((_, index) => (counted[index] === 1 ? [] : [index]));
        expect(hasCycle(calls, new Set(rest))).toBe(false);
        const openButUncounted = rest.filter((index) => calls.open[index] === 1);
        expect(openButUncounted).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  it('are none where there is nothing to cut', () => {
    fc.assert(
      fc.property(graph, (calls) => {
        const forward = calls.callees.map((list, index) => list.filter((callee) => callee > index));
        const counted = depthCounted({ callees: forward, open: new Uint8Array(forward.length) });
        expect(counted.includes(1)).toBe(false);
      }),
    );
  });

  it('are some exactly where calls can go round', () => {
    fc.assert(
      fc.property(graph, ({ callees }) => {
        const closed = { callees, open: new Uint8Array(callees.length) };
        const counted = depthCounted(closed);
        const everyone = new Set(callees.keys());
        // A graph without cycles has none; one with cycles has some.
        expect(counted.includes(1)).toBe(hasCycle(closed, everyone));
      }),
    );
  });
});
