/** Bytes over the wire until the first Python output of a first visit: our page, and a bare page that loads stock Pyodide. */
import { createReadStream } from 'node:fs';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { constants, createBrotliCompress } from 'node:zlib';
import { chromium, type Browser } from 'playwright-core';
import { CHROMIUM_ARGUMENTS, requireChromium } from '../support/chromium.ts';
import { startServer } from '../support/server-process.ts';
import { PYODIDE_FOLDER } from './stock-page.ts';

const STOCK_PAGE = `<!doctype html><meta charset="utf-8"><pre id="out"></pre>
<script type="module">
  const worker = new Worker('/worker.mjs', { type: 'module' });
  worker.onmessage = (event) => { document.getElementById('out').textContent = event.data; };
</script>`;
const STOCK_WORKER = `import { loadPyodide } from '/pyodide/pyodide.mjs';
const pyodide = await loadPyodide({ indexURL: '/pyodide/' });
postMessage('first output ' + pyodide.runPython('1 + 1'));`;
const TYPES: Record<string, string> = {
  '.mjs': 'text/javascript',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.zip': 'application/zip',
};

/** Pyodide's files as npm has them, compressed with brotli 9 on the way, as a good host would serve them. */
function stockServer(): Promise<Server> {
  const server = createServer((request, response) => {
    const name = new URL(request.url ?? '/', 'http://localhost').pathname;
    if (name === '/' || name === '/worker.mjs') {
      response.writeHead(200, { 'content-type': name === '/' ? 'text/html' : 'text/javascript' });
      response.end(name === '/' ? STOCK_PAGE : STOCK_WORKER);
      return;
    }
    const file = path.join(PYODIDE_FOLDER, path.basename(name));
    const type = TYPES[path.extname(file)];
    if (!name.startsWith('/pyodide/') || !type) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': type, 'content-encoding': 'br' });
    const brotli = createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 9 } });
    createReadStream(file).pipe(brotli).pipe(response);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

interface CountedServer {
  url: string;
  /** Body bytes sent so far. */
  bytes(): number;
  close(): void;
}

/** Stands in front of a server and counts what it sends, whoever asked: page, frame or worker. */
async function counted(target: string): Promise<CountedServer> {
  let bytes = 0;
  const { host } = new URL(target);
  const proxy = createServer((request, response) => {
    const forward = httpRequest(
      new URL(request.url ?? '/', target),
      { method: request.method, headers: { ...request.headers, host } },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.on('data', (chunk: Buffer) => (bytes += chunk.length));
        answer.pipe(response);
      },
    );
    forward.on('error', () => response.destroy());
    request.pipe(forward);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  // Listening on a port, so it has an address of that kind.
  const { port } = proxy.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, bytes: () => bytes, close: () => proxy.close() };
}

/** The stock page, whose worker fetches by itself. */
async function stockBytes(browser: Browser, server: CountedServer): Promise<number> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(server.url);
  await page.locator('#out', { hasText: 'first output' }).waitFor({ timeout: 120_000 });
  const bytes = server.bytes();
  await context.close();
  return bytes;
}

/** Our page, which fetches everything itself: the sandbox has no network. */
async function praxisBytes(browser: Browser, url: string): Promise<number> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const sizes: Promise<number>[] = [];
  page.on('requestfinished', (request) => sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize)));
  await page.goto(url);
  await page.getByRole('button', { name: /^Run / }).and(page.locator('.run-control')).first().click();
  await page.getByRole('group', { name: 'Output' }).first().waitFor({ timeout: 120_000 });
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  await context.close();
  return bytes;
}

export async function pageBytes(): Promise<{ ours: number; stock: number }> {
  const browser = await chromium.launch({ executablePath: requireChromium(), args: [...CHROMIUM_ARGUMENTS] });
  const praxis = await startServer(['--unjailed-replay']);
  const stock = await stockServer();
  // Listening on a port, so it has an address of that kind.
  const { port } = stock.address() as AddressInfo;
  const stockPage = await counted(`http://127.0.0.1:${port}`);
  try {
    return { ours: await praxisBytes(browser, praxis.url), stock: await stockBytes(browser, stockPage) };
  } finally {
    stockPage.close();
    await browser.close();
    await praxis.stop();
    stock.close();
  }
}
