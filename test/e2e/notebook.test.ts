/** The scratch notebook in a real Chromium: running, stopping, keys, outputs, drafts, files. */
import { expect } from '@playwright/test';
import { addCell, emptyNotebook, exportNotebook, fuelOf, openFile, openNotebook, runCell } from './notebook-page.ts';
import { test } from './returning.ts';

// Many, each with a page of its own.
test.describe.configure({ mode: 'parallel' });

test.describe('the first visit', () => {
  test('the sample runs without an account, and a second time to the same fuel', async ({ page }) => {
    await openNotebook(page);
    await page.getByRole('button', { name: 'Run all' }).click();
    const [walk, chart, script] = [0, 1, 2].map((index) => page.locator('.cell-code').nth(index));
    if (walk === undefined || chart === undefined || script === undefined)
      throw new Error('the sample has three code cells');
    await expect(walk.locator('.output-image img')).toBeVisible();
    await expect(chart.getByText('after 400 steps: 411.0, expected 400')).toBeVisible();
    await expect(chart.locator('.output-image img')).toBeVisible();
    await expect(script.getByText(/\d+ of 500 came home within 1000 steps/)).toBeVisible();
    const before = await Promise.all([walk, chart, script].map(fuelOf));
    const home = await script.locator('.terminal').first().innerText();
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Restart and run all' }).click();
    await expect(page.locator('.run-queued, .run-running')).not.toHaveCount(0);
    await expect(page.locator('.run-queued, .run-running')).toHaveCount(0, { timeout: 60_000 });
    expect(await Promise.all([walk, chart, script].map(fuelOf))).toEqual(before);
    expect(await script.locator('.terminal').first().innerText()).toBe(home);
  });

  test('a run that is asked for at once waits for the engine', async ({ page }) => {
    await openNotebook(page);
    const cell = await runCell(page, 'print("asked early")');
    await expect(cell.getByText('asked early', { exact: true })).toBeVisible();
  });

  test('the parts of the sandbox are of an opaque origin, the page is isolated, and no policy is broken', async ({
    page,
  }) => {
    const errors: string[] = [];
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    await openNotebook(page);
    const cell = await runCell(page, '1 + 1');
    await expect(cell.locator('.output-result')).toHaveText('2');
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    const sandbox = page.frames().find((frame) => frame.url().includes('/frames/sandbox'));
    expect(await sandbox?.evaluate(() => origin)).toBe('null');
    expect(errors).toEqual([]);
  });
});

test.describe('running', () => {
  test.beforeEach(async ({ page }) => openNotebook(page));

  test('state carries over from cell to cell, and a restart forgets it', async ({ page }) => {
    await runCell(page, 'answer = 6 * 7');
    const cell = await runCell(page, 'answer');
    await expect(cell.locator('.output-result')).toHaveText('42');
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Restart the kernel' }).click();
    await expect(page.getByText('Ready', { exact: true })).toBeVisible();
    await cell.getByRole('button', { name: /^Run cell/ }).click();
    await expect(cell.locator('.error-name')).toHaveText('NameError');
  });

  test('an error names its line, marks it, and is stale as soon as the code changes', async ({ page }) => {
    const cell = await runCell(page, 'x = 1\n1 / 0');
    await expect(cell.locator('.error-name')).toHaveText('ZeroDivisionError');
    await expect(cell.getByRole('button', { name: 'line 2' })).toBeVisible();
    await expect(cell.locator('.cm-failed-line')).toHaveText('1 / 0');
    await expect(cell.locator('.error-traceback')).toContainText('ZeroDivisionError');
    await cell.locator('.cm-content').focus();
    await page.keyboard.type('# ');
    await expect(cell.getByText('The code changed since this ran')).toBeVisible();
    await expect(cell.locator('.cm-failed-line')).toHaveCount(0);
  });

  test('a limit says which one, offers the next step, and leaves the kernel usable', async ({ page }) => {
    await page.evaluate(() => localStorage.setItem('praxis.limits', '{"fuel":2000000000}'));
    await openNotebook(page);
    await runCell(page, 'kept = "still here"');
    const cell = await runCell(page, 'while True:\n    pass');
    await expect(cell.getByText('The fuel limit of 2.00 G was reached')).toBeVisible({ timeout: 60_000 });
    await cell.getByRole('button', { name: 'Change limits' }).click();
    await expect(page.getByRole('dialog', { name: 'Limits' })).toBeVisible();
    await page.keyboard.press('Escape');
    const after = await runCell(page, 'kept');
    await expect(after.locator('.output-result')).toHaveText("'still here'");
  });

  test('stop raises KeyboardInterrupt, and what the cell did until then stays', async ({ page }) => {
    await runCell(page, 'kept = 1');
    const cell = await runCell(page, 'kept = 2\nprint("on")\nwhile True:\n    pass');
    await expect(cell.getByText('on', { exact: true })).toBeVisible();
    await cell.getByRole('button', { name: /^Stop/ }).click();
    await expect(cell.locator('.error-name')).toHaveText('KeyboardInterrupt');
    await expect(cell.getByText('on', { exact: true })).toBeVisible();
    const after = await runCell(page, 'kept');
    await expect(after.locator('.output-result')).toHaveText('2');
  });

  test('stop ends a cell that does not end by itself, and the state before it is there again', async ({ page }) => {
    await runCell(page, 'kept = 1');
    const deaf =
      'kept = 2\nprint("on")\nwhile True:\n    try:\n        while True: pass\n    except KeyboardInterrupt: pass';
    const cell = await runCell(page, deaf);
    await expect(cell.getByText('on', { exact: true })).toBeVisible();
    await cell.getByRole('button', { name: /^Stop/ }).click();
    await expect(cell.getByText('Stopped; the kernel is as it was before')).toBeVisible();
    const after = await runCell(page, 'kept');
    await expect(after.locator('.output-result')).toHaveText('1');
  });

  test('stop does so where the page has no shared memory, and in JavaScript', async ({ page }) => {
    await page.route(/\/$/, async (route) => {
      const response = await route.fetch();
      const {
        'cross-origin-opener-policy': _opener,
        'cross-origin-embedder-policy': _embedder,
        ...headers
      } = response.headers();
      await route.fulfill({ response, headers });
    });
    await openNotebook(page);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
    await runCell(page, 'kept = 1');
    for (const [source, kind] of [
      ['kept = 2\nprint("on")\nwhile True:\n    pass', 'Python'],
      ['console.log("on"); for (;;);', 'JavaScript'],
    ] as const) {
      const cell = await runCell(page, source, kind);
      await expect(cell.getByText('on', { exact: true })).toBeVisible();
      await cell.getByRole('button', { name: /^Stop/ }).click();
      await expect(cell.getByText('Stopped; the kernel is as it was before')).toBeVisible();
    }
    const after = await runCell(page, 'kept');
    await expect(after.locator('.output-result')).toHaveText('1');
  });

  test('input() asks under the cell', async ({ page }) => {
    const cell = await runCell(page, 'name = input("Who? ")\nprint("hello", name)');
    await cell.getByLabel('Who?').fill('Ada');
    await page.keyboard.press('Enter');
    await expect(cell.getByText('hello Ada')).toBeVisible();
  });

  test('what waits behind a failed cell does not run', async ({ page }) => {
    await addCell(page, 'raise ValueError("first")');
    const second = await addCell(page, 'print("never")');
    await page.getByRole('button', { name: 'Run all' }).click();
    await expect(page.locator('.error-name').last()).toHaveText('ValueError');
    await expect(second.locator('.output')).toHaveCount(0);
    await expect(page.getByText('Not run: a cell before it did not succeed.').first()).toBeVisible();
  });

  test('artifacts are listed and can be downloaded', async ({ page }) => {
    const cell = await runCell(page, 'from praxis import artifact\nartifact("walk.csv", "a,b\\n1,2\\n", "text/csv")');
    await expect(cell.locator('.artifacts')).toContainText('walk.csv');
    await expect(cell.locator('.artifacts')).toContainText('text/csv · 8 B');
    const download = page.waitForEvent('download');
    await cell.getByRole('button', { name: 'Download walk.csv' }).click();
    expect((await download).suggestedFilename()).toBe('walk.csv');
  });

  test('colours, overwritten lines and a cut in long output', async ({ page }) => {
    const cell = await runCell(
      page,
      'print("\\033[31mred\\033[0m")\nprint("10%\\r20%\\rdone")\nfor i in range(500): print("line", i)',
    );
    await expect(cell.locator('.ansi-fg-1')).toHaveText('red');
    await expect(cell.locator('.terminal')).toContainText('done');
    await expect(cell.locator('.terminal')).not.toContainText('20%');
    await expect(cell.locator('.terminal')).not.toContainText('line 300');
    await cell.getByRole('button', { name: /more lines/ }).click();
    await expect(cell.locator('.terminal')).toContainText('line 300');
  });
});

test('command mode has Jupyter’s keys', async ({ page }) => {
  await openNotebook(page);
  await emptyNotebook(page);
  const cells = page.locator('.cell');
  await cells.first().focus();
  await page.keyboard.press('b');
  await page.keyboard.press('b');
  await expect(cells).toHaveCount(3);
  await page.keyboard.press('Enter');
  await page.keyboard.type('"third"');
  await page.keyboard.press('Escape');
  await expect(cells.nth(2)).toBeFocused();
  await page.keyboard.press('k');
  await expect(cells.nth(1)).toBeFocused();
  await page.keyboard.press('d');
  await page.keyboard.press('d');
  await expect(cells).toHaveCount(2);
  await page.keyboard.press('z');
  await expect(cells).toHaveCount(3);
  await page.keyboard.press('m');
  await expect(cells.nth(1)).toHaveClass(/cell-markdown/);
  await page.keyboard.press('y');
  await expect(cells.nth(1)).toHaveClass(/cell-code/);
  await page.keyboard.press('j');
  await page.keyboard.press('Alt+ArrowUp');
  await expect(cells.nth(1).locator('.cm-content')).toHaveText('"third"');
  await page.keyboard.press('Shift+Enter');
  await expect(cells.nth(1).locator('.output-result')).toHaveText("'third'");
  await expect(cells.nth(2)).toBeFocused();
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(cells.nth(2)).toBeFocused();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('add a cell above');
  await page.keyboard.press('Enter');
  await expect(cells).toHaveCount(4);
});

test('fast typing loses nothing', async ({ page }) => {
  await openNotebook(page);
  const cell = await addCell(page, '');
  const text = 'the quick brown fox jumps over the lazy dog 0123456789 '.repeat(4).trim();
  await page.keyboard.type(`# ${text}`);
  await expect(cell.locator('.cm-content')).toHaveText(`# ${text}`);
});

test('keys that follow at once belong to the cell that the keys before them made', async ({ page }) => {
  await openNotebook(page);
  await emptyNotebook(page);
  const cells = page.locator('.cell');
  for (let n = 1; n <= 5; n++) {
    // Each press is handled before the next is sent, but nothing is waited for that would be drawn in between.
    await page.keyboard.press('b');
    await page.keyboard.press('Enter');
    await page.keyboard.type(`"cell ${n}"`);
    await page.keyboard.press('Escape');
  }
  await page.keyboard.press('Control+k');
  await page.keyboard.type('add a cell below');
  await page.keyboard.press('Enter');
  await expect(cells).toHaveCount(7);
  await expect(page.locator('.cell .cm-content')).toHaveText(['', ...[1, 2, 3, 4, 5].map((n) => `"cell ${n}"`), '']);
});

test('a cell can be written before its editor has come', async ({ page }) => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(/\/assets\/editor-[^/]*\.js$/, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto('/');
  const plain = page.locator('.cell-code textarea').first();
  await plain.fill('1 + 1');
  await plain.press('Home');
  await page.keyboard.type('40 + ');
  release();
  const editor = page.locator('.cell-code .cm-content').first();
  await expect(editor).toBeFocused();
  await page.keyboard.type('1 - ');
  await expect(editor).toHaveText('40 + 1 - 1 + 1');
});

test.describe('drafts', () => {
  test('text and outputs survive a reload', async ({ page }) => {
    await openNotebook(page);
    const cell = await runCell(page, 'print("kept across reloads")');
    await expect(cell.locator('.output-stdout')).toHaveText('kept across reloads');
    await expect(page.getByText('Draft, kept in this browser')).toBeVisible();
    // A draft is written a moment after the last change.
    await page.waitForTimeout(1000);
    await page.reload();
    const again = page.locator('.cell').last();
    await expect(again.locator('.editor')).toHaveText('print("kept across reloads")');
    await expect(again.locator('.output-stdout')).toHaveText('kept across reloads');
  });

  test('two tabs do not overwrite each other', async ({ page, context }) => {
    await openNotebook(page);
    await addCell(page, 'one = 1');
    await page.waitForTimeout(1000);
    const other = await context.newPage();
    await openNotebook(other);
    await addCell(other, 'other = 2');
    await other.waitForTimeout(1000);
    await addCell(page, 'mine = 3');
    const dialog = page.getByRole('dialog', { name: 'This notebook was changed in another tab' });
    await dialog.getByRole('button', { name: 'Take the other one' }).click();
    await expect(page.locator('.cell').last().locator('.editor')).toHaveText('other = 2');
  });
});

test.describe('files', () => {
  const notebook = (cells: unknown[]) =>
    JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: { title: 'From Jupyter' }, cells });

  test('a Jupyter notebook opens, runs, and is written again with its outputs', async ({ page }) => {
    await openNotebook(page);
    const content = notebook([
      { cell_type: 'markdown', id: 'intro', metadata: {}, source: ['# Imported\n', '\n', 'with $x^2$'] },
      { cell_type: 'code', id: 'sum', metadata: {}, source: 'sum(range(10))', outputs: [], execution_count: null },
    ]);
    await openFile(page, content, 'small.ipynb');
    await expect(page.getByRole('heading', { name: 'Imported' })).toBeVisible();
    await expect(page.locator('.katex')).toBeVisible();
    await page.getByRole('button', { name: 'Run all' }).click();
    await expect(page.locator('.output-result')).toHaveText('45');
    const written = JSON.parse(await exportNotebook(page)) as {
      cells: { id: string; outputs?: unknown[] }[];
    };
    expect(written.cells.map((cell) => cell.id)).toEqual(['intro', 'sum']);
    expect(written.cells[1]?.outputs).toMatchObject([
      { output_type: 'execute_result', data: { 'text/plain': ['45'] } },
    ]);
  });

  test('a file that is dropped on the page opens, and Undo brings the notebook back', async ({ page }) => {
    await openNotebook(page);
    const before = await page.locator('.cell').count();
    const content = notebook([{ cell_type: 'markdown', id: 'one', metadata: {}, source: '# Dropped' }]);
    const dataTransfer = await page.evaluateHandle((text) => {
      const data = new DataTransfer();
      data.items.add(new File([text], 'dropped.ipynb'));
      return data;
    }, content);
    await page.dispatchEvent('.app', 'drop', { dataTransfer });
    await expect(page.getByRole('heading', { name: 'Dropped' })).toBeVisible();
    await expect(page.locator('.cell')).toHaveCount(1);
    await page.locator('.toast').getByRole('button', { name: 'Undo' }).click();
    await expect(page.locator('.cell')).toHaveCount(before);
  });

  const unreadable = {
    'cut off': '{"nbformat": 4, "cells": [',
    'no notebook': '{"a": 1}',
    'another language': '{"nbformat":4,"nbformat_minor":5,"metadata":{"language_info":{"name":"julia"}},"cells":[]}',
  };
  for (const [name, content] of Object.entries(unreadable)) {
    test(`a file that is ${name} is refused with a reason, and nothing is lost`, async ({ page }) => {
      await openNotebook(page);
      const before = await page.locator('.cell').count();
      await openFile(page, content, 'bad.ipynb');
      await expect(page.getByText(/^bad\.ipynb was not opened\. .+/)).toBeVisible();
      await expect(page.locator('.cell')).toHaveCount(before);
    });
  }
});
