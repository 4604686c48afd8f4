/**
 * A bare page of the server under test from which programs can be run. Only the page and its script are made here; the sandbox
 * frame, the worker and the environments come from the real server with their real headers.
 */
import type { Page } from '@playwright/test';
import type { Program } from '@praxis/wasm-runtime';
import type { PageRun } from '../e2e/pages/determinism.ts';
import { bundlePage } from './page-bundle.ts';

const ENTRY = new URL('../e2e/pages/determinism.ts', import.meta.url).pathname;
const PAGE_PATH = '/test-page';
const SCRIPT_PATH = '/test-page.js';
const HTML = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Test</title></head><body><script type="module" src="${SCRIPT_PATH}"></script></body></html>`;

/** With them, a page and its frames may have shared memory; without, as inside a stranger's site, they have none. */
const ISOLATION = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
} as const;

let bundled: Promise<string> | undefined;

/** Opens the page. @param isolated whether it is cross-origin isolated, and so has shared memory */
export async function openRunPage(page: Page, { isolated }: { isolated: boolean }): Promise<void> {
  bundled ??= bundlePage(ENTRY);
  const script = await bundled;
  await page.route(`**${PAGE_PATH}`, (route) =>
    route.fulfill({ contentType: 'text/html; charset=utf-8', headers: isolated ? ISOLATION : {}, body: HTML }),
  );
  await page.route(`**${SCRIPT_PATH}`, (route) =>
    route.fulfill({
      contentType: 'text/javascript; charset=utf-8',
      headers: { 'cross-origin-resource-policy': 'same-origin' },
      body: script,
    }),
  );
  await page.goto(PAGE_PATH);
  await page.waitForFunction(() => 'praxisTest' in window);
}

export function runInPage(page: Page, program: Program, stdin: readonly string[] = []): Promise<PageRun> {
  return page.evaluate(([given, lines]) => window.praxisTest.runProgram(given, lines), [program, stdin] as const);
}
