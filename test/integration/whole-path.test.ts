/**
 * The whole path once, with nothing standing in: a real server process, its replay worker in the jail, real engines. The
 * claim is made by the runtime in Node, which gives the same records as a browser (`test/e2e` shows that).
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { run, type Program, type RunRecord, type RunResult } from '@praxis/wasm-runtime';
import { createNodeHost, directoryEnvironments } from '@praxis/wasm-runtime/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { detectJail } from '../../server/src/replay/jail.ts';
import { Client, must, type Reply } from '../support/server/client.ts';
import { code, createJob, reserve, saveDocument, send, upload } from '../support/server/flows.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';

const PRAXIS = join(import.meta.dirname, '../../server/bin/praxis.js');
const VERDICT_WAIT_MS = 120_000;

const OBJECTS = [
  code('numbers', 'import random\nvalues = [random.random() for _ in range(5)]\nprint(values)'),
  code(
    'plot',
    "from praxis import artifact, display\nartifact('values.csv', '\\n'.join(map(str, values)), 'text/csv')\nsum(values)",
  ),
  code('script', 'console.log([3, 1, 2].sort()); 6 * 7', { runtime: { language: 'javascript' } }),
];

let server: ServerProcess;
let author: Client;
let folder: string;

beforeAll(async () => {
  const jail = await detectJail();
  server = await startServer(jail.available ? [] : ['--unjailed-replay']);
  author = await clientOf(server).register();
  folder = await mkdtemp(join(tmpdir(), 'praxis-path-'));
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

function clientOf({ url }: ServerProcess): Client {
  return new Client({ origin: url } as ConstructorParameters<typeof Client>[0]);
}

const runHere = (program: Program): Promise<RunResult> =>
  run(program, { host: createNodeHost(), environments: directoryEnvironments() });

async function newJob(objects = OBJECTS): Promise<{ id: string; program: Program }> {
  const { revisionId } = await saveDocument(author, objects);
  const job = must(201, await createJob(author, revisionId));
  return { id: job.body.id, program: job.body.payload.program };
}

async function claim(jobId: string, record: RunRecord): Promise<Reply> {
  return author.post(`/jobs/${jobId}/claim`, { record });
}

async function verdictOf(jobId: string): Promise<Reply> {
  const deadline = Date.now() + VERDICT_WAIT_MS;
  for (;;) {
    const reply = await author.get(`/jobs/${jobId}/verdict`);
    if (reply.status === 200 && reply.body.verdict) return reply;
    if (Date.now() > deadline) throw new Error(`no verdict: ${reply.status} ${reply.text}\n${server.log()}`);
    await sleep(250);
  }
}

describe('an honest claim', () => {
  it('is verified, and its attestation can be checked without the server', async () => {
    const job = await newJob();
    const { record, run_digest, blobs } = await runHere(job.program);
    expect(record.outcome).toBe('succeeded');
    const first = await claim(job.id, record);
    expect(first.body.missing).toEqual([...blobs.keys()]);
    for (const bytes of blobs.values()) await upload(author, bytes, 'text/csv');
    const second = must(200, await claim(job.id, record));
    expect(second.body.trust).toBe('claimed');

    const verdict = await verdictOf(job.id);
    expect(verdict.body.verdict).toBe('MATCH');
    const envelope = must(200, await author.get(`/jobs/${job.id}/attestation`));
    const keys = must(200, await author.get('/keys'));
    await writeFile(join(folder, 'attestation.json'), envelope.text);
    await writeFile(join(folder, 'key.pem'), keys.body.keys[0]?.public_key_pem ?? '');
    const verify = (file: string) =>
      promisify(execFile)(process.execPath, [
        PRAXIS,
        'verify',
        join(folder, file),
        '--key',
        join(folder, 'key.pem'),
        '--replay',
      ]);
    const { stdout } = await verify('attestation.json');
    expect(stdout).toContain(run_digest);

    // One byte of the signed statement changed: no longer valid.
    const parsed = JSON.parse(envelope.text) as { payload: string };
    const payload = Buffer.from(parsed.payload, 'base64');
    payload[payload.length >> 1] = (payload[payload.length >> 1] ?? 0) ^ 1;
    await writeFile(join(folder, 'forged.json'), JSON.stringify({ ...parsed, payload: payload.toString('base64') }));
    await expect(verify('forged.json')).rejects.toMatchObject({ code: 1 });
  }, 240_000);
});

describe('a tampered claim', () => {
  it('with one character of an output changed is a mismatch that names the step', async () => {
    const job = await newJob([code('only', "print('the answer is 41')")]);
    const { record } = await runHere(job.program);
    const text = JSON.stringify(record).replace('the answer is 41', 'the answer is 42');
    must(200, await claim(job.id, JSON.parse(text) as RunRecord));
    const verdict = await verdictOf(job.id);
    expect(verdict.body.verdict).toBe('MISMATCH');
    expect(verdict.text).toContain('"object_id":"only"');
    const attestation = await author.get(`/jobs/${job.id}/attestation`);
    expect(attestation.status).toBe(404);
  }, 240_000);

  it('with one unit of fuel changed is a mismatch', async () => {
    const job = await newJob([code('only', 'sum(range(1000))')]);
    const { record } = await runHere(job.program);
    const [step] = record.steps;
    if (!step) throw new Error('expected a step');
    const forged = { ...record, fuel: record.fuel + 1, steps: [{ ...step, fuel: step.fuel + 1 }] };
    must(200, await claim(job.id, forged));
    const verdict = await verdictOf(job.id);
    expect(verdict.body.verdict).toBe('MISMATCH');
  }, 240_000);

  it('for another program is refused', async () => {
    const [job, other] = [await newJob([code('a', '1')]), await newJob([code('a', '2')])];
    const { record } = await runHere(other.program);
    const reply = await claim(job.id, record);
    expect(reply.status).toBe(422);
  }, 240_000);

  it('whose artifact has other bytes than its digest cannot be completed', async () => {
    const bytes = new TextEncoder().encode('a,b\n1,2\n');
    const ticket = must(201, await reserve(author, bytes, 'text/csv'));
    const other = new TextEncoder().encode('a,b\n1,3\n');
    const put = await send(author, ticket, other);
    expect(put.status).toBe(422);
    const complete = await author.post(`/uploads/${ticket.body.upload_id}/complete`);
    expect(complete.status).toBeGreaterThanOrEqual(400);
  });
});

describe('who may', () => {
  it('a viewer reads but does not execute, and another workspace is not there', async () => {
    const { revisionId, documentId } = await saveDocument(author, OBJECTS);
    const viewer = await clientOf(server).register();
    const stranger = await clientOf(server).register();
    must(201, await author.post(`/workspaces/${author.workspaceId}/members`, { email: viewer.email, role: 'viewer' }));
    expect((await viewer.get(`/documents/${documentId}`)).status).toBe(200);
    const body = { job_type: 'document_execute', document_revision_id: revisionId, executor: 'client' };
    expect((await viewer.post(`/workspaces/${author.workspaceId}/jobs`, body)).status).toBe(403);
    expect((await stranger.get(`/documents/${documentId}`)).status).toBe(404);
    expect((await stranger.post(`/workspaces/${author.workspaceId}/jobs`, body)).status).toBe(404);
    expect((await stranger.post(`/workspaces/${stranger.workspaceId}/jobs`, body)).status).toBe(404);
  });
});

describe('a run by the server', () => {
  it('is verified at once, and a limit that it meets is a typed result', async () => {
    const { revisionId } = await saveDocument(author, [code('loop', 'while True: pass')]);
    const job = must(201, await createJob(author, revisionId, { executor: 'server', limits: { fuel: 300_000_000 } }));
    const deadline = Date.now() + VERDICT_WAIT_MS;
    let status = '';
    let text = '';
    while (!['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'CANCELLED'].includes(status)) {
      if (Date.now() > deadline) throw new Error(`the job did not end: ${text}`);
      const reply = must(200, await author.get(`/jobs/${job.body.id}`));
      status = String(reply.body.status);
      text = reply.text;
      await sleep(250);
    }
    expect(text).toContain('RESOURCE_LIMIT');
    expect(text).toContain('FUEL');
  }, 240_000);
});
