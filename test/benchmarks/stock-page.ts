/** The page to compare with: bare, with one worker that loads stock Pyodide, served as a good host would serve it. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { ISOLATION } from '../support/test-page.ts';

const PAGE = `<!doctype html><meta charset="utf-8"><pre id="out"></pre>
<script type="module">
  const worker = new Worker('/worker.mjs', { type: 'module' });
  worker.onmessage = (event) => { document.getElementById('out').textContent = event.data; };
</script>`;
const WORKER = `import { loadPyodide } from '/pyodide/pyodide.mjs';
const pyodide = await loadPyodide({ indexURL: '/pyodide/' });
postMessage('first output ' + pyodide.runPython('1 + 1'));`;
const PYODIDE_FILES = ['pyodide.mjs', 'pyodide.asm.mjs', 'pyodide.asm.wasm', 'pyodide-lock.json', 'python_stdlib.zip'];
const TYPES: Record<string, string> = {
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.zip': 'application/zip',
};

export interface StockPage {
  url: string;
  /** Body bytes sent so far, to whoever asked: page or worker. */
  bytes(): number;
  close(): void;
}

/** Pyodide's files as npm has them, compressed beforehand with brotli 9, kept by browsers for good. */
export async function startStockPage(): Promise<StockPage> {
  const folder = path.dirname(createRequire(import.meta.url).resolve('pyodide/package.json'));
  const compress = promisify(brotliCompress);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
  const served = new Map<string, { type: string; encoding?: string; body: Buffer }>([
    ['/', { type: 'text/html', body: Buffer.from(PAGE) }],
    ['/worker.mjs', { type: 'text/javascript', body: Buffer.from(WORKER) }],
  ]);
  for (const file of PYODIDE_FILES) {
    const body = await compress(await readFile(path.join(folder, file)), { params });
    served.set(`/pyodide/${file}`, { type: TYPES[path.extname(file)] ?? '', encoding: 'br', body });
  }
  let bytes = 0;
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const found = served.get(pathname);
    if (!found) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      ...ISOLATION,
      'content-type': found.type,
      'cache-control': pathname === '/' ? 'no-cache' : 'public, max-age=31536000, immutable',
      'content-length': found.body.length,
      ...(found.encoding === undefined ? {} : { 'content-encoding': found.encoding }),
    });
    bytes += found.body.length;
    response.end(found.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Listening on a port, so it has an address of that kind.
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, bytes: () => bytes, close: () => server.close() };
}
