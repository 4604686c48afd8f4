/** The audit log: everything that the first slice does leaves its event, in the action's own transaction. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client, must, registered } from '../../support/server/client.ts';
import { claimedJob, createJob, PNG, upload } from '../../support/server/flows.ts';
import { startServer, type TestServer } from '../../support/server/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

interface Row {
  event: string;
  actor_user_id: string | null;
  workspace_id: string | null;
  document_id: string | null;
  job_id: string | null;
  ip: string | null;
  user_agent: string | null;
}

describe('the audit log', () => {
  it('has an event for everything that was done, with who, where and on what', async () => {
    const owner = await registered(server);
    const other = await registered(server);
    await new Client(server).post('/auth/login', { email: owner.email, password: 'wrong password' });
    must(201, await owner.post(`/workspaces/${owner.workspaceId}/members`, { email: other.email, role: 'viewer' }));
    must(200, await owner.patch(`/workspaces/${owner.workspaceId}/members/${other.userId}`, { role: 'editor' }));
    must(204, await owner.delete(`/workspaces/${owner.workspaceId}/members/${other.userId}`));
    const { job, documentId, revisionId } = await claimedJob(owner);
    must(200, await owner.post(`/jobs/${must(201, await createJob(owner, revisionId)).body.id}/cancel`));
    const { artifact } = (await upload(owner, PNG, 'image/png')).body;
    must(200, await owner.post(`/workspaces/${owner.workspaceId}/artifacts/${artifact.digest}/download-url`));
    must(200, await owner.get(`/revisions/${revisionId}/export?format=ipynb`));
    must(200, await owner.patch(`/workspaces/${owner.workspaceId}/settings`, { execution_enabled: false }));
    must(204, await owner.delete(`/documents/${documentId}`));

    const { items } = must(200, await owner.get(`/workspaces/${owner.workspaceId}/audit?limit=200`)).body;
    expect(new Set(items.map((item) => item.event))).toEqual(
      new Set([
        'workspace.created',
        'project.created',
        'member.added',
        'member.changed',
        'member.removed',
        'document.created',
        'revision.created',
        'job.created',
        'job.claimed',
        'job.completed',
        'job.cancelled',
        'upload.created',
        'artifact.created',
        'artifact.download_url_issued',
        'revision.exported',
        'workspace.changed',
        'document.archived',
      ]),
    );
    expect(items.find((item) => item.event === 'job.claimed')).toMatchObject({
      actor_user_id: owner.userId,
      workspace_id: owner.workspaceId,
      document_id: documentId,
      revision_id: revisionId,
      job_id: job.id,
      ip: '127.0.0.1',
    });
    const personal = await server.deps
      .database<Row>('audit_events')
      .whereNull('workspace_id')
      .andWhere({ actor_user_id: owner.userId });
    expect(personal.map((row) => row.event)).toEqual(['user.registered', 'user.signed_in', 'user.sign_in_failed']);
  });

  it('can be read by owners only', async () => {
    const [owner, editor] = [await registered(server), await registered(server)];
    must(201, await owner.post(`/workspaces/${owner.workspaceId}/members`, { email: editor.email, role: 'editor' }));
    expect((await editor.get(`/workspaces/${owner.workspaceId}/audit`)).status).toBe(403);
  });

  it('and the action stand or fall together', async () => {
    const own = await startServer();
    try {
      const owner = await registered(own);
      const before = (await owner.get(`/workspaces/${owner.workspaceId}/documents`)).body.items;
      await own.deps.database.schema.renameTable('audit_events', 'elsewhere');
      expect((await owner.post(`/workspaces/${owner.workspaceId}/documents`, { title: 'x' })).status).toBe(500);
      await own.deps.database.schema.renameTable('elsewhere', 'audit_events');
      expect((await owner.get(`/workspaces/${owner.workspaceId}/documents`)).body.items).toEqual(before);
    } finally {
      await own.close();
    }
  });
});
