/** Requests exactly as they are written: fetch tidies paths up and chooses some headers by itself. */
import { request, type IncomingHttpHeaders } from 'node:http';
import type { TestServer } from './server.ts';

export interface RawReply {
  status: number;
  headers: IncomingHttpHeaders;
  bytes: Buffer;
  text: string;
}

export interface RawRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** A Host header is sent only when it is among the headers, or else the right one. */
export function raw(
  server: TestServer,
  path: string,
  { method = 'GET', headers = {}, body }: RawRequest = {},
): Promise<RawReply> {
  return new Promise((fulfil, reject) => {
    const all = { Host: `127.0.0.1:${server.port}`, ...headers };
    const sent = request(
      { host: '127.0.0.1', port: server.port, path, method, headers: all, setHost: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const bytes = Buffer.concat(chunks);
          fulfil({ status: response.statusCode ?? 0, headers: response.headers, bytes, text: bytes.toString('utf8') });
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
