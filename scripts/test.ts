/**
 * `npm test`: everything from a fresh clone. Every step runs even when an earlier one failed, so that one run shows all there is to
 * mend. The last line is `N passed, N failed, N skipped`; checks without tests of their own count when they fail, so that "0 failed"
 * and exit code 0 always come together.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandFailure, ROOT, runCommand } from './process.ts';
import { addCounts, countPlaywright, countReport, countVitest, formatCounts, type Counts } from './test/summary.ts';

const REPORTS = join(ROOT, 'test-results');
const VITEST_REPORT = join(REPORTS, 'vitest.json');
const PLAYWRIGHT_REPORT = join(REPORTS, 'playwright.json');

interface TestStep {
  name: string;
  run(): Promise<void>;
  /** Only for steps with tests to count. */
  counts?: (succeeded: boolean) => Promise<Counts>;
}

const npmRun = (script: string) => () => runCommand('npm', ['run', '--silent', script]);

const npmStep = (name: string): TestStep => ({ name, run: npmRun(name) });

const VITEST: TestStep = {
  name: 'vitest',
  run: () =>
    runCommand('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${VITEST_REPORT}`]),
  counts: (succeeded) => countReport(VITEST_REPORT, countVitest, succeeded),
};

const END_TO_END: TestStep = {
  name: 'end-to-end',
  run: () =>
    runCommand('playwright', ['test', '--reporter=list,json'], {
      env: { ...process.env, PLAYWRIGHT_JSON_OUTPUT_FILE: PLAYWRIGHT_REPORT },
    }),
  counts: (succeeded) => countReport(PLAYWRIGHT_REPORT, countPlaywright, succeeded),
};

const LINTS = ['lint:code', 'lint:format', 'lint:unused', 'lint:dependencies'].map(npmStep);

/** Rows of lanes: the lanes of a row run side by side, and the steps of a lane one after the other. */
const ROWS: readonly (readonly (readonly TestStep[])[])[] = [
  [[npmStep('tools')]],
  [[npmStep('typecheck')]],
  // A build meters for most of its time, which keeps one processor busy.
  [[npmStep('build')], LINTS],
  [[VITEST]],
  [[END_TO_END]],
];

async function succeeds(step: TestStep): Promise<boolean> {
  try {
    await step.run();
    return true;
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    return false;
  }
}

await rm(REPORTS, { recursive: true, force: true });
await mkdir(REPORTS, { recursive: true });

const all: Counts[] = [];
const failed: string[] = [];
async function take(step: TestStep): Promise<void> {
  console.log(`\ntest: ${step.name}`);
  const start = performance.now();
  const succeeded = await succeeds(step);
  console.log(
    `test: ${step.name} ${succeeded ? 'passed' : 'FAILED'} in ${((performance.now() - start) / 1000).toFixed(0)} s`,
  );
  if (!succeeded) failed.push(step.name);
  if (step.counts !== undefined) all.push(await step.counts(succeeded));
  else if (!succeeded) all.push({ passed: 0, failed: 1, skipped: 0 });
}

async function takeLane(lane: readonly TestStep[]): Promise<void> {
  for (const step of lane) await take(step);
}

for (const row of ROWS) await Promise.all(row.map(takeLane));

const total = addCounts(all);
console.log(failed.length === 0 ? '' : `\nFailed steps: ${failed.join(', ')}`);
console.log(formatCounts(total));
process.exitCode = total.failed === 0 ? 0 : 1;
