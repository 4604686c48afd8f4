/** Jupyter files in a real Chromium: a real notebook to its verified export, and files that hold up whoever reads them. */
import { readFileSync } from 'node:fs';
import { expect, test as firstVisit, type Page } from '@playwright/test';
import { fixtureNotebooks, schemaErrors, type Notebook } from '../support/notebooks.ts';
import { emptyNotebook, exportNotebook, openFile, openNotebook, saveAs, signUp } from './notebook-page.ts';
import { test } from './returning.ts';

test('a real notebook is opened, run, saved, verified, and exported as a valid one', async ({ page }) => {
  const { path } = fixtureNotebooks().find(({ name }) => name === 'sir-epidemic') ?? { path: '' };
  // A file of this project.
  const original = JSON.parse(readFileSync(path, 'utf8')) as Notebook;
  await openNotebook(page);
  await openFile(page, readFileSync(path, 'utf8'), 'sir-epidemic.ipynb');
  await expect(page.getByText('Opened sir-epidemic.ipynb.')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'An epidemic in three equations' })).toBeVisible();
  const code = page.locator('.cell-code');
  await expect(code).toHaveCount(original.cells.filter((cell) => cell.cell_type === 'code').length);
  await page.getByRole('button', { name: 'Run all' }).click();
  await expect(code.last().locator('.artifacts')).toContainText('sir.csv', { timeout: 120_000 });
  await expect(page.getByText('final size 0.892659; after 100 days 0.892622')).toBeVisible();
  await expect(page.locator('.output-image img')).toHaveCount(2);

  await signUp(page);
  await saveAs(page, 'An epidemic');
  await page.getByRole('button', { name: 'Verify', exact: true }).click();
  await expect(page.getByText('Verified: the server got the same outputs and the same fuel.')).toBeVisible({
    timeout: 120_000,
  });
  const shown = code.filter({ has: page.locator('.output') });
  await expect(shown).not.toHaveCount(0);
  const seals = page.getByRole('button', { name: /^Verified\. / });
  await expect(shown.filter({ has: seals })).toHaveCount(await shown.count());

  const text = await exportNotebook(page);
  expect(schemaErrors(text)).toEqual([]);
  // Written by the page, and valid as was just seen.
  const written = JSON.parse(text) as Notebook;
  const plain = ({ cells }: Notebook): unknown[] =>
    cells.map(({ id, cell_type, source }) => ({ id, cell_type, source }));
  expect(plain(written)).toEqual(plain(original));
  const outputs = written.cells.flatMap((cell) => cell.outputs ?? []);
  expect(outputs.filter((output) => 'image/svg+xml' in ((output['data'] ?? {}) as object))).toHaveLength(2);
  expect(JSON.stringify(outputs)).toContain('final size 0.892659');
});

test('hundreds of texts are all formatted, and one that is too long is shown as it was written', async ({ page }) => {
  const text = (id: string, source: string): object => ({ cell_type: 'markdown', id, metadata: {}, source });
  const many = Array.from({ length: 200 }, (_, n) => text(`t${n}`, `## Part ${n}\n\nwith $x_{${n}}$`));
  const long = text('long', `# Too long\n\n${'a *b* '.repeat(20_000)}`);
  await openNotebook(page);
  await openFile(page, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [...many, long] }));
  await expect(page.getByRole('heading', { name: 'Part 199' })).toBeAttached();
  await expect(page.locator('.cell h2')).toHaveCount(200);
  await expect(page.locator('.formula-drawn .katex')).toHaveCount(200);
  await expect(page.getByText('This text is too long to be formatted')).toBeAttached();
  await expect(page.locator('.text-unformatted pre')).toContainText('# Too long');
  await expect(page.getByRole('heading', { name: 'Too long' })).toHaveCount(0);
});

test.describe('a file that takes long', () => {
  const small = (title: string): string =>
    JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: { title }, cells: [] });
  const WORKER = /\/assets\/notebook-worker-[^/]+\.js$/;
  const readers = (page: Page): number => page.workers().filter((worker) => WORKER.test(worker.url())).length;

  /** From now on the reader never answers, as with a file that it never gets through. */
  async function stall(page: Page): Promise<void> {
    await page.route(WORKER, async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, body: 'for (;;);' });
    });
  }

  async function openStalled(page: Page): Promise<void> {
    await openNotebook(page);
    await emptyNotebook(page);
    await stall(page);
  }

  test('leaves the page usable, and can be cancelled', async ({ page }) => {
    await openStalled(page);
    await openFile(page, small('Never'), 'endless.ipynb');
    const notice = page.locator('.toast', { hasText: 'Reading endless.ipynb …' });
    await expect(notice).toBeVisible();
    await expect.poll(() => readers(page)).toBe(1);
    await page.locator('.cm-content').first().click();
    await page.keyboard.insertText('usable = True');
    await expect(page.locator('.cm-line')).toHaveText(['usable = True']);
    await notice.getByRole('button', { name: 'Cancel' }).click();
    await expect(page.getByText('endless.ipynb was not opened. It was cancelled.')).toBeVisible();
    await expect(notice).toHaveCount(0);
    await expect.poll(() => readers(page)).toBe(0);
    await expect(page.locator('.cm-line')).toHaveText(['usable = True']);
  });

  test('gives way to another one', async ({ page }) => {
    await openStalled(page);
    await openFile(page, small('Never'), 'endless.ipynb');
    await expect(page.getByText('Reading endless.ipynb …')).toBeVisible();
    await page.unroute(WORKER);
    await openFile(page, small('Second'), 'second.ipynb');
    await expect(page.getByText('endless.ipynb was not opened. Another file was opened instead.')).toBeVisible();
    await expect(page.getByText('Opened second.ipynb.')).toBeVisible();
    await expect.poll(() => readers(page)).toBe(0);
  });

  firstVisit('is given up after twenty seconds of the page’s clock', async ({ page }) => {
    await openStalled(page);
    await page.clock.install();
    await openFile(page, small('Never'), 'endless.ipynb');
    await expect.poll(() => readers(page)).toBe(1);
    await page.clock.runFor(19_000);
    await expect(page.getByText('Reading endless.ipynb …')).toBeVisible();
    await page.clock.runFor(1_000);
    await expect(page.getByText(/^endless\.ipynb was not opened\. It took longer than 20 s\./)).toBeVisible();
    await expect.poll(() => readers(page)).toBe(0);
  });

  test('because its reader cannot be loaded says so', async ({ page }) => {
    await openNotebook(page);
    await page.route(WORKER, (route) => route.abort());
    await openFile(page, small('Never'), 'lost.ipynb');
    await expect(page.getByText(/^lost\.ipynb was not opened\. That failed/)).toBeVisible();
  });
});
