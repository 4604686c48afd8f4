/** What a first, a later and a disturbed visit fetch, make and keep, by the requests that the page makes. */
import { expect, test, type BrowserContext, type Page } from '@playwright/test';
import { fuelOf, openNotebook, runCell } from './notebook-page.ts';

/** Files of the environment, by name, that the page asked for. */
function watchFiles(page: Page): string[] {
  const files: string[] = [];
  page.on('request', (request) => {
    const [, file] = /\/assets\/environments\/[0-9a-f]{64}\/(.+)$/.exec(request.url()) ?? [];
    if (file !== undefined) files.push(file);
  });
  return files;
}

/** What the page asked for from the folder of its frames. */
function watchFrames(page: Page): string[] {
  const paths: string[] = [];
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith('/frames/')) paths.push(pathname);
  });
  return paths;
}

test('the frame that the page begins with is the one that it uses, and its script is fetched once', async ({
  page,
}) => {
  const frames = watchFrames(page);
  await openNotebook(page);
  await expect(page.locator('iframe#sandbox-frame')).toHaveCount(0);
  const cell = await runCell(page, 'print(6 * 7)');
  await expect(cell.getByLabel('Text output')).toHaveText('42');
  expect(frames.sort()).toEqual(['/frames/sandbox', '/frames/worker.js']);
  await expect(page.locator('iframe')).toHaveCount(1);
});

/** @returns files that came over the network, and the fuel of the cell */
async function visit(context: BrowserContext): Promise<{ page: Page; files: string[]; fuel: string }> {
  const page = await context.newPage();
  const files = watchFiles(page);
  await openNotebook(page);
  const cell = await runCell(page, 'print("snap", 6 * 7)');
  await expect(cell.getByLabel('Text output')).toHaveText('snap 42');
  return { page, files, fuel: await fuelOf(cell) };
}

const keptCount = (page: Page) => page.evaluate(async () => (await (await caches.open('praxis-files')).keys()).length);

// Each has a browser context of its own.
test.describe.configure({ mode: 'parallel' });

test('a first visit makes the snapshot and keeps it; later ones make and download less and less, unless what was kept has changed', async ({
  context,
}) => {
  const first = await visit(context);
  expect(first.files).toContain('python.wasm');
  expect(first.files).toContain('python.glue.js');
  expect(first.files).not.toContain('python.snapshot');
  expect(first.files.filter((file) => file.startsWith('javascript.'))).toEqual([]);
  await expect.poll(() => keptCount(first.page)).toBe(1);
  await first.page.close();

  const second = await visit(context);
  expect(second.files).not.toContain('python.glue.js');
  expect(second.files).not.toContain('python.snapshot');
  expect(second.fuel).toBe(first.fuel);
  // Module and file image, too.
  await expect.poll(() => keptCount(second.page)).toBe(3);
  await second.page.close();

  const third = await visit(context);
  expect(third.files.filter((file) => file !== 'python.late')).toEqual(['manifest.json']);
  expect(third.fuel).toBe(first.fuel);
  await third.page.evaluate(async () => {
    const cache = await caches.open('praxis-files');
    for (const key of await cache.keys()) {
      const bytes = new Uint8Array((await (await cache.match(key))?.arrayBuffer()) ?? []);
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
      await cache.put(key, new Response(bytes));
    }
  });
  await third.page.close();

  const fourth = await visit(context);
  expect(fourth.files).toEqual(expect.arrayContaining(['python.wasm', 'python.image', 'python.glue.js']));
  expect(fourth.files).not.toContain('python.snapshot');
  expect(fourth.fuel).toBe(first.fuel);
});

test('without storage, each visit makes its own', async ({ context }) => {
  await context.addInitScript(() => {
    Object.defineProperty(window, 'caches', {
      value: { open: () => Promise.reject(new DOMException('refused', 'SecurityError')) },
    });
  });
  for (let round = 0; round < 2; round++) {
    const { page, files } = await visit(context);
    expect(files).toContain('python.glue.js');
    expect(files).not.toContain('python.snapshot');
    await page.close();
  }
});

test('where it cannot be made, it is downloaded, and kept for the next visit', async ({ context }) => {
  // The boot's script is missing, so there is no boot.
  await context.route('**/python.glue.js', (route) => route.fulfill({ status: 404 }));
  const first = await visit(context);
  expect(first.files).toContain('python.snapshot');
  await expect.poll(() => keptCount(first.page)).toBe(1);
  await first.page.close();
  const second = await visit(context);
  expect(second.files).not.toContain('python.snapshot');
  expect(second.fuel).toBe(first.fuel);
});

test('the first step may read what comes late: it waits, and shows its outputs once', async ({ context }) => {
  const page = await context.newPage();
  const files = watchFiles(page);
  await openNotebook(page);
  const cell = await runCell(page, 'print("before")\nimport wave\nprint(wave.__name__)');
  await expect(cell.getByLabel('Text output')).toHaveText(/^before\s+wave\s*$/);
  expect(files.filter((file) => file === 'python.late')).toHaveLength(1);
});
