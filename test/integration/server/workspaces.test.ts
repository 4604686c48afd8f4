/** Workspaces, members, projects and settings, over HTTP. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, must, registered } from '../../support/server/client.ts';
import { createJob, saveDocument } from '../../support/server/flows.ts';
import { startServer, type TestServer } from '../../support/server/server.ts';

let server: TestServer;
let owner: Client;
let other: Client;
beforeAll(async () => {
  server = await startServer();
  [owner, other] = [await registered(server), await registered(server)];
});
afterAll(() => server.close());

const membersOf = async (client: Client, workspace: string) =>
  (await client.get(`/workspaces/${workspace}/members`)).body.items;

describe('workspaces', () => {
  it('are made, listed, renamed', async () => {
    const made = must(201, await owner.post('/workspaces', { name: 'Class of 2027' })).body;
    must(200, await owner.patch(`/workspaces/${made.id}`, { name: 'Class of 2028' }));
    const listed = (await owner.get('/workspaces')).body.items;
    expect(listed.find((item) => item.id === made.id)).toMatchObject({ name: 'Class of 2028', role: 'owner' });
    expect((await other.get('/workspaces')).body.items.map((item) => item.id)).not.toContain(made.id);
  });

  it('come in pages', async () => {
    const client = await registered(server);
    for (const name of ['one', 'two', 'three']) must(201, await client.post('/workspaces', { name }));
    const first = (await client.get('/workspaces?limit=3')).body;
    expect(first.items).toHaveLength(3);
    const second = (await client.get(`/workspaces?limit=3&cursor=${first.next_cursor}`)).body;
    expect(second.items).toHaveLength(1);
    expect(second.next_cursor).toBeNull();
    expect((await client.get('/workspaces?cursor=nonsense')).status).toBe(400);
    expect((await client.get('/workspaces?limit=0')).status).toBe(422);
    expect((await client.get('/workspaces?limit=1&limit=2')).status).toBe(400);
    expect((await client.get('/workspaces?page=1')).status).toBe(422);
  });
});

describe('members', () => {
  it('join, change role and leave, with effect on the very next request', async () => {
    const workspace = must(201, await owner.post('/workspaces', { name: 'Lab' })).body.id;
    const path = `/workspaces/${workspace}/members`;
    expect((await other.get(`/workspaces/${workspace}`)).status).toBe(404);
    must(201, await owner.post(path, { email: other.email, role: 'viewer' }));
    must(200, await other.get(`/workspaces/${workspace}`));
    const document = { title: 'Mine' };
    expect((await other.post(`/workspaces/${workspace}/documents`, document)).status).toBe(403);
    must(200, await owner.patch(`${path}/${other.userId}`, { role: 'editor' }));
    must(201, await other.post(`/workspaces/${workspace}/documents`, document));
    must(204, await owner.delete(`${path}/${other.userId}`));
    expect((await other.get(`/workspaces/${workspace}`)).status).toBe(404);
  });

  it('get a new session id when their role changes, while requests under way still pass', async () => {
    const member = await registered(server);
    const workspace = must(201, await owner.post('/workspaces', { name: 'Lab' })).body.id;
    must(201, await owner.post(`/workspaces/${workspace}/members`, { email: member.email, role: 'viewer' }));
    const before = member.cookie;
    must(200, await member.get('/sessions'));
    expect(member.cookie).not.toBe(before);
    // The token goes on working: the page that holds it did nothing wrong.
    must(201, await member.post('/workspaces', { name: 'Own' }));
    const late = await member.get('/session', { headers: { Cookie: before ?? '' } });
    expect(late.body.user?.id).toBe(member.userId);
    server.advance(60_000);
    const later = await member.get('/session', { headers: { Cookie: before ?? '' } });
    expect(later.body.user).toBeNull();
  });

  it('include an owner at all times', async () => {
    const workspace = must(201, await owner.post('/workspaces', { name: 'Lab' })).body.id;
    const own = `/workspaces/${workspace}/members/${owner.userId}`;
    const demoted = await owner.patch(own, { role: 'editor' });
    expect([demoted.status, demoted.body.code]).toEqual([409, 'last_owner']);
    expect((await owner.delete(own)).status).toBe(409);
    expect(await membersOf(owner, workspace)).toMatchObject([{ user_id: owner.userId, role: 'owner' }]);
  });

  it('have to have an account, and are members once', async () => {
    const path = `/workspaces/${owner.workspaceId}/members`;
    const unknown = await owner.post(path, { email: 'nobody@example.org', role: 'viewer' });
    expect([unknown.status, unknown.body.code]).toEqual([422, 'unknown_user']);
    const twice = await owner.post(path, { email: owner.email, role: 'viewer' });
    expect([twice.status, twice.body.code]).toEqual([409, 'already_member']);
    expect((await owner.post(path, { email: other.email, role: 'admin' })).status).toBe(422);
  });
});

describe('projects', () => {
  it('are made, changed and archived', async () => {
    const path = `/workspaces/${owner.workspaceId}/projects`;
    const project = must(201, await owner.post(path, { name: 'Orbits' })).body;
    must(200, await owner.patch(`${path}/${project.id}`, { description: 'Two bodies' }));
    must(204, await owner.delete(`${path}/${project.id}`));
    expect((await owner.get(path)).body.items.map((item) => item.id)).not.toContain(project.id);
    expect((await owner.patch(`${path}/${project.id}`, { name: 'x' })).status).toBe(404);
    const document = await owner.post(`/workspaces/${owner.workspaceId}/documents`, {
      title: 'x',
      project_id: project.id,
    });
    expect([document.status, document.body.code]).toEqual([422, 'validation_error']);
  });
});

describe('settings', () => {
  it('switch execution off for everybody at once', async () => {
    const client = await registered(server);
    const { revisionId } = await saveDocument(client);
    const settings = `/workspaces/${client.workspaceId}/settings`;
    must(200, await client.patch(settings, { execution_enabled: false }));
    const refused = await createJob(client, revisionId);
    expect([refused.status, refused.body.code]).toEqual([403, 'execution_disabled']);
    must(200, await client.patch(settings, { execution_enabled: true }));
    must(201, await createJob(client, revisionId));
    expect((await client.patch(settings, {})).status).toBe(422);
    expect((await client.get(`/workspaces/${client.workspaceId}/usage`)).body.storage_bytes.used).toBe(0);
  });
});
