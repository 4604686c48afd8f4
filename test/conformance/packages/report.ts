/** What is printed and written: a table of suites, and every difference under the reason for it. */
import { sameCount, type Comparison, type Difference } from './compare.ts';
import type { FilesResult } from './side.ts';
import type { Suite } from './suites.ts';

export interface SuiteResult {
  suite: Suite;
  /** Files of tests that were run. */
  files: number;
  runs: number;
  /** Of all metered runs. */
  fuel: number;
  comparison: Comparison;
}

const count = (value: number): string => value.toLocaleString('en');
const billions = (fuel: number): string => count(Math.round(fuel / 1e9));

/** Of one run, while others go on. */
export function linesOf({ tests, failure, fuel, ms }: FilesResult): string {
  const used = fuel === 0 ? '' : `, ${billions(fuel)} G fuel`;
  return `${count(tests.size)} tests in ${Math.round(ms / 1000)} s${used}${failure === null ? '' : `, ended early: ${failure}`}`;
}

const COLUMNS = ['suite', 'files', 'runs', 'tests', 'same outcome', 'different', 'not explained', 'fuel, G'];
const OUTCOMES = ['passed', 'xfailed', 'skipped', 'failed', 'error', 'xpassed'];

export function tableOf(results: readonly SuiteResult[]): string[] {
  const rows = results.map(({ suite, files, runs, fuel, comparison }) => [
    `${suite.wheel.name} ${suite.wheel.version}`,
    ...[files, runs, comparison.tests, sameCount(comparison), comparison.differences.length].map(count),
    count(comparison.differences.filter(({ explanation }) => explanation === null).length),
    billions(fuel),
  ]);
  return markdownTable([COLUMNS, ...rows]);
}

function outcomesTable(results: readonly SuiteResult[]): string[] {
  const others = results
    .flatMap(({ comparison }) => Object.keys(comparison.same))
    .filter((one) => !OUTCOMES.includes(one));
  const outcomes = [...OUTCOMES, ...new Set(others)];
  const rows = results.map(({ suite, comparison }) => [
    `${suite.wheel.name} ${suite.wheel.version}`,
    ...outcomes.map((outcome) => count(comparison.same[outcome] ?? 0)),
  ]);
  return markdownTable([['the same on both sides', ...outcomes], ...rows]);
}

/** With columns as wide as prettier makes them. */
function markdownTable(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`);
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [...lines.slice(0, 1), rule, ...lines.slice(1)];
}

const TITLE = `# The libraries' own tests, metered and not

Written by \`npm run conformance:packages -- --report\`.
`;

export function reportOf(results: readonly SuiteResult[]): { text: string; differences: string[] } {
  const byReason = new Map<string, Difference[]>();
  for (const difference of results.flatMap(({ comparison }) => comparison.differences)) {
    const reason = difference.explanation?.reason ?? 'Not explained.';
    byReason.set(reason, [...(byReason.get(reason) ?? []), difference]);
  }
  const differences = [...byReason].flatMap(([reason, members]) => [
    '',
    reason,
    '',
    ...members.map(
      ({ id, stock, metered }) => `- \`${id}\`: ${told(stock)} on stock Pyodide, ${told(metered)} metered`,
    ),
  ]);
  const text = [TITLE, ...tableOf(results), '', ...outcomesTable(results), '', '## Differences', ...differences, ''];
  return { text: text.join('\n'), differences };
}

const told = ({ outcome, why }: { outcome: string; why: string }): string =>
  why === ''
    ? outcome
    : `${outcome} (\`${why
        .replaceAll(/[`\s]+/g, ' ')
        .trim()
        .slice(0, 120)}\`)`;
