/** The whole path once, with nothing standing in: what an honest claim, a tampered one and a run by the server come to. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunRecord } from '@praxis/wasm-runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { must } from '../support/server/client.ts';
import { code, createJob, reserve, saveDocument, send } from '../support/server/flows.ts';
import { runHere, startVerifying, VERDICT_WAIT_MS, type Verifying } from '../support/verifying.ts';

const OBJECTS = [
  code('numbers', 'import random\nvalues = [random.random() for _ in range(5)]\nprint(values)'),
  code(
    'plot',
    "from praxis import artifact, display\nartifact('values.csv', '\\n'.join(map(str, values)), 'text/csv')\nsum(values)",
  ),
  code('script', "import { sum } from 'd3-array';\nconsole.log([3, 1, 2].sort()); sum([6, 36])", {
    runtime: { language: 'javascript' },
  }),
];

let path: Verifying;
beforeAll(async () => {
  path = await startVerifying();
});
afterAll(() => path.close());

async function newJob(objects = OBJECTS): ReturnType<Verifying['newJob']> {
  const { revisionId } = await saveDocument(path.author, objects);
  return path.newJob(revisionId);
}

describe('an honest claim', () => {
  it('is verified, and its attestation can be checked without the server', async () => {
    const job = await newJob();
    const result = await runHere(job.program);
    expect(result.record.outcome).toBe('succeeded');
    const first = await path.claim(job.id, result.record);
    expect(first.body.missing).toEqual([...result.blobs.keys()]);
    const second = await path.claimWithBytes(job.id, result);
    expect(second.body.trust).toBe('claimed');

    const verdict = await path.verdictOf(job.id);
    expect(verdict.body.verdict).toBe('MATCH');
    const { stdout } = await path.checkAttestation(job.id);
    expect(stdout).toContain(result.run_digest);

    // One byte of the signed statement changed: no longer valid.
    const forged = path.checkAttestation(job.id, (envelope) => {
      const parsed = JSON.parse(envelope) as { payload: string };
      const payload = Buffer.from(parsed.payload, 'base64');
      payload[payload.length >> 1] = (payload[payload.length >> 1] ?? 0) ^ 1;
      return JSON.stringify({ ...parsed, payload: payload.toString('base64') });
    });
    await expect(forged).rejects.toMatchObject({ code: 1 });
  }, 240_000);
});

describe('a tampered claim', () => {
  it('with one character of an output changed is a mismatch that names the step', async () => {
    const job = await newJob([code('only', "print('the answer is 41')")]);
    const { record } = await runHere(job.program);
    const text = JSON.stringify(record).replace('the answer is 41', 'the answer is 42');
    must(200, await path.claim(job.id, JSON.parse(text) as RunRecord));
    const verdict = await path.verdictOf(job.id);
    expect(verdict.body.verdict).toBe('MISMATCH');
    expect(verdict.text).toContain('"object_id":"only"');
    const attestation = await path.author.get(`/jobs/${job.id}/attestation`);
    expect(attestation.status).toBe(404);
  }, 240_000);

  it('with one unit of fuel changed is a mismatch', async () => {
    const job = await newJob([code('only', 'sum(range(1000))')]);
    const { record } = await runHere(job.program);
    const [step] = record.steps;
    if (!step) throw new Error('expected a step');
    const forged = { ...record, fuel: record.fuel + 1, steps: [{ ...step, fuel: step.fuel + 1 }] };
    must(200, await path.claim(job.id, forged));
    const verdict = await path.verdictOf(job.id);
    expect(verdict.body.verdict).toBe('MISMATCH');
  }, 240_000);

  it('for another program is refused', async () => {
    const [job, other] = [await newJob([code('a', '1')]), await newJob([code('a', '2')])];
    const { record } = await runHere(other.program);
    const reply = await path.claim(job.id, record);
    expect(reply.status).toBe(422);
  }, 240_000);

  it('whose artifact has other bytes than its digest cannot be completed', async () => {
    const bytes = new TextEncoder().encode('a,b\n1,2\n');
    const ticket = must(201, await reserve(path.author, bytes, 'text/csv'));
    const other = new TextEncoder().encode('a,b\n1,3\n');
    const put = await send(path.author, ticket, other);
    expect(put.status).toBe(422);
    const complete = await path.author.post(`/uploads/${ticket.body.upload_id}/complete`);
    expect(complete.status).toBeGreaterThanOrEqual(400);
  });
});

describe('who may', () => {
  it('a viewer reads but does not execute, and another workspace is not there', async () => {
    const { revisionId, documentId } = await saveDocument(path.author, OBJECTS);
    const viewer = await path.register();
    const stranger = await path.register();
    must(
      201,
      await path.author.post(`/workspaces/${path.author.workspaceId}/members`, { email: viewer.email, role: 'viewer' }),
    );
    expect((await viewer.get(`/documents/${documentId}`)).status).toBe(200);
    const body = { job_type: 'document_execute', document_revision_id: revisionId, executor: 'client' };
    expect((await viewer.post(`/workspaces/${path.author.workspaceId}/jobs`, body)).status).toBe(403);
    expect((await stranger.get(`/documents/${documentId}`)).status).toBe(404);
    expect((await stranger.post(`/workspaces/${path.author.workspaceId}/jobs`, body)).status).toBe(404);
    expect((await stranger.post(`/workspaces/${stranger.workspaceId}/jobs`, body)).status).toBe(404);
  });
});

describe('a run by the server', () => {
  it('is verified at once, and a limit that it meets is a typed result', async () => {
    const { revisionId } = await saveDocument(path.author, [code('loop', 'while True: pass')]);
    const job = must(
      201,
      await createJob(path.author, revisionId, { executor: 'server', limits: { fuel: 300_000_000 } }),
    );
    const deadline = Date.now() + VERDICT_WAIT_MS;
    let status = '';
    let text = '';
    while (!['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'CANCELLED'].includes(status)) {
      if (Date.now() > deadline) throw new Error(`the job did not end: ${text}`);
      const reply = must(200, await path.author.get(`/jobs/${job.body.id}`));
      status = String(reply.body.status);
      text = reply.text;
      await sleep(250);
    }
    expect(text).toContain('RESOURCE_LIMIT');
    expect(text).toContain('FUEL');
  }, 240_000);
});
