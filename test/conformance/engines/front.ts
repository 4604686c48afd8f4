/**
 * A server in front of a real `praxis serve`, for browsers that cannot answer requests of a page themselves: it gives a bare page and its
 * script, and passes everything else on, with the real answers' headers.
 */
import { once } from 'node:events';
import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http';
import { detectJail } from '../../../server/src/replay/jail.ts';
import { bundlePage } from '../../support/page-bundle.ts';
import { startServer } from '../../support/server-process.ts';

const ENTRY = new URL('../../e2e/pages/determinism.ts', import.meta.url).pathname;
const SCRIPT_PATH = '/test-page.js';
const HTML = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Test</title></head><body><script type="module" src="${SCRIPT_PATH}"></script></body></html>`;

/** With them, a page and its frames may have shared memory. */
const ISOLATION = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
} as const;

export interface Front {
  /** Of the page: cross-origin isolated or not. It puts `praxisTest` into its window. */
  pageUrl(options: { isolated: boolean }): string;
  close(): Promise<void>;
}

export async function startFront(): Promise<Front> {
  const script = await bundlePage(ENTRY);
  const jail = await detectJail();
  const behind = await startServer(jail.available ? [] : ['--unjailed-replay']);
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', behind.url);
    if (pathname === '/isolated' || pathname === '/bare') {
      const headers = pathname === '/isolated' ? ISOLATION : {};
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...headers }).end(HTML);
    } else if (pathname === SCRIPT_PATH) {
      response
        .writeHead(200, {
          'content-type': 'text/javascript; charset=utf-8',
          'cross-origin-resource-policy': 'same-origin',
        })
        .end(script);
    } else passOn(behind.url, request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    pageUrl: ({ isolated }) => `http://127.0.0.1:${address.port}/${isolated ? 'isolated' : 'bare'}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await behind.stop();
    },
  };
}

function passOn(target: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', target);
  const headers = { ...request.headers, host: url.host };
  const onward = send(url, { method: request.method ?? 'GET', headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  request.pipe(onward);
}
