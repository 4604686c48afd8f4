/** Adds up what the test runners reported. Their reports are files that may be missing or cut short when a runner crashed. */
import { readFile } from 'node:fs/promises';

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @throws TypeError when the report lacks the count. */
function count(report: Record<string, unknown>, key: string): number {
  const value = report[key];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new TypeError(`expected a count at "${key}" of the report, got ${JSON.stringify(value)}`);
  }
  return value;
}

/** Vitest's JSON reporter, which follows Jest's format. */
export function countVitest(report: unknown): Counts {
  if (!isObject(report)) throw new TypeError('expected an object as the vitest report');
  return {
    passed: count(report, 'numPassedTests'),
    failed: count(report, 'numFailedTests'),
    skipped: count(report, 'numPendingTests') + count(report, 'numTodoTests'),
  };
}

/** Playwright's JSON reporter. */
export function countPlaywright(report: unknown): Counts {
  if (!isObject(report) || !isObject(report['stats'])) throw new TypeError('expected "stats" in the playwright report');
  const { stats } = report;
  return {
    passed: count(stats, 'expected'),
    // There are no retries, so a flaky test can only come from somebody's private configuration; it did fail.
    failed: count(stats, 'unexpected') + count(stats, 'flaky'),
    skipped: count(stats, 'skipped'),
  };
}

/**
 * The counts of one runner.
 * @param succeeded whether the runner ended with 0. A runner that did not, without a failed test to show, counts as one failure:
 *   a file that could not be loaded, a crash, no tests at all.
 */
export async function countReport(
  file: string,
  read: (report: unknown) => Counts,
  succeeded: boolean,
): Promise<Counts> {
  const none: Counts = { passed: 0, failed: 0, skipped: 0 };
  const text = await readFile(file, 'utf8').catch(() => undefined);
  let counts = none;
  let readable = false;
  if (text !== undefined) {
    try {
      counts = read(JSON.parse(text));
      readable = true;
    } catch (error) {
      console.error(`test: ${file} is not a report: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const unexplained = (!succeeded || !readable) && counts.failed === 0;
  return unexplained ? { ...counts, failed: 1 } : counts;
}

export function addCounts(all: readonly Counts[]): Counts {
  const total: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { passed, failed, skipped } of all) {
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
  }
  return total;
}

export const formatCounts = ({ passed, failed, skipped }: Counts): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;
