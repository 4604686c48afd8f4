// The last line of `npm test`: never "0 failed" when something failed.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  addCounts,
  countPlaywright,
  countReport,
  countVitest,
  formatCounts,
  type Counts,
} from '../../../scripts/test/summary.ts';

const vitestReport = { numPassedTests: 7, numFailedTests: 2, numPendingTests: 1, numTodoTests: 3 };
const playwrightReport = { stats: { expected: 5, unexpected: 1, flaky: 2, skipped: 4 } };

describe('reading reports', () => {
  it('counts vitest', () => {
    expect(countVitest(vitestReport)).toEqual({ passed: 7, failed: 2, skipped: 4 });
  });

  it('counts playwright, a flaky test as failed', () => {
    expect(countPlaywright(playwrightReport)).toEqual({ passed: 5, failed: 3, skipped: 4 });
  });

  it.each([null, [], {}, { ...vitestReport, numFailedTests: '0' }, { ...vitestReport, numTodoTests: -1 }])(
    'refuses %j as a vitest report',
    (report) => {
      expect(() => countVitest(report)).toThrow(TypeError);
    },
  );

  it.each([null, {}, { stats: [] }, { stats: { expected: 1 } }])('refuses %j as a playwright report', (report) => {
    expect(() => countPlaywright(report)).toThrow(TypeError);
  });
});

describe('countReport', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'praxis-summary-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function count(content: string | undefined, succeeded: boolean): Promise<Counts> {
    const file = join(folder, 'report.json');
    if (content !== undefined) await writeFile(file, content);
    return countReport(file, countVitest, succeeded);
  }

  const clean = JSON.stringify({ ...vitestReport, numFailedTests: 0 });

  it('takes the report of a runner that succeeded', async () => {
    expect(await count(clean, true)).toEqual({ passed: 7, failed: 0, skipped: 4 });
  });

  it('adds no failure to those that the report explains', async () => {
    expect(await count(JSON.stringify(vitestReport), false)).toEqual({ passed: 7, failed: 2, skipped: 4 });
  });

  it('counts a failure that the report does not explain', async () => {
    expect(await count(clean, false)).toEqual({ passed: 7, failed: 1, skipped: 4 });
  });

  it.each([undefined, '', '{"numPassedTests": 7', '{}'])('counts a failure when the report is %j', async (content) => {
    const complaint = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    expect(await count(content, true)).toEqual({ passed: 0, failed: 1, skipped: 0 });
    expect(complaint).toHaveBeenCalledTimes(content === undefined ? 0 : 1);
  });
});

it('adds up and prints one plain line', () => {
  const total = addCounts([
    { passed: 1, failed: 0, skipped: 2 },
    { passed: 10, failed: 3, skipped: 0 },
  ]);
  expect(formatCounts(total)).toBe('11 passed, 3 failed, 2 skipped');
  expect(formatCounts(addCounts([]))).toBe('0 passed, 0 failed, 0 skipped');
});
