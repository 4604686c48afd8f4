/** Libraries of JavaScript in Chromium: the record of Node, and no byte of them before somebody imports one. */
import { expect, test } from '@playwright/test';
import { run } from '@praxis/wasm-runtime';
import { environments, host, programOf } from '../support/node-runs.ts';
import { fixtureInput, fixtureProgram, listFixtures } from '../support/run-fixtures.ts';
import { openRunPage, runInPage } from '../support/run-page.ts';
import { addCell, emptyNotebook, openNotebook, runCell } from './notebook-page.ts';

const CHOSEN: ReadonlySet<string> = new Set([
  'library-arquero-groups.js', 'library-arquero-random.js', 'library-d3-array.js', 'library-d3-dynamic.js', 'library-missing.js',
  'library-simple-statistics.js', 'library-tracebacks.js',
]); // prettier-ignore

test('one record in Node and Chromium, of programs over libraries', async ({ page }) => {
  test.setTimeout(240_000);
  const fetched: string[] = [];
  page.on('request', (request) => fetched.push(request.url().replace(/^.*\//, '')));
  await openRunPage(page, { isolated: true });
  const plain = programOf('javascript', "console.log('nothing of a library')");
  expect((await runInPage(page, plain)).record).toEqual((await run(plain, { host, environments })).record);
  expect(fetched).toContain('javascript.snapshot');
  expect(fetched).not.toContain('javascript.libraries');

  const chosen = listFixtures().filter(({ file }) => CHOSEN.has(file));
  expect(chosen).toHaveLength(CHOSEN.size);
  for (const fixture of chosen) {
    await test.step(fixture.file, async () => {
      const program = fixtureProgram(fixture);
      const node = await run(program, { host, environments, inputs: fixtureInput });
      const browser = await runInPage(page, program);
      expect.soft(browser.record).toEqual(node.record);
      expect.soft(browser.run_digest).toBe(node.run_digest);
    });
  }
  expect(fetched.filter((file) => file === 'javascript.libraries')).toHaveLength(1);
});

test('a cell imports a library, which comes then and not before, and its name completes', async ({ page }) => {
  const fetched: string[] = [];
  page.on('request', (request) => fetched.push(request.url().replace(/^.*\//, '')));
  await openNotebook(page);
  await emptyNotebook(page);
  const first = await runCell(page, 'let base = 40;\nbase + 1', 'JavaScript');
  await expect(first.locator('.outputs')).toContainText('41');
  // Whatever was to come by itself after a cell has come.
  await expect.poll(() => fetched).toContain('javascript.snapshot');
  await page.waitForLoadState('networkidle');
  expect(fetched).not.toContain('javascript.libraries');

  const second = await runCell(page, "import { sum } from 'd3-array';\nsum([base, 2])", 'JavaScript');
  await expect(second.locator('.outputs')).toContainText('42');
  const third = await runCell(page, "await import('d3-arrya')", 'JavaScript');
  await expect(third).toContainText('these are: d3-array, praxis, arquero');
  const fourth = await runCell(page, 'sum([base, 3])', 'JavaScript');
  await expect(fourth.locator('.outputs')).toContainText('43');
  expect(fetched.filter((file) => file === 'javascript.libraries')).toHaveLength(1);

  await addCell(page, "import { mean } from 'simple-", 'JavaScript');
  await page.keyboard.press('Control+Space');
  await expect(page.locator('.cm-tooltip-autocomplete')).toContainText('simple-statistics');
});
