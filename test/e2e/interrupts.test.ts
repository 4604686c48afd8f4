/** Interrupts from a page: what they meet in a live kernel is what a run of the kernel's transcript gives, in Node, too. */
import { expect, test } from '@playwright/test';
import { createProgram, replay, run } from '@praxis/wasm-runtime';
import { currentEnvironment, environments, host } from '../support/node-runs.ts';
import { openRunPage } from '../support/run-page.ts';

/** Each that prints is interrupted. */
const STEPS = [
  {
    object_id: 'catches',
    language: 'python',
    source: 'n = 0\ntry:\n    print("on")\n    while True: n += 1\nexcept KeyboardInterrupt: pass',
  },
  { object_id: 'looks', language: 'python', source: 'import time\nn, time.time_ns()' },
  { object_id: 'ends', language: 'python', source: 'print("on")\nwhile True: n += 1' },
] as const;

test('an interrupted kernel is its transcript', async ({ page }) => {
  await openRunPage(page, { isolated: true });
  const env_version = currentEnvironment();
  const { steps, transcript } = await page.evaluate(
    ([version, given]) => window.praxisTest.runInterrupted(version, given),
    [env_version, STEPS] as const,
  );
  expect(steps.map(({ step, stopped }) => [step.outcome, stopped])).toEqual([
    ['succeeded', false],
    ['succeeded', false],
    ['failed', false],
  ]);
  expect(transcript.map(({ events }) => events.map(({ kind }) => kind))).toEqual([['interrupt'], [], ['interrupt']]);
  const options = { host, environments };
  const { program, record } = await run(createProgram({ env_version, steps: transcript }), options);
  expect(record.error?.message).toBe('KeyboardInterrupt');
  expect(record.steps).toEqual(steps.map(({ step }) => step));
  expect((await replay(program, record, options)).verdict).toBe('MATCH');
});

test('a page without shared memory ends the step from outside', async ({ page }) => {
  await openRunPage(page, { isolated: false });
  const { steps, transcript } = await page.evaluate(
    ([version, given]) => window.praxisTest.runInterrupted(version, given),
    [currentEnvironment(), STEPS.slice(0, 1)] as const,
  );
  expect(steps).toMatchObject([{ stopped: true, step: { outcome: 'internal', outputs: [] } }]);
  expect(transcript).toEqual([]);
});
