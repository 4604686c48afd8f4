import { chooseEnvironment } from '@praxis/wasm-runtime';
import { describe, expect, test } from 'vitest';
import { createApi } from '../../../client/src/api/api.ts';
import { count, DecodeError, fields, list, nullable, oneOf, page, text } from '../../../client/src/api/decode.ts';
import { createHttp } from '../../../client/src/api/http.ts';
import { ApiProblem, ConnectionProblem, problemAt, problemFrom } from '../../../client/src/api/problems.ts';

type Call = { url: string; method: string; headers: Record<string, string>; body: unknown };

/** A server that gives prepared answers, one after the other, and remembers what it was asked. */
function server(...answers: (Response | Error)[]) {
  const calls: Call[] = [];
  const fetcher: typeof fetch = (input, init) => {
    calls.push({
      url: new Request(new URL(input instanceof Request ? input.url : input, 'http://test')).url.slice(
        'http://test'.length,
      ),
      method: init?.method ?? 'GET',
      headers: Object.fromEntries(new Headers(init?.headers)),
      body: typeof init?.body === 'string' ? JSON.parse(init.body) : null,
    });
    const answer = answers.shift() ?? new Error('no answer prepared');
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  return { calls, fetcher };
}

const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers });

describe('environments', () => {
  test('of before an upgrade are listed, whatever their manifests did not say yet', async () => {
    const of = { name: 'data', engines: {}, packages: [{ name: 'numpy', version: '2', licence: 'BSD-3-Clause' }] };
    const { fetcher } = server(json(200, { items: [{ env_version: 'data@x', current: false, manifest: of }] }));
    const [listed] = await createApi(fetcher).environments();
    expect(listed).toMatchObject({ current: false, offered: { name: 'data', summary: '', packages: of.packages } });
    expect(chooseEnvironment({ all: [] }, listed ? [listed.offered] : []).environment.name).toBe('data');
  });
});

describe('requests', () => {
  test('unsafe ones carry the CSRF token and what they were given, safe ones do not', async () => {
    const { calls, fetcher } = server(json(200, { a: 'x' }), json(200, { a: 'x' }));
    const http = createHttp({ fetch: fetcher, renewCsrfToken: () => Promise.resolve(null) });
    http.setCsrfToken('token');
    await http.request('GET', '/x', fields({ a: text }));
    await http.request('POST', '/x', fields({ a: text }), { body: { b: 1 }, idempotencyKey: 'key' });
    expect(calls[0]?.headers).not.toHaveProperty('x-csrf-token');
    expect(calls[1]).toMatchObject({
      url: '/api/v1/x',
      method: 'POST',
      body: { b: 1 },
      headers: { 'x-csrf-token': 'token', 'idempotency-key': 'key', 'content-type': 'application/json' },
    });
  });

  test('a refused CSRF token is renewed once, with the same idempotency key', async () => {
    const refused = json(403, { code: 'csrf_token', title: 't' });
    const { calls, fetcher } = server(refused, json(200, { a: 'x' }));
    const http = createHttp({ fetch: fetcher, renewCsrfToken: () => Promise.resolve('fresh') });
    http.setCsrfToken('old');
    await http.request('POST', '/x', fields({ a: text }), { body: {}, idempotencyKey: 'key' });
    expect(calls.map((call) => call.headers['x-csrf-token'])).toEqual(['old', 'fresh']);
    expect(calls.map((call) => call.headers['idempotency-key'])).toEqual(['key', 'key']);
  });

  test('another 403 is not tried again', async () => {
    const { calls, fetcher } = server(json(403, { code: 'role_too_low', title: 'No' }));
    const http = createHttp({ fetch: fetcher, renewCsrfToken: () => Promise.resolve('fresh') });
    await expect(http.request('POST', '/x', text)).rejects.toMatchObject({
      status: 403,
      code: 'role_too_low',
      message: 'No',
    });
    expect(calls).toHaveLength(1);
  });

  test('no answer is a connection problem', async () => {
    const { fetcher } = server(new TypeError('Failed to fetch'));
    const http = createHttp({ fetch: fetcher, renewCsrfToken: () => Promise.resolve(null) });
    await expect(http.request('GET', '/x', text)).rejects.toBeInstanceOf(ConnectionProblem);
  });

  test('an answer of another shape is an error that names the place', async () => {
    const { fetcher } = server(json(200, { a: 7 }));
    const http = createHttp({ fetch: fetcher, renewCsrfToken: () => Promise.resolve(null) });
    await expect(http.request('GET', '/x', fields({ a: text }))).rejects.toThrow('/x.a: expected text, got number');
  });
});

describe('problems', () => {
  test('the detail is the message, and fields are found by pointer', () => {
    const body = {
      code: 'validation_error',
      title: 'T',
      detail: 'D',
      errors: [{ pointer: '/body/email', message: 'is taken' }, { odd: 1 }],
    };
    const problem = problemFrom(422, body, null);
    expect(problem.message).toBe('D');
    expect(problemAt(problem, 'email')).toBe('is taken');
    expect(problemAt(problem, 'name')).toBeUndefined();
  });

  test.each([
    [401, null, 'Sign in to do this.'],
    [404, '<html>', 'This does not exist, or it is not shared with you.'],
    [500, { nothing: true }, 'The server failed at this. Nothing was lost here; try again.'],
    [418, null, 'The server refused this (status 418).'],
  ])('%d without a problem document still says what to do', (status, body, message) => {
    expect(problemFrom(status, body, null).message).toBe(message);
  });

  test('429 says when to try again', () => {
    expect(problemFrom(429, null, '12').message).toBe('Too many requests for now. Try again in 12 s.');
    expect(problemFrom(429, null, 'Wed, 21 Oct 2026').message).toContain('in a moment');
    expect(problemFrom(429, null, '12')).toBeInstanceOf(ApiProblem);
  });
});

describe('decoding', () => {
  test('lists, pages, missing values and unknown extra fields', () => {
    const decoder = page(fields({ id: text, n: nullable(count), kind: oneOf('a', 'b') }));
    expect(decoder({ items: [{ id: 'x', kind: 'a', extra: 1 }], next_cursor: null }, 'p')).toEqual({
      items: [{ id: 'x', n: null, kind: 'a' }],
      next_cursor: null,
    });
  });

  test.each([
    [() => list(text)({}, 'p'), 'p: expected a list, got object'],
    [() => list(text)(['a', null], 'p'), 'p[1]: expected text, got null'],
    [() => count(1.5, 'p'), 'p: expected an integer, got number'],
    [() => oneOf('a')('b', 'p'), 'p: expected a, got string'],
    [() => fields({ a: text })([], 'p'), 'p: expected an object, got an array'],
  ])('what is wrong is named', (decode, message) => {
    expect(decode).toThrow(DecodeError);
    expect(decode).toThrow(message);
  });
});
