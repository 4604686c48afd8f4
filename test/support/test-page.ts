/** The bare page from which tests run programs: its script, its HTML, and the headers with which it may have shared memory. */
import { bundlePage } from './page-bundle.ts';

export const SCRIPT_PATH = '/test-page.js';
export const HTML = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Test</title></head><body><script type="module" src="${SCRIPT_PATH}"></script></body></html>`;
export const HTML_TYPE = 'text/html; charset=utf-8';

/** With them, a page and its frames may have shared memory; without, as inside a stranger's site, they have none. */
export const ISOLATION = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
} as const;

export const SCRIPT_HEADERS = {
  'content-type': 'text/javascript; charset=utf-8',
  'cross-origin-resource-policy': 'same-origin',
} as const;

/** It puts `praxisTest` into its window. */
export function bundleTestPage(): Promise<string> {
  return bundlePage(new URL('../e2e/pages/determinism.ts', import.meta.url).pathname);
}
