/** Which environment a notebook runs in: chosen from its imports, shown, and changed without losing what was computed. */
import { expect, type Page } from '@playwright/test';
import { builtEnvironment } from '../support/environments.ts';
import { addCell, emptyNotebook, openFile, openNotebook, runCell, saveAs, signUp } from './notebook-page.ts';
import { test } from './returning.ts';

const environment = (page: Page) => page.locator('.environment-name');

test.beforeEach(() => {
  test.skip(builtEnvironment('data') === undefined, 'the environment data is not built here');
});

/** Environments, by name, whose files the page asked for. */
function watchEnvironments(page: Page): Set<string> {
  const names = new Map(['python', 'data'].map((name) => [builtEnvironment(name)?.split(':')[1], name]));
  const asked = new Set<string>();
  page.on('request', (request) => {
    const [, hex] = /\/assets\/environments\/([0-9a-f]{64})\//.exec(request.url()) ?? [];
    if (hex !== undefined) asked.add(names.get(hex) ?? hex);
  });
  return asked;
}

test('a cell that imports numpy in a fresh notebook runs in the environment that has it, where the next visit begins', async ({
  page,
}) => {
  await openNotebook(page);
  await emptyNotebook(page);
  await expect(environment(page)).toHaveText('python');
  const cell = await runCell(page, 'import numpy as np\nprint(np.arange(4).sum())');
  await expect(cell.getByText('6', { exact: true })).toBeVisible();
  await expect(environment(page)).toHaveText('data');
  const asked = watchEnvironments(page);
  await page.reload();
  await page
    .locator('.cell')
    .nth(1)
    .getByRole('button', { name: /^Run cell/ })
    .click();
  await expect(page.locator('.cell').nth(1).getByText('6', { exact: true })).toBeVisible();
  await expect(environment(page)).toHaveText('data');
  expect([...asked]).toEqual(['data']);
});

test('the environment is there before a cell that was written runs, and half a name changes nothing', async ({
  page,
}) => {
  await openNotebook(page);
  await emptyNotebook(page);
  await expect(environment(page)).toHaveText('python');
  const cell = await addCell(page, 'import nump');
  // As long as it takes until what was written counts.
  await page.waitForTimeout(1000);
  await expect(environment(page)).toHaveText('python');
  await expect(page.locator('.toasts > *')).toHaveCount(0);
  await page.keyboard.type('y');
  await expect(environment(page)).toHaveText('data');
  await page.keyboard.press('Control+Enter');
  await expect(cell.locator('.usage span[title*="fuel"]')).toBeVisible();
});

test('the page of a document begins where its code runs', async ({ page }) => {
  await openNotebook(page);
  await emptyNotebook(page);
  await runCell(page, 'import numpy as np\nprint(np.arange(5).sum())');
  await signUp(page);
  const path = await saveAs(page, 'Numbers');
  const asked = watchEnvironments(page);
  await openNotebook(page, path);
  await expect(environment(page)).toHaveText('data');
  const cell = page.locator('.cell').nth(1);
  await cell.getByRole('button', { name: /^Run cell/ }).click();
  await expect(cell.getByText('10', { exact: true })).toBeVisible();
  await expect(page.locator('.save-word')).toHaveText('Saved');
  expect([...asked]).toEqual(['data']);
});

test('a live kernel that lacks a package says where it is, and goes there with all that it has computed', async ({
  page,
}) => {
  await openNotebook(page);
  await emptyNotebook(page);
  await runCell(page, 'kept = [1, 2, 6]');
  await runCell(page, 'kept.append(3); print("kept", len(kept))');
  const cell = await runCell(page, 'kept.append(8)\nimport pandas as pd\nprint("mean", pd.Series(kept).mean())');
  await expect(cell.getByText(/pandas is in the environments? data/)).toBeVisible();
  await cell.getByRole('button', { name: 'Switch to data and run again' }).click();
  // The steps before it ran once each, and the cell that failed only in its new place.
  await expect(cell.getByText('mean 4.0', { exact: true })).toBeVisible();
  await expect(environment(page)).toHaveText('data');
  const after = await runCell(page, 'kept');
  await expect(after.locator('.output-result')).toHaveText('[1, 2, 6, 3, 8]');
});

test('what no environment has: what there is, similar names first', async ({ page }) => {
  await openNotebook(page);
  const cell = await runCell(page, 'import nunpy');
  await expect(cell.getByText(/No environment has nunpy\. Did you mean numpy/)).toBeVisible();
  await expect(cell.getByRole('button', { name: /^Switch to/ })).toHaveCount(0);
});

test('the list of environments says what they have, and changing it is remembered by the saved document', async ({
  page,
}) => {
  await openNotebook(page);
  await emptyNotebook(page);
  await runCell(page, 'x = 20');
  await environment(page).click();
  await expect(page.getByRole('menuitemradio', { name: /^data/ })).toContainText('numpy 2.');
  await expect(page.getByRole('menuitemradio', { name: /^python/ })).toHaveAttribute('aria-checked', 'true');
  await page.getByRole('menuitemradio', { name: /^data/ }).click();
  await expect(environment(page)).toHaveText('data');
  const cell = await runCell(page, 'import sys\nprint(x + sys.version_info.minor)');
  await expect(cell.getByText('32', { exact: true })).toBeVisible();
  await signUp(page);
  const path = await saveAs(page, 'Somewhere else');
  await openNotebook(page, path);
  await expect(page.locator('.save-word')).toHaveText('Saved');
  const again = await runCell(page, 'sys.version_info.minor');
  await expect(again.locator('.error-name')).toHaveText('NameError');
  await expect(environment(page)).toHaveText('data');
});

test('a Jupyter notebook gets what any of its cells imports', async ({ page }) => {
  await openNotebook(page);
  const cell = (source: string) => ({ cell_type: 'code', metadata: {}, source, outputs: [], execution_count: null });
  const cells = [cell('print("first")'), cell('from matplotlib import pyplot')];
  await openFile(page, JSON.stringify({ nbformat: 4, nbformat_minor: 4, metadata: {}, cells }));
  const first = page.locator('.cell-code').first();
  await expect(first).toContainText('print');
  await first.getByRole('button', { name: /^Run cell/ }).click();
  await expect(first.getByText('first', { exact: true })).toBeVisible();
  await expect(environment(page)).toHaveText('data');
});
