/** Accounts and sessions, over HTTP. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client, must, registered } from '../../support/server/client.ts';
import { startServer, type TestServer } from '../../support/server/server.ts';

const DAY_MS = 24 * 60 * 60_000;
const PASSWORD = 'correct horse battery';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

describe('registering', () => {
  it('makes an account with a personal workspace that it owns', async () => {
    const client = await registered(server);
    const session = await client.get('/session');
    expect(session.body.user).toEqual({ id: client.userId, email: client.email, name: 'Ada' });
    expect(session.body.workspaces).toEqual([{ id: client.workspaceId, name: 'Personal', role: 'owner' }]);
    expect(session.headers.get('cache-control')).toBe('no-store');
    const projects = await client.get(`/workspaces/${client.workspaceId}/projects`);
    expect(projects.body.items).toHaveLength(1);
  });

  it('refuses a second account for the same address, however it is written', async () => {
    const client = await registered(server);
    const again = await new Client(server).post('/auth/register', {
      email: client.email.toUpperCase(),
      password: PASSWORD,
    });
    expect([again.status, again.body.code]).toEqual([409, 'email_taken']);
  });

  it.each([
    ['a short password', { email: 'a@b.c', password: 'short' }],
    ['no address', { password: PASSWORD }],
    ['an address without @', { email: 'nobody', password: PASSWORD }],
    ['an unknown field', { email: 'a@b.c', password: PASSWORD, admin: true }],
    ['a name of spaces', { email: 'a@b.c', password: PASSWORD, name: '   ' }],
    ['a name that turns the text around', { email: 'a@b.c', password: PASSWORD, name: 'eve\u202egnp' }],
    ['a list', []],
    ['null', null],
  ])('refuses %s', async (_what, body) => {
    const reply = await new Client(server).post('/auth/register', body);
    expect([reply.status, reply.body.code]).toEqual([422, 'validation_error']);
    expect(reply.headers.get('content-type')).toContain('application/problem+json');
  });

  it('leaves nothing behind when it fails', async () => {
    const count = async () => (await server.deps.database('workspaces').select('id')).length;
    const before = await count();
    const client = await registered(server);
    await new Client(server).post('/auth/register', { email: client.email, password: PASSWORD });
    expect(await count()).toBe(before + 1);
  });
});

describe('signing in and out', () => {
  it('gives a cookie that scripts cannot read, that works, and that ends', async () => {
    const { email } = await registered(server);
    const client = new Client(server);
    const reply = client.adopt(await client.post('/auth/login', { email, password: PASSWORD }));
    expect(reply.status).toBe(200);
    const cookie = reply.headers.getSetCookie().at(-1) ?? '';
    expect(cookie).toMatch(/^praxis=[A-Za-z0-9_-]{43};/);
    expect(cookie.toLowerCase()).toContain('httponly');
    expect(cookie.toLowerCase()).toContain('samesite=lax');

    const kept = client.cookie;
    must(204, await client.post('/auth/logout'));
    expect(client.cookie).toBeNull();
    client.cookie = kept;
    expect((await client.get('/sessions')).status).toBe(401);
  });

  it('answers the same to a wrong password and to an unknown address', async () => {
    const { email } = await registered(server);
    const wrong = await new Client(server).post('/auth/login', { email, password: 'not the password' });
    const unknown = await new Client(server).post('/auth/login', { email: 'nobody@example.org', password: PASSWORD });
    expect([wrong.status, wrong.body.code, wrong.body.detail]).toEqual([401, 'bad_credentials', unknown.body.detail]);
    expect(unknown.status).toBe(401);
  });

  it('rotates the id of the session and its token on sign-in', async () => {
    const { email } = await registered(server);
    const client = new Client(server);
    client.adopt(await client.get('/session'));
    const before = { cookie: client.cookie, token: client.token };
    expect(before.cookie).not.toBeNull();
    client.adopt(must(200, await client.post('/auth/login', { email, password: PASSWORD })));
    expect(client.cookie).not.toBe(before.cookie);
    expect(client.token).not.toBe(before.token);
    const stale = new Client(server);
    stale.cookie = before.cookie;
    expect((await stale.get('/session')).body.user).toBeNull();
  });

  it('never accepts a session id that the visitor chose', async () => {
    const { email } = await registered(server);
    const client = new Client(server);
    client.cookie = `praxis=${'A'.repeat(43)}`;
    must(200, await client.post('/auth/login', { email, password: PASSWORD }));
    expect(client.cookie).not.toContain('AAAA');
  });

  it('keeps only the digest of the cookie', async () => {
    const client = await registered(server);
    const secret = (client.cookie ?? '').slice('praxis='.length);
    const rows = await server.deps
      .database<{ secret_hash: string; data: string }>('sessions')
      .select('secret_hash', 'data');
    expect(JSON.stringify(rows)).not.toContain(secret);
  });
});

describe('passwords', () => {
  it('change only with the old one, and end every other session', async () => {
    const client = await registered(server);
    const other = new Client(server);
    other.adopt(await other.post('/auth/login', { email: client.email, password: PASSWORD }));
    const refused = await client.post('/auth/password', {
      current_password: 'wrong',
      new_password: 'another good one',
    });
    expect([refused.status, refused.body.code]).toEqual([401, 'bad_credentials']);
    expect((await other.get('/sessions')).status).toBe(200);

    const before = client.cookie;
    client.adopt(
      must(200, await client.post('/auth/password', { current_password: PASSWORD, new_password: 'another good one' })),
    );
    expect(client.cookie).not.toBe(before);
    expect((await other.get('/sessions')).status).toBe(401);
    expect((await client.get('/sessions')).body.items).toHaveLength(1);
    expect((await new Client(server).post('/auth/login', { email: client.email, password: PASSWORD })).status).toBe(
      401,
    );
    must(200, await new Client(server).post('/auth/login', { email: client.email, password: 'another good one' }));
  });

  it('are stored as argon2id', async () => {
    const client = await registered(server);
    const row = await server.deps
      .database<{ id: string; password_hash: string }>('users')
      .where({ id: client.userId })
      .first();
    expect(row?.password_hash).toMatch(/^\$argon2id\$v=19\$/);
  });
});

describe('the list of sessions', () => {
  it('shows where they came from, and ends one of them at once', async () => {
    const client = await registered(server);
    const other = new Client(server);
    other.adopt(
      await other.post(
        '/auth/login',
        { email: client.email, password: PASSWORD },
        { headers: { 'User-Agent': 'elsewhere' } },
      ),
    );
    const { items } = (await client.get('/sessions')).body;
    expect(items.map((item) => item.current).filter(Boolean)).toHaveLength(1);
    const elsewhere = items.find((item) => !item.current);
    must(204, await client.delete(`/sessions/${elsewhere?.id}`));
    expect((await other.get('/sessions')).status).toBe(401);
  });

  it("does not reach other people's sessions", async () => {
    const [one, two] = [await registered(server), await registered(server)];
    const id = (await two.get('/sessions')).body.items[0]?.id;
    expect((await one.delete(`/sessions/${id}`)).status).toBe(404);
    expect((await two.get('/sessions')).status).toBe(200);
  });

  it('ends a session that nobody used for two weeks, and an anonymous one after hours', async () => {
    const own = await startServer();
    try {
      const client = await registered(own);
      const visitor = new Client(own);
      visitor.adopt(await visitor.get('/session'));
      own.advance(DAY_MS);
      const renewed = visitor.cookie;
      await visitor.get('/session');
      expect(visitor.cookie).not.toBe(renewed);
      expect((await client.get('/sessions')).status).toBe(200);
      own.advance(15 * DAY_MS);
      expect((await client.get('/sessions')).status).toBe(401);
    } finally {
      await own.close();
    }
  });
});

describe('a banned person', () => {
  it('is out at once and cannot come back', async () => {
    const client = await registered(server);
    await server.deps.database('users').where({ id: client.userId }).update({ banned_at: new Date().toISOString() });
    expect((await client.get('/sessions')).status).toBe(401);
    expect((await new Client(server).post('/auth/login', { email: client.email, password: PASSWORD })).status).toBe(
      401,
    );
  });
});
