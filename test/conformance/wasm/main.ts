/**
 * `npm run conformance:wasm -- FOLDER`: every module of the WebAssembly core test suite gives the same results metered as unmetered, in
 * Node and in Chromium. FOLDER holds what WABT's `wast2json` makes of the suite (https://github.com/WebAssembly/testsuite), in any
 * number of folders. Ends with 1 when a result differs.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, relative } from 'node:path';
import { chromium } from 'playwright-core';
import { CHROMIUM_ARGUMENTS, requireChromium } from '../../support/chromium.ts';
import { bundlePage } from '../../support/page-bundle.ts';
import { add, compareScript, type Comparison } from './compare.ts';
import type { Script } from './script.ts';

const folder = process.argv[2];
if (folder === undefined) {
  console.error('usage: npm run conformance:wasm -- FOLDER (the test suite, converted by wast2json)');
  process.exit(2);
}

interface SuiteFile {
  name: string;
  path: string;
}

const NOTHING: Comparison = { commands: 0, asWanted: 0, stricter: 0, nans: 0, differences: [] };
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.json'))
  .sort()
  .map((file): SuiteFile => ({ name: file.replace(/\.json$/, ''), path: join(folder, file) }));

function inNode(): Comparison {
  let total = NOTHING;
  for (const { name, path } of files) {
    // Made by wast2json.
    const script = JSON.parse(readFileSync(path, 'utf8')) as Script;
    total = add(
      total,
      compareScript(name, script, (file) => new Uint8Array(readFileSync(join(path, '..', file)))),
    );
  }
  return total;
}

async function inChromium(): Promise<{ total: Comparison; version: string }> {
  const script = await bundlePage(new URL('page.ts', import.meta.url).pathname);
  const served = new Map([
    ['/', '<!doctype html><script type="module" src="/page.js"></script>'],
    ['/page.js', script],
  ]);
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '/');
    const own = served.get(path);
    const file = join(String(folder), path);
    if (own !== undefined) response.setHeader('content-type', path === '/' ? 'text/html' : 'text/javascript').end(own);
    else if (existsSync(file)) response.end(readFileSync(file));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const browser = await chromium.launch({ executablePath: requireChromium(), args: [...CHROMIUM_ARGUMENTS] });
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${address.port}/`);
    await page.waitForFunction(() => 'compareFile' in window);
    let total = NOTHING;
    for (const { name, path } of files) {
      const url = `/${relative(String(folder), path)}`;
      total = add(total, await page.evaluate(([label, from]) => window.compareFile(label, from), [name, url] as const));
    }
    return { total, version: browser.version() };
  } finally {
    await browser.close();
    server.close();
  }
}

function report(engine: string, total: Comparison): void {
  const { commands, asWanted, stricter, nans, differences } = total;
  console.log(
    `${engine}: ${files.length} files, ${commands} commands; metered: ${commands - stricter - nans - differences.length} the same, ${nans} another NaN, ` +
      `${stricter} refused as the suite wants though the engine would not, ${differences.length} different; ` +
      `${asWanted} as the suite wants unmetered`,
  );
  for (const difference of differences.slice(0, 50)) console.log(`  ${difference}`);
  if (differences.length > 0) process.exitCode = 1;
}

report(`Node ${process.versions.node}`, inNode());
const { total, version } = await inChromium();
report(`Chromium ${version}`, total);
