/** Programs over compiled libraries in Node and in Chromium: one record, byte for byte. */
import { expect, test } from '@playwright/test';
import { run } from '@praxis/wasm-runtime';
import { environments, host } from '../support/node-runs.ts';
import { listPackagePrograms, notBuilt, packageProgram, PACKAGE_ENVIRONMENTS } from '../support/package-programs.ts';
import { openRunPage, runInPage } from '../support/run-page.ts';

const CHOSEN: ReadonlySet<string> = new Set([
  'nan-bits', 'nan-payloads', 'decompositions', 'random-distributions', 'time-zones', 'plot-lines-svg', 'images-that-are-corrupt',
  'special-functions', 'fourier-and-cosine-transforms', 'spatial-geometry', 'linear-programming', 'support-vectors',
]); // prettier-ignore

for (const environment of PACKAGE_ENVIRONMENTS) {
  test(`one record in Node and Chromium, of programs in the environment ${environment}`, async ({ page }) => {
    test.setTimeout(240_000);
    const chosen = listPackagePrograms().filter((entry) => entry.environment === environment && CHOSEN.has(entry.name));
    expect(chosen.length).toBeGreaterThan(4);
    await openRunPage(page, { isolated: true });
    for (const entry of chosen) {
      await test.step(entry.name, async () => {
        const program = packageProgram(entry);
        test.skip(program === null, notBuilt(environment));
        if (!program) return;
        const node = await run(program, { host, environments });
        const browser = await runInPage(page, program);
        expect.soft(browser.record).toEqual(node.record);
        expect.soft(browser.run_digest).toBe(node.run_digest);
      });
    }
  });
}
