/** How the sandbox frame starts its worker where a browser loads no blob into it: WebKit, here played by a policy in Chromium. */
import { expect, test, type Page } from '@playwright/test';
import { programOf } from '../support/node-runs.ts';
import { openRunPage, runInPage } from '../support/run-page.ts';

const program = programOf('javascript', 'console.log(6 * 7)');

/** The real frame, but for what its policy says of workers. */
async function allowWorkers(page: Page, sources: string): Promise<void> {
  await page.route('**/frames/sandbox', async (route) => {
    const response = await route.fetch();
    const headers = response.headers();
    const policy = headers['content-security-policy'] ?? '';
    expect(policy).toContain('worker-src blob:');
    headers['content-security-policy'] = policy.replace(/worker-src [^;]+/, `worker-src ${sources}`);
    await route.fulfill({ response, headers });
  });
}

test('a worker that cannot be a blob is a data URL', async ({ page }) => {
  await allowWorkers(page, 'data:');
  await openRunPage(page, { isolated: true });
  const { record } = await runInPage(page, program);
  expect(record.steps[0]?.outputs).toEqual([{ type: 'stream', name: 'stdout', text: '42\n' }]);
});

test('where a worker can be neither, the run says so', async ({ page }) => {
  await allowWorkers(page, "'none'");
  await openRunPage(page, { isolated: true });
  await expect(runInPage(page, program)).rejects.toThrow('the worker could not start');
});

test('a frame that is isolated and has no shared memory all the same starts one without', async ({ page }) => {
  await page.addInitScript(() => window !== window.parent && Reflect.deleteProperty(globalThis, 'SharedArrayBuffer'));
  await openRunPage(page, { isolated: true });
  const { record } = await runInPage(page, program);
  expect(record.outcome).toBe('succeeded');
});

test('a frame that cannot even try says why', async ({ page }) => {
  await page.addInitScript(() => window !== window.parent && Reflect.deleteProperty(globalThis, 'Blob'));
  await openRunPage(page, { isolated: true });
  await expect(runInPage(page, program)).rejects.toThrow('Blob is not defined');
});
