/** The page to compare with: bare, with one worker that loads stock Pyodide, served as a good host would serve it. */
import { readdir, readFile } from 'node:fs/promises';
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
const workerOf = ({ load, source }: StockContent) => `import { loadPyodide } from '/pyodide/pyodide.mjs';
const pyodide = await loadPyodide({ indexURL: '/pyodide/' });
await pyodide.loadPackage(${JSON.stringify(load)}, { messageCallback() {} });
postMessage('first output ' + pyodide.runPython(${JSON.stringify(source)}));`;
/** What has been compressed already. */
const COMPRESSED = new Set(['.whl']);

/** What the page's worker does. */
export interface StockContent {
  /** Pyodide's files, and wheels. */
  folder: string;
  load: readonly string[];
  /** Its value is the first output. */
  source: string;
}

/** Pyodide as npm has it, and no packages. */
export const PLAIN_PAGE: StockContent = {
  folder: path.dirname(createRequire(import.meta.url).resolve('pyodide/package.json')),
  load: [],
  source: '1 + 1',
};

const TYPES: Record<string, string> = {
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.zip': 'application/zip',
  '.js': 'text/javascript',
};

export interface StockPage {
  url: string;
  /** Body bytes sent so far, to whoever asked: page or worker. */
  bytes(): number;
  close(): void;
}

/** Its files compressed beforehand with brotli 9, but for wheels, and kept by browsers for good. */
export async function startStockPage(content: StockContent): Promise<StockPage> {
  const { folder } = content;
  const compress = promisify(brotliCompress);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
  const served = new Map<string, { type: string; encoding?: string; body: Buffer }>([
    ['/', { type: 'text/html', body: Buffer.from(PAGE) }],
    ['/worker.mjs', { type: 'text/javascript', body: Buffer.from(workerOf(content)) }],
  ]);
  const fileOf = async (file: string) => {
    const bytes = await readFile(path.join(folder, file));
    const type = TYPES[path.extname(file)] ?? 'application/octet-stream';
    return COMPRESSED.has(path.extname(file))
      ? { type, body: bytes }
      : { type, encoding: 'br', body: await compress(bytes, { params }) };
  };
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isFile()) served.set(`/pyodide/${entry.name}`, await fileOf(entry.name));
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
