/** What strangers send: other sites, other hosts, odd JSON, floods. Over a real socket. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_CONFIGURATION } from '../../server/src/configuration.ts';
import { Client, must, registered } from '../support/server/client.ts';
import { createJob, saveDocument } from '../support/server/flows.ts';
import { raw } from '../support/server/raw.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

let server: TestServer;
let client: Client;
beforeAll(async () => {
  server = await startServer();
  client = await registered(server);
});
afterAll(() => server.close());

const workspace = { name: 'made by a request' };

describe('requests of other sites', () => {
  it.each([
    ['another site, says the browser', { 'Sec-Fetch-Site': 'cross-site' }],
    ['a sibling site', { 'Sec-Fetch-Site': 'same-site' }],
    ['another origin', { Origin: 'https://evil.example' }],
    ['our host with another port', { Origin: 'http://127.0.0.1:1' }],
    ['our host by https', { Origin: 'https://127.0.0.1' }],
    ['an opaque origin', { Origin: 'null' }],
    ['another site that lies about its origin', { 'Sec-Fetch-Site': 'cross-site', Origin: '' }],
  ])('are refused, token or not: %s', async (_what, headers) => {
    const reply = await client.post('/workspaces', workspace, { headers });
    expect([reply.status, reply.body.code]).toEqual([403, 'foreign_origin']);
  });

  it('are refused when nothing says where they come from', async () => {
    const reply = await client.post('/workspaces', workspace, { without: ['Origin'] });
    expect([reply.status, reply.body.code]).toEqual([403, 'foreign_origin']);
  });

  it('cannot sign anybody in', async () => {
    const body = { email: client.email, password: 'correct horse battery' };
    const reply = await new Client(server).post('/auth/login', body, { headers: { Origin: 'https://evil.example' } });
    expect([reply.status, reply.body.code]).toEqual([403, 'foreign_origin']);
    expect(reply.headers.getSetCookie()).toEqual([]);
  });

  it('pass with Fetch Metadata alone, and from the address bar', async () => {
    for (const site of ['same-origin', 'none']) {
      const reply = await client.post('/workspaces', workspace, {
        without: ['Origin'],
        headers: { 'Sec-Fetch-Site': site },
      });
      expect(reply.status).toBe(201);
    }
  });

  it('need the token of this very session', async () => {
    const other = await registered(server);
    for (const token of [undefined, '', 'x', other.token ?? '', `${client.token}x`]) {
      const options =
        token === undefined ? { without: ['X-CSRF-Token' as const] } : { headers: { 'X-CSRF-Token': token } };
      const reply = await client.post('/workspaces', workspace, options);
      expect([reply.status, reply.body.code]).toEqual([403, 'csrf_token']);
    }
    expect((await client.get('/session')).body.csrf_token).toBe(client.token);
  });

  it('may vary what caches keep', async () => {
    const vary = (await client.get('/session')).headers.get('vary') ?? '';
    expect(vary).toContain('Origin');
    expect(vary).toContain('Sec-Fetch-Site');
  });
});

describe('the Host', () => {
  it.each([
    'evil.example',
    'localhost',
    '127.0.0.1',
    '127.0.0.1:1',
    '127.0.0.1.evil.example',
    '0.0.0.0',
    '127.0.0.1:80',
  ])('that is not ours gets 421 on every path: %s', async (host) => {
    for (const path of ['/', '/health', '/api/v1/session', '/assets/environments/x/y']) {
      const reply = await raw(server, path, { headers: { Host: host } });
      expect([reply.status, reply.text]).toEqual([421, expect.stringContaining('foreign_host')]);
    }
  });

  it('that is ours has any of the names of this machine', async () => {
    for (const host of ['127.0.0.1', 'localhost', 'LOCALHOST', '[::1]']) {
      expect((await raw(server, '/health', { headers: { Host: `${host}:${server.port}` } })).status).toBe(200);
    }
  });
});

describe('bodies', () => {
  const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
    client.send(
      'POST',
      '/api/v1/workspaces',
      {
        Origin: server.origin,
        Cookie: client.cookie ?? '',
        'X-CSRF-Token': client.token ?? '',
        'Content-Type': 'application/json',
        ...headers,
      },
      body,
    );

  it.each([
    ['nothing', ''],
    ['half of it', '{"name": "x"'],
    ['two of them', '{} {}'],
    ['a byte order mark', '\ufeff{"name": "x"}'],
    ['comments', '{"name": "x" /* yes */}'],
    ['NaN', '{"name": NaN}'],
    ['half of a surrogate pair', String.raw`{"name": "\ud800"}`],
    ['a prototype', '{"__proto__": {"admin": true}, "name": "x"}'],
    ['a number beyond all numbers', '{"name": 1e999}'],
    ['a deep hole', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['a deep hole of objects', '{"a":'.repeat(100) + '1' + '}'.repeat(100)],
  ])('that are not readable JSON get 400: %s', async (_what, body) => {
    const reply = await post(body);
    // A body of 200 kB is too large before it is unreadable.
    expect([400, 413]).toContain(reply.status);
    expect(['bad_json', 'too_large']).toContain(reply.body.code);
  });

  it('that are not UTF-8 get 400', async () => {
    const reply = await post(new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]));
    expect([reply.status, reply.body.code]).toEqual([400, 'bad_json']);
  });

  it.each([
    ['no content type', { 'Content-Type': '' }],
    ['a form', { 'Content-Type': 'application/x-www-form-urlencoded' }],
    ['text, which needs no preflight', { 'Content-Type': 'text/plain' }],
    ['another charset', { 'Content-Type': 'application/json; charset=utf-16' }],
    ['a compressed bomb', { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }],
  ])('of another kind get 415: %s', async (_what, headers) => {
    const reply = await post('{"name": "x"}', headers);
    expect([reply.status, reply.body.code]).toEqual([415, 'unsupported_media_type']);
  });

  it('that are too large get 413, and the connection ends', async () => {
    const reply = await post(JSON.stringify({ name: 'x'.repeat(70_000) }));
    expect([reply.status, reply.body.code]).toEqual([413, 'too_large']);
  });

  it('of the right kind may be written in any case, with a charset', async () => {
    const reply = await post('{"name": "x"}', { 'Content-Type': 'Application/JSON; charset="utf-8"' });
    expect(reply.status).toBe(201);
  });

  it('with a constructor for a name reach nothing', async () => {
    const reply = await post('{"name": "x", "constructor": {"prototype": {"admin": true}}}');
    expect([reply.status, reply.body.code]).toEqual([422, 'validation_error']);
    expect(Reflect.get({}, 'admin')).toBeUndefined();
  });
});

describe('errors', () => {
  it('are problems with security headers, whatever happens', async () => {
    for (const path of [
      '/api/v1/nothing',
      '/nothing',
      '/api/v1/documents/%00',
      '/api/v1/documents/../../etc/passwd',
      '/%',
      '/api/v1/%ff',
    ]) {
      const reply = await client.send('GET', path, {});
      expect(reply.status).toBeGreaterThanOrEqual(400);
      expect(reply.status).toBeLessThan(500);
      expect(reply.headers.get('content-type')).toContain('application/problem+json');
      expect(reply.headers.get('x-content-type-options')).toBe('nosniff');
      expect(reply.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(reply.headers.get('cache-control')).toBe('no-store');
      expect(reply.body.request_id).toBe(reply.headers.get('x-request-id'));
    }
  });

  it('of our own are opaque: no message, no stack, no query', async () => {
    const own = await startServer();
    try {
      const person = await registered(own);
      await own.deps.database.schema.dropTable('audit_events');
      const reply = await person.post('/workspaces', { name: 'my secret plan' });
      expect([reply.status, reply.body.code]).toEqual([500, 'internal']);
      expect(reply.text).not.toMatch(/audit_events|SQLITE|secret plan|\.ts/);
      const line = own.logged.find((entry) => entry['msg'] === 'unexpected error');
      expect(line).toMatchObject({ request_id: reply.body.request_id });
      expect(JSON.stringify(own.logged)).not.toContain('secret plan');
    } finally {
      await own.close();
    }
  });

  it('say which methods there are', async () => {
    const reply = await client.call('PUT', '/workspaces', { body: {} });
    expect([reply.status, reply.body.code]).toEqual([405, 'method_not_allowed']);
    expect(
      reply.headers
        .get('allow')
        ?.split(', ')
        .toSorted((a, b) => (a < b ? -1 : 1)),
    ).toEqual(['GET', 'HEAD', 'POST']);
  });
});

describe('the log', () => {
  it('names requests, people and jobs, and never holds what they wrote', async () => {
    const secret = 'THE_SOURCE_OF_THE_USER';
    const { revisionId } = await saveDocument(client, [{ id: 'a', type: 'code', content: { source: secret } }]);
    const job = must(201, await createJob(client, revisionId)).body;
    await client.get(`/documents/x?token=${secret}`);
    const text = JSON.stringify(server.logged);
    expect(text).not.toContain(secret);
    expect(text).not.toContain(client.cookie?.slice('praxis='.length) ?? 'no cookie');
    expect(server.logged).toContainEqual(
      expect.objectContaining({
        job_id: job.id,
        user_id: client.userId,
        workspace_id: client.workspaceId,
        revision_id: revisionId,
      }),
    );
  });
});

describe('floods', () => {
  it('of one person are slowed down, told when to come again, and do not slow down others', async () => {
    const rates = { ...DEFAULT_CONFIGURATION.rates, api: { requests: 5, seconds: 60 } };
    const own = await startServer({ configuration: { rates } });
    try {
      const [one, two] = [await registered(own), await registered(own)];
      const replies = [];
      for (let count = 0; count < 6; count += 1) replies.push(await one.get('/workspaces'));
      expect(replies.map((reply) => reply.status)).toEqual([200, 200, 200, 200, 200, 429]);
      const last = replies.at(-1);
      expect(last?.headers.get('retry-after')).toMatch(/^\d+$/);
      expect(last?.headers.get('ratelimit-policy')).toBe('"api";q=5;w=60');
      expect(last?.headers.get('ratelimit')).toMatch(/^"api";r=0;t=\d+$/);
      expect(replies[0]?.headers.get('ratelimit')).toMatch(/^"api";r=4;t=\d+$/);
      must(200, await two.get('/workspaces'));
    } finally {
      await own.close();
    }
  });

  it('of guesses are counted for the account, from wherever they come', async () => {
    const rates = { ...DEFAULT_CONFIGURATION.rates, auth: { requests: 8, seconds: 60 } };
    const own = await startServer({ configuration: { rates, trustedProxies: 1 } });
    try {
      const victim = await registered(own);
      const statuses: number[] = [];
      for (let count = 0; count < 10; count += 1) {
        const body = { email: victim.email, password: `guess ${count}` };
        const reply = await new Client(own).post('/auth/login', body, {
          headers: { 'X-Forwarded-For': `10.0.0.${count}` },
        });
        statuses.push(reply.status);
      }
      expect(statuses).toEqual([401, 401, 401, 401, 401, 401, 401, 401, 429, 429]);
    } finally {
      await own.close();
    }
  });

  it('cannot hide behind a header that no proxy of ours wrote', async () => {
    const rates = { ...DEFAULT_CONFIGURATION.rates, auth: { requests: 3, seconds: 60 } };
    const own = await startServer({ configuration: { rates } });
    try {
      const statuses: number[] = [];
      for (let count = 0; count < 4; count += 1) {
        const body = { email: `nobody${count}@example.org`, password: 'a guess of mine' };
        const reply = await new Client(own).post('/auth/login', body, {
          headers: { 'X-Forwarded-For': `10.0.0.${count}` },
        });
        statuses.push(reply.status);
      }
      expect(statuses).toEqual([401, 401, 401, 429]);
    } finally {
      await own.close();
    }
  });
});

describe('behind https', () => {
  it('cookies are bound to the host and never sent in the clear', async () => {
    const own = await startServer({ configuration: { origin: 'https://praxis.example' } });
    try {
      const headers = { Host: 'praxis.example', Origin: 'https://praxis.example', 'Content-Type': 'application/json' };
      const body = JSON.stringify({ email: 'ada@example.org', password: 'correct horse battery' });
      const reply = await raw(own, '/api/v1/auth/register', { method: 'POST', headers, body });
      const cookie = reply.headers['set-cookie']?.at(-1) ?? '';
      expect(cookie).toMatch(/^__Host-praxis=/);
      expect(cookie.toLowerCase()).toContain('secure');
      expect(cookie.toLowerCase()).toContain('path=/');
      expect(cookie.toLowerCase()).not.toContain('domain=');
    } finally {
      await own.close();
    }
  });
});
