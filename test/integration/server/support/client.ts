/** A small client over fetch that keeps a cookie and a token, as a browser with the page would. */
import { randomUUID } from 'node:crypto';
import type { TestServer } from './server.ts';

export interface Reply {
  status: number;
  headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- answers are whatever JSON the server gives; the tests say what they expect
  body: any;
  text: string;
}

export interface CallOptions {
  body?: unknown;
  headers?: Record<string, string>;
  /** Leaves a header out that the client would send. */
  without?: ('X-CSRF-Token' | 'Origin' | 'Cookie' | 'Idempotency-Key')[];
}

export class Client {
  readonly server: TestServer;
  cookie: string | null = null;
  token: string | null = null;
  userId = '';
  workspaceId = '';
  email = '';

  constructor(server: TestServer) {
    this.server = server;
  }

  async call(method: string, path: string, options: CallOptions = {}): Promise<Reply> {
    const headers: Record<string, string> = { Origin: this.server.origin };
    if (this.cookie !== null) headers['Cookie'] = this.cookie;
    if (this.token !== null && method !== 'GET') headers['X-CSRF-Token'] = this.token;
    if (/\/(jobs|uploads)$/.test(path) && method === 'POST') headers['Idempotency-Key'] = randomUUID();
    if (options.body !== undefined) headers['Content-Type'] = 'application/json';
    Object.assign(headers, options.headers);
    for (const name of options.without ?? []) delete headers[name];
    const url = path.startsWith('/api') || !path.startsWith('/') ? path : `/api/v1${path}`;
    return this.send(method, url, headers, options.body === undefined ? undefined : JSON.stringify(options.body));
  }

  async send(
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: string | Uint8Array<ArrayBuffer>,
  ): Promise<Reply> {
    const response = await fetch(this.server.origin + path, {
      method,
      headers,
      redirect: 'manual',
      ...(body === undefined ? {} : { body }),
    });
    for (const line of response.headers.getSetCookie()) {
      const pair = line.split(';')[0] ?? '';
      if (pair.endsWith('=')) this.cookie = null;
      else this.cookie = pair;
    }
    const text = await response.text();
    const json = /json/.test(response.headers.get('content-type') ?? '') && text !== '';
    return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : null, text };
  }

  get = (path: string, options?: CallOptions) => this.call('GET', path, options);
  post = (path: string, body?: unknown, options: CallOptions = {}) => this.call('POST', path, { ...options, body });
  patch = (path: string, body: unknown) => this.call('PATCH', path, { body });
  delete = (path: string) => this.call('DELETE', path);

  /** Takes over what a session answer says. */
  adopt(reply: Reply): Reply {
    this.token = reply.body?.csrf_token ?? this.token;
    this.userId = reply.body?.user?.id ?? this.userId;
    this.workspaceId = reply.body?.workspaces?.[0]?.id ?? this.workspaceId;
    return reply;
  }

  async register(email = `${randomUUID()}@example.org`): Promise<this> {
    this.email = email;
    const reply = this.adopt(
      await this.post('/auth/register', { email, name: 'Ada', password: 'correct horse battery' }),
    );
    if (reply.status !== 201) throw new Error(`register: ${reply.text}`);
    return this;
  }
}

export const registered = async (server: TestServer): Promise<Client> => new Client(server).register();
