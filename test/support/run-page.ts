/**
 * A bare page of the server under test from which programs can be run. Only the page and its script are made here; the sandbox
 * frame, the worker and the environments come from the real server with their real headers.
 */
import type { Page } from '@playwright/test';
import type { Program } from '@praxis/wasm-runtime';
import type { PageRun } from '../e2e/pages/determinism.ts';
import { fixtureInput, fixtureTexts } from './run-fixtures.ts';
import { bundleTestPage, HTML, HTML_TYPE, ISOLATION, SCRIPT_HEADERS, SCRIPT_PATH } from './test-page.ts';

const PAGE_PATH = '/test-page';

let bundled: Promise<string> | undefined;

/** Opens the page. @param isolated whether it is cross-origin isolated, and so has shared memory */
export async function openRunPage(page: Page, { isolated }: { isolated: boolean }): Promise<void> {
  bundled ??= bundleTestPage();
  const script = await bundled;
  await page.route(`**${PAGE_PATH}`, (route) =>
    route.fulfill({ contentType: HTML_TYPE, headers: isolated ? ISOLATION : {}, body: HTML }),
  );
  await page.route(`**${SCRIPT_PATH}`, (route) => route.fulfill({ headers: SCRIPT_HEADERS, body: script }));
  await page.goto(PAGE_PATH);
  await page.waitForFunction(() => 'praxisTest' in window);
}

/** @param read gives the texts that are the program's inputs */
export async function runInPage(
  page: Page,
  program: Program,
  stdin: readonly string[] = [],
  read = fixtureInput,
): Promise<PageRun> {
  const texts = await fixtureTexts(program, read);
  return page.evaluate(([given, lines, inputs]) => window.praxisTest.runProgram(given, lines, inputs), [
    program,
    stdin,
    texts,
  ] as const);
}
