/** Libraries of JavaScript in Chromium: the record of Node, and no byte of them before somebody imports one. */
import { expect, test } from '@playwright/test';
import { run } from '@praxis/wasm-runtime';
import { environments, host, programOf } from '../support/node-runs.ts';
import { fixtureInput, fixtureProgram, listFixtures } from '../support/run-fixtures.ts';
import { openRunPage, runInPage } from '../support/run-page.ts';

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
