/** Idempotency-Key on job creation and uploads, over HTTP. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, must, type Reply, registered } from '../../support/server/client.ts';
import { reserve, saveDocument, sha256 } from '../../support/server/flows.ts';
import { startServer, type TestServer } from '../../support/server/server.ts';

let server: TestServer;
let client: Client;
let revisionId: string;
beforeAll(async () => {
  server = await startServer();
  client = await registered(server);
  ({ revisionId } = await saveDocument(client));
});
afterAll(() => server.close());

const job = (key: string | null, more: Record<string, unknown> = {}, who = client): Promise<Reply> => {
  const body = { job_type: 'document_execute', document_revision_id: revisionId, executor: 'client', ...more };
  const options = key === null ? { without: ['Idempotency-Key' as const] } : { headers: { 'Idempotency-Key': key } };
  return who.post(`/workspaces/${who.workspaceId}/jobs`, body, options);
};
const countJobs = async (): Promise<number> => (await server.deps.database('jobs').select('id')).length;

describe('a key', () => {
  it('is required', async () => {
    const reply = await job(null);
    expect([reply.status, reply.body.code]).toEqual([400, 'idempotency_key_missing']);
    const upload = await client.post(
      `/workspaces/${client.workspaceId}/uploads`,
      { digest: sha256(''), size_bytes: 0, media_type: 'text/plain' },
      { without: ['Idempotency-Key'] },
    );
    expect([upload.status, upload.body.code]).toEqual([400, 'idempotency_key_missing']);
    expect((await job('x'.repeat(256))).status).toBe(400);
    expect((await job('\u00e9')).status).toBe(400);
  });

  it('makes one job, however often it is sent', async () => {
    const key = randomUUID();
    const before = await countJobs();
    const first = must(201, await job(key));
    const second = must(201, await job(key));
    expect(second.text).toBe(first.text);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(await countJobs()).toBe(before + 1);
  });

  it('with another body is an error', async () => {
    const key = randomUUID();
    must(201, await job(key));
    const other = await job(key, { priority: 'high' });
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_mismatch']);
  });

  it('that is in progress is a conflict', async () => {
    const key = randomUUID();
    const before = await countJobs();
    const replies = await Promise.all(Array.from({ length: 6 }, () => job(key)));
    const made = replies.filter((reply) => reply.status === 201);
    const conflicts = replies.filter((reply) => reply.status === 409);
    expect(made.length + conflicts.length).toBe(6);
    expect(made.length).toBeGreaterThan(0);
    expect(conflicts.every((reply) => reply.body.code === 'idempotency_in_progress')).toBe(true);
    expect(await countJobs()).toBe(before + 1);
  });

  it('belongs to one person and one path', async () => {
    const key = randomUUID();
    const mine = must(201, await job(key)).body.id;
    const other = await registered(server);
    const saved = await saveDocument(other);
    const theirs = must(201, await job(key, { document_revision_id: saved.revisionId }, other)).body.id;
    expect(theirs).not.toBe(mine);
    const ticket = await client.post(
      `/workspaces/${client.workspaceId}/uploads`,
      { digest: sha256('k'), size_bytes: 1, media_type: 'text/plain' },
      { headers: { 'Idempotency-Key': key } },
    );
    must(201, ticket);
  });

  it('keeps refusals, too, but not failures of the server', async () => {
    const key = randomUUID();
    const gone = { document_revision_id: '0197f3a0-0000-7000-8000-000000000000' };
    const first = await job(key, gone);
    const second = await job(key, gone);
    expect([first.status, second.status]).toEqual([404, 404]);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect(second.headers.get('content-type')).toContain('application/problem+json');

    const failing = randomUUID();
    server.replay.availability = { available: false, reason: 'for now' };
    expect((await job(failing, { executor: 'server' })).status).toBe(503);
    server.replay.availability = { available: true };
    must(201, await job(failing, { executor: 'server' }));
  });

  it('is kept for a day', async () => {
    const own = await startServer();
    try {
      const person = await registered(own);
      const key = randomUUID();
      const ticket = () => reserve(person, new TextEncoder().encode('day'), 'text/plain');
      const send = () =>
        person.post(
          `/workspaces/${person.workspaceId}/uploads`,
          { digest: sha256('day'), size_bytes: 3, media_type: 'text/plain' },
          { headers: { 'Idempotency-Key': key } },
        );
      const first = must(201, await send()).body.upload_id;
      own.advance(23 * 60 * 60_000);
      expect((await send()).body.upload_id).toBe(first);
      own.advance(2 * 60 * 60_000);
      expect((await send()).body.upload_id).not.toBe(first);
      must(201, await ticket());
    } finally {
      await own.close();
    }
  });
});
