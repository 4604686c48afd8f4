/** Compares the outcomes of two sides, test by test, and looks for the reason of each difference. */
import type { Explanation } from './explanations.ts';
import type { Outcome } from './outcomes.ts';

export interface Difference {
  /** pytest's node id. */
  id: string;
  stock: Outcome;
  metered: Outcome;
  /** Null when nothing explains it. */
  explanation: Explanation | null;
}

export interface Comparison {
  /** Of either side. */
  tests: number;
  /** How many tests had the same outcome, by outcome. */
  same: Record<string, number>;
  differences: Difference[];
}

type Tests = ReadonlyMap<string, Outcome>;

/** Of a side that did not get to a test: `why` its run ended early, or nothing when the test is not there at all. */
const missing = (failure: string | null): Outcome => ({ outcome: 'none', why: failure ?? '' });

export function compareOutcomes(
  stock: { tests: Tests; failure: string | null },
  metered: { tests: Tests; failure: string | null },
  explanations: readonly Explanation[],
): Comparison {
  const ids = [...new Set([...stock.tests.keys(), ...metered.tests.keys()])];
  const comparison: Comparison = { tests: ids.length, same: {}, differences: [] };
  for (const id of ids) {
    const expected = stock.tests.get(id) ?? missing(stock.failure);
    const found = metered.tests.get(id) ?? missing(metered.failure);
    if (expected.outcome === found.outcome) {
      comparison.same[found.outcome] = (comparison.same[found.outcome] ?? 0) + 1;
      continue;
    }
    const explanation = explanations.find((one) => explains(one, id, expected, found)) ?? null;
    comparison.differences.push({ id, stock: expected, metered: found, explanation });
  }
  return comparison;
}

function explains(explanation: Explanation, id: string, stock: Outcome, metered: Outcome): boolean {
  const { tests, from, to, why = /^/ } = explanation;
  return (
    tests.test(id) && from === stock.outcome && to === metered.outcome && (why.test(metered.why) || why.test(stock.why))
  );
}

export const sameCount = ({ same }: Comparison): number => Object.values(same).reduce((sum, count) => sum + count, 0);

export function merged(comparisons: readonly Comparison[]): Comparison {
  const total: Comparison = { tests: 0, same: {}, differences: [] };
  for (const { tests, same, differences } of comparisons) {
    total.tests += tests;
    total.differences.push(...differences);
    for (const [outcome, count] of Object.entries(same)) total.same[outcome] = (total.same[outcome] ?? 0) + count;
  }
  return total;
}
