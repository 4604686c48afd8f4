/** A small client over fetch that keeps a cookie and a token, as a browser with the page would. */
import { randomUUID } from 'node:crypto';
import type { Limits, Program } from '@praxis/wasm-runtime';
import type { TestServer } from './server.ts';

/**
 * The fields of answers that tests look at. An answer has only some of them; one that a test looks at and that is not there is
 * `undefined`, and fails what the test expects.
 */
export interface Body {
  id: string;
  code: string;
  detail: string;
  request_id: string;
  errors: { pointer: string; message: string }[];
  status: string | number;
  user: { id: string; email: string; name: string } | null;
  csrf_token: string;
  workspaces: { id: string; name: string; role: string }[];
  items: Body[];
  next_cursor: string | null;
  document_id: string;
  object_id: string;
  user_id: string;
  head_revision_id: string | null;
  digest: string;
  is_head: boolean;
  objects: { id: string; type: string; content: Record<string, unknown> }[];
  trust: string | null;
  verdict: string | null;
  reason: string;
  reused_from: string;
  execution_key: string;
  program_digest: string;
  env_version: string;
  payload: { program: Program; limits: Limits; inputs: { object: unknown; dependency_snapshots: unknown[] } };
  missing: string[];
  artifact: { id: string; digest: string; size_bytes: number };
  upload_id: string;
  url: string;
  headers: Record<string, string>;
  expires_at: string;
  keys: { key_id: string; public_key_pem: string }[];
  event: string;
  current: boolean;
  warnings: string[];
  revision: Body;
  storage_bytes: { used: number; reserved: number; quota: number };
}

export interface Reply {
  status: number;
  headers: Headers;
  body: Body;
  text: string;
}

export interface CallOptions {
  body?: unknown;
  headers?: Record<string, string>;
  /** Leaves a header out that the client would send. */
  without?: ('X-CSRF-Token' | 'Origin' | 'Cookie' | 'Idempotency-Key')[];
}

/** The reply, if it has this status. */
export function must(status: number, reply: Reply): Reply {
  if (reply.status !== status) throw new Error(`expected ${status}, got ${reply.status}: ${reply.text}`);
  return reply;
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
    // Safe as the comment of `Body` says.
    const parsed = (json ? JSON.parse(text) : {}) as Body;
    return { status: response.status, headers: response.headers, body: parsed, text };
  }

  get = (path: string, options?: CallOptions) => this.call('GET', path, options);
  post = (path: string, body?: unknown, options: CallOptions = {}) => this.call('POST', path, { ...options, body });
  patch = (path: string, body: unknown) => this.call('PATCH', path, { body });
  delete = (path: string) => this.call('DELETE', path);

  /** Takes over what a session answer says. */
  adopt(reply: Reply): Reply {
    const { csrf_token, user, workspaces } = reply.body;
    this.token = csrf_token;
    this.userId = user?.id ?? '';
    this.workspaceId = workspaces[0]?.id ?? '';
    return reply;
  }

  async register(email = `${randomUUID()}@example.org`): Promise<this> {
    this.email = email;
    this.adopt(must(201, await this.post('/auth/register', { email, name: 'Ada', password: 'correct horse battery' })));
    return this;
  }
}

export const registered = async (server: TestServer): Promise<Client> => new Client(server).register();
