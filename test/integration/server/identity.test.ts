/** Accounts and sessions, over HTTP. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registered } from '../../support/server/client.ts';
import { startServer, type TestServer } from '../../support/server/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

describe('register, sign in, sign out', () => {
  it('makes an account with a personal workspace that it owns', async () => {
    const client = await registered(server);
    const session = await client.get('/session');
    expect(session.body.user).toEqual({ id: client.userId, email: client.email, name: 'Ada' });
    expect(session.body.workspaces).toEqual([{ id: client.workspaceId, name: 'Personal', role: 'owner' }]);
    expect(session.headers.get('cache-control')).toBe('no-store');
  });
});
