/** What replay finds and what becomes of it, against a real database. The sandbox is a small interpreter of sums. */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { runDigest } from '@praxis/wasm-runtime';
import { verifyAttestation } from '@praxis/wasm-runtime/attestation';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Replayer } from '../../../server/src/replay/replayer.ts';
import { DEFAULT_WORKER_OPTIONS } from '../../../server/src/replay/worker.ts';
import { type Client, must, registered } from '../../support/server/client.ts';
import { code, createJob, saveDocument, sha256 } from '../../support/server/flows.ts';
import {
  claimSums as claimSumsOf,
  goOn,
  queueItem as itemOf,
  sum,
  sums,
  type Tamper,
  type WorkerArguments,
  workerOf,
} from '../../support/server/sums.ts';
import { startServer, type TestServer } from '../../support/server/server.ts';

let server: TestServer;
let client: Client;
beforeEach(async () => {
  server = await startServer();
  client = await registered(server);
});
afterEach(() => server.close());

const worker = (...more: WorkerArguments) => workerOf(server, ...more);
const claimSums = (tamper?: Tamper) => claimSumsOf(client, tamper);
const queueItem = (jobId: string) => itemOf(server, jobId);

describe('a claim that is true', () => {
  it('becomes verified and gets an attestation that anybody can check offline', async () => {
    const { job, record, revisionId } = await claimSums();
    expect((await client.get(`/jobs/${job.id}/attestation`)).status).toBe(404);
    expect(await worker().workOnce(goOn())).toBe(true);
    expect((await client.get(`/jobs/${job.id}`)).body).toMatchObject({ status: 'SUCCEEDED', trust: 'verified' });
    expect((await client.get(`/jobs/${job.id}/verdict`)).body).toMatchObject({
      verdict: 'MATCH',
      run_digest: runDigest(record),
    });
    const outputs = (await client.get(`/revisions/${revisionId}/outputs`)).body.items;
    expect(outputs.map((item) => item.trust)).toEqual(['verified', 'verified']);

    const envelope: unknown = JSON.parse(must(200, await client.get(`/jobs/${job.id}/attestation`)).text);
    const [key] = (await client.get('/keys')).body.keys;
    const publicKey = createPublicKey(key?.public_key_pem ?? '');
    const der = publicKey.export({ type: 'spki', format: 'der' });
    expect(key?.key_id).toBe(createHash('sha256').update(der).digest('hex'));
    const checked = await verifyAttestation(
      envelope,
      (keyid, message, signature) => keyid === key?.key_id && verify(null, message, publicKey, signature),
    );
    expect(checked.attested).toMatchObject({
      run_digest: runDigest(record),
      program_digest: record.program_digest,
      env_version: server.envVersion,
      fuel: record.fuel,
      outcome: 'succeeded',
      mode: 'replay',
      job_id: job.id,
      artifacts: [{ name: 'sums.json', digest: record.artifacts[0]?.digest }],
      limits: job.payload.limits,
      replayer: { host: 'sums', jailed: true },
    });
    expect(await worker().workOnce(goOn())).toBe(false);
  });
});

describe('a claim that is not true', () => {
  it('is a mismatch that names the first step that differs, and gets no attestation', async () => {
    const { job, revisionId } = await claimSums((record) => ({
      ...record,
      steps: record.steps.map((step, index) =>
        index === 1 ? { ...step, outputs: [{ type: 'stream', name: 'stdout', text: '8\n' }] } : step,
      ),
    }));
    await worker().workOnce(goOn());
    expect((await client.get(`/jobs/${job.id}/verdict`)).body).toMatchObject({
      trust: 'mismatch',
      verdict: 'MISMATCH',
      first_divergence: { step: 1, object_id: 'b', field: 'outputs' },
    });
    expect((await client.get(`/jobs/${job.id}/attestation`)).status).toBe(404);
    // What was claimed is still what is shown, marked as what it is.
    const outputs = must(200, await client.get(`/revisions/${revisionId}/outputs`));
    expect(outputs.text).toContain('8\\n');
    expect(outputs.body.items.every((item) => item.trust === 'mismatch')).toBe(true);
  });

  it('is not reused', async () => {
    const { revisionId } = await claimSums((record) => ({ ...record, fuel: 1 }));
    await worker().workOnce(goOn());
    expect(must(201, await createJob(client, revisionId)).body.status).toBe('RUNNING');
  });
});

describe('a job for the server', () => {
  it('runs there, and its result is verified from the start', async () => {
    const saved = await saveDocument(client, [code('a', '20 + 22')]);
    const job = must(201, await createJob(client, saved.revisionId, { executor: 'server' })).body;
    expect(job.status).toBe('QUEUED');
    await worker().workOnce(goOn());
    const done = (await client.get(`/jobs/${job.id}`)).body;
    expect(done).toMatchObject({ status: 'SUCCEEDED', trust: 'verified' });
    const result = must(200, await client.get(`/jobs/${job.id}/result`));
    expect(result.text).toContain('42\\n');
    expect((await client.get(`/jobs/${job.id}/verdict`)).body).toMatchObject({ verdict: 'MATCH', code: 'server_run' });
    must(200, await client.get(`/jobs/${job.id}/attestation`));
    const [artifact] = (await client.get(`/workspaces/${client.workspaceId}/artifacts`)).body.items;
    const link = must(
      200,
      await client.post(`/workspaces/${client.workspaceId}/artifacts/${artifact?.digest}/download-url`),
    );
    expect(sha256(must(200, await client.send('GET', link.body.url, {})).text)).toBe(artifact?.digest);
    // Asking for it again costs nothing.
    expect(must(200, await createJob(client, saved.revisionId, { executor: 'server' })).body.id).toBe(job.id);
  });

  it('that was cancelled before is never begun; cancelled meanwhile, its result is dropped', async () => {
    const saved = await saveDocument(client, [code('a', '1')]);
    const early = must(201, await createJob(client, saved.revisionId, { executor: 'server' })).body;
    must(200, await client.post(`/jobs/${early.id}/cancel`));
    expect(await worker().workOnce(goOn())).toBe(false);
    const late = must(201, await createJob(client, saved.revisionId, { executor: 'server' })).body;
    await worker({
      ...sums,
      async run(request) {
        must(200, await client.post(`/jobs/${late.id}/cancel`));
        return sums.run(request);
      },
    }).workOnce(goOn());
    expect((await client.get(`/jobs/${late.id}`)).body).toMatchObject({ status: 'CANCELLED', trust: null });
    expect((await client.get(`/jobs/${late.id}/result`)).status).toBe(404);
    expect((await queueItem(late.id))?.status).toBe('done');
  });

  it('whose artifacts do not fit the quota fails with a limit, and stores nothing', async () => {
    await server.deps.database('workspaces').where({ id: client.workspaceId }).update({ storage_quota_bytes: 10 });
    const saved = await saveDocument(client, [code('a', '1')]);
    const job = must(201, await createJob(client, saved.revisionId, { executor: 'server' })).body;
    await worker().workOnce(goOn());
    expect((await client.get(`/jobs/${job.id}`)).body).toMatchObject({
      status: 'FAILED',
      error: { category: 'RESOURCE_LIMIT', code: 'ARTIFACTS' },
    });
    expect((await client.get(`/workspaces/${client.workspaceId}/artifacts`)).body.items).toEqual([]);
  });

  it('that gives other bytes than its record names is not believed', async () => {
    const saved = await saveDocument(client, [code('a', '1')]);
    const job = must(201, await createJob(client, saved.revisionId, { executor: 'server' })).body;
    const lying: Replayer = {
      ...sums,
      async run({ program }) {
        const result = sum(program);
        for (const digest of result.blobs.keys()) result.blobs.set(digest, new Uint8Array([1, 2, 3]));
        return result;
      },
    };
    await worker(lying, { ...DEFAULT_WORKER_OPTIONS, attempts: 1 }).workOnce(goOn());
    expect((await client.get(`/jobs/${job.id}`)).body).toMatchObject({
      status: 'FAILED',
      error: { category: 'INTERNAL_ERROR' },
    });
  });
});
