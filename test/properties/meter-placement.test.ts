/** Along every walk through a random flow graph, what is flushed is what the walk weighs. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CARRIER, GROUND, type Flow, type Link } from '../../wasm-runtime/src/meter/flow.ts';
import { Placement } from '../../wasm-runtime/src/meter/placement.ts';

interface Subject {
  readonly flow: Flow;
  /** Decides at each point of a walk which way on is taken. */
  readonly choices: readonly number[];
}

const link = (pointCount: number): fc.Arbitrary<Omit<Link, 'at'>> =>
  fc.record({
    from: fc.integer({ min: 1, max: pointCount - 1 }),
    to: fc.nat({ max: pointCount - 1 }),
    weight: fc.nat({ max: 50 }),
    carrier: fc.constantFrom(CARRIER.before, CARRIER.before, CARRIER.taken, CARRIER.otherwise, CARRIER.flush),
    frequency: fc.constantFrom(0.001, 0.5, 1, 8, 64),
  });

const subject: fc.Arbitrary<Subject> = fc.integer({ min: 2, max: 12 }).chain((pointCount) =>
  fc.record({
    flow: fc
      .record({
        links: fc.array(link(pointCount), { minLength: 1, maxLength: 30 }),
        fixed: fc.array(fc.tuple(fc.integer({ min: 1, max: pointCount - 1 }), fc.nat({ max: pointCount - 1 })), {
          maxLength: 4,
        }),
      })
      .map(({ links, fixed }): Flow => {
        const rigid = fixed.map(([from, to]) => ({ from, to, weight: 0, carrier: CARRIER.none, frequency: 1 }));
        return {
          pointCount,
          links: [...links, ...rigid].map((each, at) => ({ ...each, at })),
          resets: [{ at: 0, point: pointCount - 1 }],
          entry: 1,
        };
      }),
    choices: fc.array(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 60 }),
  }),
);

function amountOn({ carrier, at }: Link, placement: Placement): number {
  switch (carrier) {
    case CARRIER.before:
      return placement.before[at] ?? 0;
    case CARRIER.taken:
      return placement.taken[at] ?? 0;
    case CARRIER.otherwise:
      return placement.otherwise[at] ?? 0;
    case CARRIER.flush:
      return placement.correction[at] ?? 0;
    default:
      return 0;
  }
}

describe('a placement', () => {
  it('flushes what was executed, whichever way it went', () => {
    let flushes = 0;
    fc.assert(
      fc.property(subject, ({ flow, choices }) => {
        const placement = new Placement();
        placement.place(flow, flow.links.length, 9);
        let point = flow.entry;
        let executed = 9;
        let counted = placement.entry;
        for (const choice of choices) {
          const ways = flow.links.filter(({ from }) => from === point);
          const way = ways[choice % ways.length];
          if (way === undefined) return;
          executed += way.weight;
          counted += amountOn(way, placement);
          point = way.to;
          if (point !== GROUND) continue;
          expect(counted).toBe(executed);
          flushes++;
          // As behind a loop's header.
          point = flow.pointCount - 1;
          executed = 0;
          counted = placement.reset[0] ?? 0;
        }
      }),
      { numRuns: 2000 },
    );
    expect(flushes).toBeGreaterThan(500);
  });

  it('leaves a spanning forest without additions', () => {
    fc.assert(
      fc.property(subject, ({ flow }) => {
        const placement = new Placement();
        placement.place(flow, flow.links.length, 0);
        const free = flow.links.filter((each) => amountOn(each, placement) === 0);
        const reached = (links: readonly Link[]): number => {
          const names = Array.from({ length: flow.pointCount }, (_, index) => index);
          for (const { from, to } of links) {
            const [a, b] = [names[from] ?? 0, names[to] ?? 0];
            for (const [index, name] of names.entries()) if (name === a) names[index] = b;
          }
          return new Set(names).size;
        };
        // What any links connect, those without additions connect.
        expect(reached(free)).toBe(reached(flow.links));
      }),
      { numRuns: 500 },
    );
  });
});
