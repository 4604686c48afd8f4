/** What is printed and written: a table of suites, and every difference under the reason for it. */
import { compare, type Comparison, type Difference } from './compare.ts';
import type { Explanation } from './explanations.ts';
import type { Outcome } from './outcomes.ts';
import type { SuiteResult } from './results.ts';

export interface Report {
  /** Of all suites. */
  same: number;
  unexplained: number;
  table: string[];
  /** By reason, those without one first. */
  differences: string[];
  /** All of it, as the file has it. */
  text: string;
}

type Row = Omit<SuiteResult, 'pairs'> & Comparison;

const HEAD = `# The libraries' own tests, metered and not

Written by \`npm run conformance:packages -- --report\`. Each test ran twice: in a metered run of the environment \`data\`, and on the stock
Pyodide 0.27.7 that it is made of, with the same wheels. \`suites.ts\` names the wheels that the tests come from, which parts of a library
are run and with which options of pytest; \`explanations.ts\` has the reasons. A test that fails on both
sides says nothing about metering: most want what neither side has, such as processes, warnings of floating-point arithmetic, or data files
that wheels leave out.
`;

const NO_REASON = 'Not explained:';
/** pytest's words, the most frequent first. */
const OUTCOMES = ['passed', 'xfailed', 'skipped', 'failed', 'error', 'xpassed'];
const TOLD_LENGTH = 120;

export function reportOf(results: readonly SuiteResult[], explanations: readonly Explanation[]): Report {
  const rows = results.map(({ pairs, ...result }) => ({ ...result, ...compare(pairs, explanations) }));
  const all = rows.flatMap(({ differences }) => differences);
  const table = suitesTable(rows);
  const differences = differencesByReason(all);
  return {
    same: rows.reduce((sum, row) => sum + row.same, 0),
    unexplained: unexplainedOf(all),
    table,
    differences,
    text: [HEAD, ...table, '', ...outcomesTable(rows), '', '## Differences', ...differences, ''].join('\n'),
  };
}

const count = (value: number): string => value.toLocaleString('en');
const unexplainedOf = (differences: readonly Difference[]): number =>
  differences.filter(({ explanation }) => explanation === null).length;

function suitesTable(rows: readonly Row[]): string[] {
  const head = ['suite', 'files', 'tests', 'same outcome', 'different', 'not explained', 'fuel, G'];
  return markdownTable([
    head,
    ...rows.map(({ library, files, tests, same, differences, fuel }) => [
      library,
      ...[files, tests, same, differences.length, unexplainedOf(differences), Math.round(fuel / 1e9)].map(count),
    ]),
  ]);
}

function outcomesTable(rows: readonly Row[]): string[] {
  const others = rows.flatMap((row) => Object.keys(row.outcomes)).filter((outcome) => !OUTCOMES.includes(outcome));
  const outcomes = [...OUTCOMES, ...new Set(others)];
  return markdownTable([
    ['the same on both sides', ...outcomes],
    ...rows.map((row) => [row.library, ...outcomes.map((outcome) => count(row.outcomes[outcome] ?? 0))]),
  ]);
}

/** With columns as wide as prettier makes them. */
function markdownTable(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`);
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [...lines.slice(0, 1), rule, ...lines.slice(1)];
}

function differencesByReason(differences: readonly Difference[]): string[] {
  const byReason = new Map<string, Difference[]>([[NO_REASON, []]]);
  for (const difference of differences) {
    const reason = difference.explanation?.reason ?? NO_REASON;
    byReason.set(reason, [...(byReason.get(reason) ?? []), difference]);
  }
  return [...byReason]
    .filter(([, members]) => members.length > 0)
    .flatMap(([reason, members]) => [
      '',
      reason,
      '',
      ...members.map(({ id, stock, metered }) => `- \`${id}\`: stock ${told(stock)}; metered ${told(metered)}`),
    ]);
}

/** A message may have anything in it. */
function told({ outcome, why }: Outcome): string {
  const message = why
    .replaceAll(/[`\s]+/g, ' ')
    .trim()
    .slice(0, TOLD_LENGTH);
  return message === '' ? outcome : `${outcome} (\`${message}\`)`;
}
