/** One request to the API: cookies, the CSRF token, problem documents, decoding. Everything else of the client goes through here. */
import type { Decoder } from './decode.ts';
import { ConnectionProblem, problemFrom, type ApiProblem } from './problems.ts';

export interface RequestOptions {
  body?: unknown;
  idempotencyKey?: string;
  signal?: AbortSignal;
}

export interface Http {
  request<T>(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    decoder: Decoder<T>,
    options?: RequestOptions,
  ): Promise<T>;
  /** The token that unsafe requests carry; it changes when the session does. */
  setCsrfToken(token: string | null): void;
}

interface HttpOptions {
  fetch: typeof fetch;
  /** Asked once for a fresh token when the server refuses the one that was sent. */
  renewCsrfToken: () => Promise<string | null>;
  base?: string;
}

export function createHttp({ fetch, renewCsrfToken, base = '/api/v1' }: HttpOptions): Http {
  let token: string | null = null;

  const send = async (method: string, path: string, options: RequestOptions): Promise<Response> => {
    const headers = new Headers({ Accept: 'application/json' });
    if (options.body !== undefined) headers.set('Content-Type', 'application/json');
    if (options.idempotencyKey !== undefined) headers.set('Idempotency-Key', options.idempotencyKey);
    if (method !== 'GET' && token !== null) headers.set('X-CSRF-Token', token);
    const init: RequestInit = { method, headers, credentials: 'same-origin', redirect: 'error' };
    if (options.body !== undefined) init.body = JSON.stringify(options.body);
    if (options.signal !== undefined) init.signal = options.signal;
    try {
      return await fetch(base + path, init);
    } catch (error) {
      if (options.signal?.aborted === true) throw error;
      throw new ConnectionProblem(error);
    }
  };

  return {
    setCsrfToken(value) {
      token = value;
    },
    async request(method, path, decoder, options = {}) {
      let response = await send(method, path, options);
      if (response.status === 403 && method !== 'GET') {
        const problem = await problemOf(response);
        if (!/CSRF/i.test(problem.code)) throw problem;
        token = await renewCsrfToken();
        response = await send(method, path, options);
      }
      if (!response.ok) throw await problemOf(response);
      return decoder(response.status === 204 ? null : await bodyOf(response), path);
    },
  };
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const body: unknown = await response.json().catch(() => null);
  return problemFrom(response.status, body, response.headers.get('Retry-After'));
}

async function bodyOf(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    throw new ConnectionProblem(error);
  }
}
