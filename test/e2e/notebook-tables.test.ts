/** Tables as data: sorted, scrolled and copied by their readers. The form is what the guest library sends for a DataFrame. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Locator } from '@playwright/test';
import { emptyNotebook, openNotebook, runCell } from './notebook-page.ts';
import { test } from './returning.ts';

/** Python that shows a table of so many rows, as text in the record or as bytes beside it. */
const table = (rows: number): string => `
import json
rows = ${rows}
data = json.dumps({"rows": rows, "columns_of": 3, "precision": 6,
    "index": [{"name": [], "type": "number", "range": [0, 1]}],
    "columns": [
        {"name": ["word"], "type": "text", "values": [["pear", "apple", None][n % 3] for n in range(rows)]},
        {"name": ["size"], "type": "number", "values": [(n * 7919) % rows / 4 for n in range(rows)], "float": True},
        {"name": ["2024", "count"], "type": "number", "values": [10 - n % 20 for n in range(rows)]},
    ]})
display({"application/vnd.praxis.table+json": data if rows < 100 else data.encode(), "text/html": "<p>as HTML</p>"}, raw=True)`;

const column = (cell: Locator, at: number): Promise<string[]> =>
  cell.locator(`tbody tr:not(.table-space) > :nth-child(${at + 1})`).allTextContents();

test.beforeEach(async ({ page }) => {
  await openNotebook(page);
  await emptyNotebook(page);
});

test('a table is sorted by its columns, with the mouse and the keyboard, and copied', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const cell = await runCell(page, table(5));
  const header = (name: string): Locator => cell.getByRole('columnheader', { name });
  await expect(cell.getByRole('table')).toBeVisible();
  expect(await column(cell, 1)).toEqual(['pear', 'apple', 'NA', 'pear', 'apple']);
  expect(await column(cell, 2)).toEqual(['0.00', '1.00', '0.75', '0.50', '0.25']);
  await cell.getByRole('button', { name: 'size' }).click();
  await expect(header('size')).toHaveAttribute('aria-sort', 'ascending');
  expect(await column(cell, 2)).toEqual(['0.00', '0.25', '0.50', '0.75', '1.00']);
  await page.keyboard.press('Enter');
  await expect(header('size')).toHaveAttribute('aria-sort', 'descending');
  expect(await column(cell, 0)).toEqual(['1', '2', '3', '4', '0']);
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await expect(header('word')).toHaveAttribute('aria-sort', 'ascending');
  await expect(header('size')).toHaveAttribute('aria-sort', 'none');
  expect(await column(cell, 0)).toEqual(['1', '4', '0', '3', '2']);
  await expect(cell.getByText('5 rows × 3 columns, sorted by word')).toBeVisible();
  await cell.getByRole('button', { name: 'Copy as CSV' }).click();
  await expect(page.getByText('5 rows copied as CSV.')).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
    ',word,size,2024.count\r\n1,apple,1,9\r\n4,apple,0.25,6\r\n0,pear,0,10\r\n3,pear,0.5,7\r\n2,,0.75,8\r\n',
  );
  const { violations } = await new AxeBuilder({ page }).include('.table-output').analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
});

test('a long table has in the page only the rows in sight', async ({ page }) => {
  const cell = await runCell(page, table(100_000));
  await expect(cell.getByText('100,000 rows × 3 columns')).toBeVisible();
  expect((await column(cell, 0)).length).toBeLessThan(100);
  await cell.getByRole('button', { name: 'size' }).click();
  const box = cell.getByRole('region', { name: /^Table/ });
  await box.focus();
  await page.keyboard.press('End');
  await expect(cell.locator('tbody tr').last()).toContainText('24999.75');
  expect((await column(cell, 0)).length).toBeLessThan(100);
  // Another order is read from its beginning.
  await cell.getByRole('button', { name: 'count' }).click();
  await expect(cell.locator('tbody tr:not(.table-space)').first()).toHaveAttribute('aria-rowindex', '2');
});

test('what is no table is shown in another way', async ({ page }) => {
  const cell = await runCell(
    page,
    'display({"application/vnd.praxis.table+json": "[]", "text/plain": "as text"}, raw=True)',
  );
  await expect(cell.getByText('as text', { exact: true })).toBeVisible();
});
