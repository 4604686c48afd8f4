/** Programming in the page: displays that change, progress, completion and documentation from the live kernel. */
import { expect } from '@playwright/test';
import { addCell, openNotebook, runCell } from './notebook-page.ts';
import { test } from './returning.ts';

test.beforeEach(async ({ page }) => openNotebook(page));

test('a display changes in place, and progress is one quiet line', async ({ page }) => {
  const source = [
    'from IPython.display import display, Markdown, clear_output',
    'from praxis import progress',
    'print("gone")',
    'clear_output()',
    'handle = display("first", display_id=True)',
    'for step in progress(range(200), label="Walk"): pass',
    'handle.update(Markdown("the *second* one"))',
  ].join('\n');
  const cell = await runCell(page, source);
  await expect(cell.locator('.output-markdown em')).toHaveText('second');
  await expect(cell.getByRole('progressbar', { name: 'Walk' })).toHaveAttribute('value', '200');
  await expect(cell.locator('.output-progress-count')).toHaveText('200 of 200');
  await expect(cell.locator('.outputs')).not.toContainText('gone');
  await expect(cell.locator('.outputs')).not.toContainText('first');
});

test('a running cell shows its changes as they come', async ({ page }) => {
  const source = [
    'from praxis import progress',
    'for step in progress(range(50), label="Long"):',
    '    if step == 30: input("go on?")',
  ].join('\n');
  const cell = await runCell(page, source);
  await expect(cell.getByLabel('go on?')).toBeVisible();
  await expect(cell.locator('.output-progress-count')).toHaveText('30 of 50');
});

test('completion and documentation come from the live names', async ({ page }) => {
  const source =
    'ages = {"ann": 1, "bob": 2}\ndef area(width, *, height_of_it=2):\n    "The area of it."\n    return width\nprint("ready")';
  const defined = await runCell(page, source);
  await expect(defined.locator('.outputs')).toContainText('ready');
  const cell = await addCell(page, '');
  await page.keyboard.type('area(1, hei', { delay: 30 });
  const list = page.locator('.cm-tooltip-autocomplete');
  await expect(list.getByRole('option', { name: /^height_of_it=/ })).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(cell.locator('.cm-content')).toContainText('area(1, height_of_it=');
  await page.keyboard.press('Shift+Tab');
  const note = page.locator('.cm-inspection');
  await expect(note).toContainText('area(width, *, height_of_it=2)');
  await expect(note).toContainText('The area of it.');
  await page.keyboard.press('Escape');
  await expect(note).toHaveCount(0);
  await expect(cell.locator('.cm-content')).toBeFocused();
});

test('Tab right behind a word completes it, and indents where there is none', async ({ page }) => {
  await runCell(page, 'temperatures_of_it = [1, 2]\nprint("ready")');
  await expect(page.getByText('ready', { exact: true })).toBeVisible();
  const cell = await addCell(page, '');
  await page.keyboard.press('Tab');
  await page.keyboard.type('temperatures_');
  await page.keyboard.press('Tab');
  await expect(cell.locator('.cm-line')).toHaveText('    temperatures_of_it');
  await page.keyboard.type('.app');
  await page.keyboard.press('Tab');
  await expect(cell.locator('.cm-line')).toHaveText('    temperatures_of_it.append');
});
