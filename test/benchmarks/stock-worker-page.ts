/** A bare page with a stock engine in a worker that times programs, and the small server that it comes from. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundlePage } from '../support/page-bundle.ts';

const PAGE = '<!doctype html><meta charset="utf-8"><title>Stock</title>';
const WORKER_PATH = '/worker.mjs';
const TYPES: Readonly<Record<string, string>> = {
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.js': 'text/javascript',
};
/** As npm has it. */
const PYODIDE_FOLDER = path.dirname(createRequire(import.meta.url).resolve('pyodide/package.json'));

export interface StockWorkerPage {
  url: string;
  workerPath: string;
  close(): void;
}

/** @param folder Pyodide's files, and wheels where there are packages */
export async function serveStockWorkerPage(folder = PYODIDE_FOLDER): Promise<StockWorkerPage> {
  const worker = await bundlePage(fileURLToPath(new URL('pages/stock-worker.ts', import.meta.url)));
  const server = createServer((request, response) => {
    const name = new URL(request.url ?? '/', 'http://localhost').pathname;
    const send = (type: string, body: string | Buffer): void => {
      const keep = name === '/' ? 'no-cache' : 'public, max-age=31536000, immutable';
      response.writeHead(200, { 'content-type': type, 'cache-control': keep }).end(body);
    };
    if (name === '/') return send('text/html', PAGE);
    if (name === WORKER_PATH) return send('text/javascript', worker);
    readFile(path.join(folder, path.basename(name))).then(
      (bytes) => send(TYPES[path.extname(name)] ?? 'application/octet-stream', bytes),
      () => response.writeHead(404).end(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}/`,
    workerPath: WORKER_PATH,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
