/**
 * A server in front of a real `praxis serve`, for browsers that cannot answer requests of a page themselves: it gives a bare page and its
 * script, and passes everything else on, with the real answers' headers.
 */
import { once } from 'node:events';
import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http';
import { detectJail } from '../../../server/src/replay/jail.ts';
import { startServer } from '../../support/server-process.ts';
import { bundleTestPage, HTML, HTML_TYPE, ISOLATION, SCRIPT_HEADERS, SCRIPT_PATH } from '../../support/test-page.ts';

export interface Front {
  /** Of the page: cross-origin isolated or not. */
  pageUrl(options: { isolated: boolean }): string;
  close(): Promise<void>;
}

/** @param bundle the page's script; by default one that puts `praxisTest` into its window */
export async function startFront(bundle: Promise<string> = bundleTestPage()): Promise<Front> {
  const script = await bundle;
  const jail = await detectJail();
  const behind = await startServer(jail.available ? [] : ['--unjailed-replay']);
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', behind.url);
    if (pathname === '/isolated' || pathname === '/bare') {
      const headers = pathname === '/isolated' ? ISOLATION : {};
      response.writeHead(200, { 'content-type': HTML_TYPE, ...headers }).end(HTML);
    } else if (pathname === SCRIPT_PATH) {
      response.writeHead(200, SCRIPT_HEADERS).end(script);
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
