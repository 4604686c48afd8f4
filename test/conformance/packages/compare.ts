/** Compares the outcomes of two sides, test by test, and looks for the reason of each difference. */
import type { Explanation } from './explanations.ts';
import type { Outcome } from './outcomes.ts';
import type { FilesResult } from './side.ts';

/** What one test gave on both sides. */
export interface Pair {
  /** pytest's node id. */
  id: string;
  stock: Outcome;
  metered: Outcome;
}

export interface Difference extends Pair {
  /** Null when nothing explains it. */
  explanation: Explanation | null;
}

export interface Comparison {
  tests: number;
  /** How many tests had the same outcome. */
  same: number;
  /** The same, by outcome. */
  outcomes: Record<string, number>;
  differences: Difference[];
}

type Tests = Pick<FilesResult, 'tests' | 'failure'>;

/** Every test of either side. One that a side did not get to has the outcome `none`, and says why that side's run had ended. */
export function paired(stock: Tests, metered: Tests): Pair[] {
  const of = ({ tests, failure }: Tests, id: string): Outcome =>
    tests.get(id) ?? { outcome: 'none', why: failure ?? '' };
  const ids = new Set([...stock.tests.keys(), ...metered.tests.keys()]);
  return [...ids].map((id) => ({ id, stock: of(stock, id), metered: of(metered, id) }));
}

export function compare(pairs: readonly Pair[], explanations: readonly Explanation[]): Comparison {
  const comparison: Comparison = { tests: pairs.length, same: 0, outcomes: {}, differences: [] };
  for (const pair of pairs) {
    const { outcome } = pair.metered;
    if (pair.stock.outcome === outcome) {
      comparison.same += 1;
      comparison.outcomes[outcome] = (comparison.outcomes[outcome] ?? 0) + 1;
    } else {
      const explanation = explanations.find((one) => explains(one, pair)) ?? null;
      comparison.differences.push({ ...pair, explanation });
    }
  }
  return comparison;
}

function explains({ tests, stock, metered, why = /^/ }: Explanation, pair: Pair): boolean {
  return (
    tests.test(pair.id) &&
    stock.includes(pair.stock.outcome) &&
    metered.includes(pair.metered.outcome) &&
    (why.test(pair.metered.why) || why.test(pair.stock.why))
  );
}
