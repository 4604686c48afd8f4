/** The same programs in Node and in Chromium: one record, byte for byte, also at the limits and without shared memory. */
import { expect, test, type Page } from '@playwright/test';
import { run, type Program } from '@praxis/wasm-runtime';
import { environments, host, programOf, textInputs } from '../support/node-runs.ts';
import { LIMIT_CASES, limitProgram } from '../support/run-limits.ts';
import { fixtureInput, fixtureProgram, listFixtures, type Fixture } from '../support/run-fixtures.ts';
import { openRunPage, runInPage } from '../support/run-page.ts';

/** So many programs share a page, which fetches the environment once. */
const PROGRAMS_PER_PAGE = 8;
const PAGE_MS = 240_000;

async function expectSameRecord(
  page: Page,
  program: Program,
  stdin: readonly string[] = [],
  read = fixtureInput,
): Promise<void> {
  const [node, browser] = await Promise.all([
    run(program, { host, environments, stdin, inputs: read }),
    runInPage(page, program, stdin, read),
  ]);
  expect.soft(browser.record).toEqual(node.record);
  expect.soft(browser.run_digest).toBe(node.run_digest);
  expect
    .soft(browser.blobs)
    .toEqual(Object.fromEntries([...node.blobs].map(([digest, { length }]) => [digest, length])));
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/** `npm run conformance:engines` runs all of them, on every engine that can be had. */
function everySecond<T>(items: readonly T[]): T[] {
  return items.filter((_item, index) => index % 2 === 0);
}

const names = (fixtures: readonly Fixture[]) => fixtures.map(({ file }) => file).join(', ');

test.describe('one record in Node and Chromium', () => {
  test.describe.configure({ mode: 'parallel', timeout: PAGE_MS });

  for (const fixtures of chunks(everySecond(listFixtures()), PROGRAMS_PER_PAGE)) {
    test(`of ${names(fixtures)}`, async ({ page }) => {
      await openRunPage(page, { isolated: true });
      expect(await page.evaluate(() => [crossOriginIsolated, typeof SharedArrayBuffer])).toEqual([true, 'function']);
      for (const fixture of fixtures) {
        await test.step(fixture.file, () => expectSameRecord(page, fixtureProgram(fixture), fixture.expected.stdin));
      }
    });
  }

  for (const cases of chunks(LIMIT_CASES, PROGRAMS_PER_PAGE)) {
    test(`at the limits: ${cases.map(({ name }) => name).join(', ')}`, async ({ page }) => {
      await openRunPage(page, { isolated: true });
      for (const limitCase of cases) {
        await test.step(limitCase.name, () => expectSameRecord(page, limitProgram(limitCase)));
      }
    });
  }

  test('where there is no shared memory', async ({ page }) => {
    await openRunPage(page, { isolated: false });
    expect(await page.evaluate(() => [crossOriginIsolated, typeof SharedArrayBuffer])).toEqual([false, 'undefined']);
    const chosen = [
      'modules.js',
      'asyncio-tasks.py',
      'random-numbers.py',
      'time-and-dates.py',
      'promises-timers.js',
      'random.js',
    ];
    for (const fixture of listFixtures().filter(({ file }) => chosen.includes(file))) {
      await test.step(fixture.file, () => expectSameRecord(page, fixtureProgram(fixture), fixture.expected.stdin));
    }
    for (const limitCase of LIMIT_CASES.filter(({ code }) => code === 'FUEL' || code === 'DEPTH').slice(0, 4)) {
      await test.step(limitCase.name, () => expectSameRecord(page, limitProgram(limitCase)));
    }
  });

  test('of modules that import each other, until there are too many calls', async ({ page }) => {
    await openRunPage(page, { isolated: true });
    for (const count of [200, 900]) {
      const texts = Array.from({ length: count }, (_, index) => [
        `/data/m${index}.js`,
        index + 1 < count ? `export { value } from './m${index + 1}.js'` : 'export const value = 7',
      ]);
      const { inputs, read } = textInputs(Object.fromEntries(texts));
      const program = programOf('javascript', "import { value } from './m0.js'; value");
      await expectSameRecord(page, { ...program, inputs }, [], read);
    }
  });

  test('of artifacts that leave in several pieces, one, and with the answer', async ({ page }) => {
    await openRunPage(page, { isolated: true });
    const sizes = [2 ** 19 + 1, 2 ** 20, 2_000_000, 65_536, 65_535, 0];
    const python = `import praxis, random
for size in ${JSON.stringify(sizes)}:
    praxis.artifact(f"of {size}", random.Random(size).randbytes(size))`;
    const javascript = `for (const size of ${JSON.stringify(sizes)})
  artifact('of ' + size, new Uint8Array(size).map((_, at) => at * size));`;
    await expectSameRecord(page, programOf('python', python));
    await expectSameRecord(page, programOf('javascript', javascript));
  });

  test('of a program with steps in two languages', async ({ page }) => {
    await openRunPage(page, { isolated: true });
    const [python, javascript] = ['recursion.py', 'closures.js'].map((file) =>
      listFixtures().find((fixture) => fixture.file === file),
    );
    if (!python || !javascript) throw new Error('the programs of this test are gone');
    const program = fixtureProgram(python);
    await expectSameRecord(page, { ...program, steps: [...program.steps, ...fixtureProgram(javascript).steps] });
  });
});
