/** Jobs: what runs, who runs it, and what becomes of it, over HTTP. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, must, registered } from '../../support/server/client.ts';
import { writeEnvironment } from '../../support/server/environment.ts';
import {
  claimedJob,
  code,
  createJob,
  PNG,
  recordFor,
  saveDocument,
  sha256,
  upload,
} from '../../support/server/flows.ts';
import { startServer, type TestServer } from '../../support/server/server.ts';

let server: TestServer;
let client: Client;
beforeAll(async () => {
  server = await startServer({
    configuration: { quotas: { storageBytes: 1e9, uploadBytes: 1e6, openUploads: 100, runningJobs: 1000 } },
  });
  client = await registered(server);
});
afterAll(() => server.close());

describe('the program of a job', () => {
  const objects = [
    code('unrelated', 'raise SystemExit'),
    code('late', 'y = x + 1', { semantics: { dependencies: ['early'] } }),
    code('early', 'x = 1', { runtime: { language: 'python', parameters: { n: 2 } } }),
    { id: 'prose', type: 'text', content: { markdown: 'text' } },
  ];

  it('is every code object in order for a document', async () => {
    const { revisionId } = await saveDocument(client, objects);
    const { payload } = must(201, await createJob(client, revisionId)).body;
    expect(payload.program.steps.map((step) => step.object_id)).toEqual(['unrelated', 'late', 'early']);
    expect(payload.inputs.object).toBeNull();
    expect(payload.inputs.dependency_snapshots).toHaveLength(3);
  });

  it('is an object and what it needs, needed things first, for an object', async () => {
    const { revisionId } = await saveDocument(client, objects);
    const job = await createJob(client, revisionId, { job_type: 'object_execute', target: { object_id: 'late' } });
    const { payload } = must(201, job).body;
    expect(payload.program.steps.map((step) => [step.object_id, step.source, step.parameters])).toEqual([
      ['early', 'x = 1', { n: 2 }],
      ['late', 'y = x + 1', {}],
    ]);
    expect(payload.inputs.object).toMatchObject({ object_id: 'late', content: { source: 'y = x + 1' } });
  });

  it('has limits that the server clamps', async () => {
    const { revisionId } = await saveDocument(client);
    const { payload } = must(
      201,
      await createJob(client, revisionId, { limits: { fuel: 5, memory_mb: 2048, max_artifacts: 10_000 } }),
    ).body;
    expect(payload.program.limits).toMatchObject({
      fuel: 5,
      memory_mb: 1024,
      max_artifacts: 1000,
      timeout_ms: 120_000,
    });
    expect(payload.limits).toEqual(payload.program.limits);
    const wrong = [
      { limits: { fuel: -1 } },
      { limits: { fuel: 1.5 } },
      { limits: { gpu: 1 } },
      { env_version: 'x' },
      { program: {} },
    ];
    for (const more of wrong) expect((await createJob(client, revisionId, more)).status).toBe(422);
  });

  it('carries the events that a person gave, for objects that run', async () => {
    const { revisionId } = await saveDocument(client);
    const events = { a: [{ kind: 'stdin', text: 'Ada' }] };
    expect(must(201, await createJob(client, revisionId, { events })).body.payload.program.steps[0]?.events).toEqual(
      events.a,
    );
    expect((await createJob(client, revisionId, { events: { nobody: [] } })).status).toBe(422);
  });

  it('reads the data of the document, if the workspace has it', async () => {
    const bytes = new TextEncoder().encode('a,b\n1,2\n');
    const content = { name: 'table.csv', digest: sha256(bytes), size_bytes: bytes.length, media_type: 'text/csv' };
    const { revisionId } = await saveDocument(client, [{ id: 'd', type: 'dataset', content }, code('a', '')]);
    const missing = await createJob(client, revisionId);
    expect([missing.status, missing.body.code]).toEqual([422, 'input_missing']);
    await upload(client, bytes, 'text/csv');
    const { program } = must(201, await createJob(client, revisionId)).body.payload;
    expect(program.inputs).toEqual([
      { path: '/data/table.csv', digest: content.digest, size_bytes: bytes.length, media_type: 'text/csv' },
    ]);
  });

  it.each([
    ['a revision without code', [{ id: 't', type: 'text', content: { markdown: '' } }], {}, 'nothing_to_run'],
    [
      'an object that is not there',
      [code('a', '')],
      { job_type: 'object_execute', target: { object_id: 'b' } },
      'nothing_to_run',
    ],
    ['an object without an object', [code('a', '')], { job_type: 'object_execute' }, 'validation_error'],
    ['a document with an object', [code('a', '')], { target: { object_id: 'a' } }, 'validation_error'],
    [
      'an unknown environment',
      [code('a', '', { runtime: { language: 'python', environment: 'cobol' } })],
      {},
      'environment_unknown',
    ],
    [
      'two environments',
      [
        code('a', '', { runtime: { language: 'python', environment: 'one' } }),
        code('b', '', { runtime: { language: 'python', environment: 'two' } }),
      ],
      {},
      'validation_error',
    ],
  ])('cannot be made of %s', async (_what, wrong, more, expected) => {
    const { revisionId } = await saveDocument(client, wrong);
    const reply = await createJob(client, revisionId, more);
    expect([reply.status, reply.body.code]).toEqual([422, expected]);
  });

  it('of code that names none gets the smallest environment that has what the document imports', async () => {
    const data = writeEnvironment(join(server.data, 'environments'), 'data', ['numpy']);
    const sources = [code('a', 'import json'), code('b', 'import numpy as np'), code('c', 'print(1)')];
    const { revisionId } = await saveDocument(client, sources);
    expect(must(201, await createJob(client, revisionId)).body.env_version).toBe(data);
    const one = { job_type: 'object_execute', target: { object_id: 'c' } };
    expect(must(201, await createJob(client, revisionId, one)).body.env_version).toBe(data);
    const plain = await saveDocument(client, [code('a', 'import json')]);
    expect(must(201, await createJob(client, plain.revisionId)).body.env_version).toBe(server.envVersion);
    const said = await saveDocument(client, [
      code('a', 'import numpy', { runtime: { language: 'python', environment: 'python' } }),
    ]);
    expect(must(201, await createJob(client, said.revisionId)).body.env_version).toBe(server.envVersion);
  });

  it('names an environment by its version, too', async () => {
    const { revisionId } = await saveDocument(client, [
      code('a', '', { runtime: { language: 'python', environment: server.envVersion } }),
    ]);
    expect(must(201, await createJob(client, revisionId)).body.env_version).toBe(server.envVersion);
  });
});

describe('a claim', () => {
  it('is refused when it breaks its program in any way', async () => {
    const { revisionId } = await saveDocument(client, [code('a', ''), code('b', '')]);
    const { body: job } = must(201, await createJob(client, revisionId));
    const good = recordFor(job.payload.program, job.program_digest);
    const step = (outcome: string, id: string) => ({ object_id: id, outcome, fuel: 1, outputs: [] });
    const error = { category: 'USER_CODE_ERROR', code: 'PYTHON_EXCEPTION', message: 'x', details: {} };
    const cases: [string, Record<string, unknown>, string][] = [
      ['another program', { program_digest: sha256('other') }, 'program_digest_mismatch'],
      ['another environment', { env_version: `python@${sha256('other')}` }, 'record_rejected'],
      ['success with an error', { error }, 'record_rejected'],
      ['failure without one', { outcome: 'failed' }, 'record_rejected'],
      ['failure with an error of limits', { outcome: 'limit', error }, 'record_rejected'],
      ['too few steps', { steps: good.steps.slice(0, 1) }, 'record_rejected'],
      ['too many steps', { steps: [...good.steps, step('succeeded', 'c')] }, 'record_rejected'],
      ['steps in another order', { steps: good.steps.toReversed() }, 'record_rejected'],
      [
        'a step after a failure',
        { outcome: 'failed', error, steps: [step('failed', 'a'), step('succeeded', 'b')] },
        'record_rejected',
      ],
      ['success whose last step failed', { steps: [step('succeeded', 'a'), step('failed', 'b')] }, 'record_rejected'],
      [
        'an artifact of nobody',
        { artifacts: [{ name: 'x', media_type: 'text/csv', digest: sha256(''), size_bytes: 0, step: 'zz' }] },
        'record_rejected',
      ],
      ['too many artifacts', { artifacts: manyArtifacts(101) }, 'record_rejected'],
      [
        'artifacts that are too large',
        { artifacts: [{ name: 'x', media_type: 'text/csv', digest: sha256(''), size_bytes: 2 ** 40, step: 'a' }] },
        'record_rejected',
      ],
      [
        'one digest with two sizes',
        { artifacts: [artifact(sha256('x'), 1), artifact(sha256('x'), 2)] },
        'record_rejected',
      ],
      [
        'output beyond the limit',
        {
          steps: [
            { ...step('succeeded', 'a'), outputs: [{ type: 'stream', name: 'stdout', text: 'x'.repeat(2_000_000) }] },
            step('succeeded', 'b'),
          ],
        },
        'record_rejected',
      ],
      ['an unknown field', { trusted: true }, 'validation_error'],
      ['negative fuel', { fuel: -1 }, 'validation_error'],
      [
        'an unknown output',
        { steps: [{ ...step('succeeded', 'a'), outputs: [{ type: 'script' }] }, step('succeeded', 'b')] },
        'validation_error',
      ],
    ];
    for (const [what, change, expected] of cases) {
      const reply = await client.post(`/jobs/${job.id}/claim`, { record: { ...good, ...change } });
      expect([what, reply.status, reply.body.code]).toEqual([what, 422, expected]);
    }
    must(200, await client.post(`/jobs/${job.id}/claim`, { record: good }));
  });

  it('of a failure makes the job FAILED, of a time limit TIMED_OUT', async () => {
    const fail = async (outcome: string, category: string, errorCode: string) => {
      const { revisionId } = await saveDocument(client);
      const { body: job } = must(201, await createJob(client, revisionId));
      const good = recordFor(job.payload.program, job.program_digest);
      const error = { category, code: errorCode, message: 'because', details: { step: 'a', line: 1 } };
      const record = { ...good, outcome, error, steps: [{ object_id: 'a', outcome, fuel: 1, outputs: [] }] };
      return must(200, await client.post(`/jobs/${job.id}/claim`, { record })).body;
    };
    expect(await fail('failed', 'USER_CODE_ERROR', 'PYTHON_EXCEPTION')).toMatchObject({
      status: 'FAILED',
      error: { message: 'because' },
    });
    expect((await fail('limit', 'RESOURCE_LIMIT', 'FUEL')).status).toBe('FAILED');
    expect((await fail('limit', 'RESOURCE_LIMIT', 'WALL_CLOCK')).status).toBe('TIMED_OUT');
  });

  it('may be sent again by a client that lost the answer, but not be exchanged', async () => {
    const { job, record } = await claimedJob(client);
    expect(must(200, await client.post(`/jobs/${job.id}/claim`, { record })).body.status).toBe('SUCCEEDED');
    const other = await client.post(`/jobs/${job.id}/claim`, { record: { ...record, fuel: 7 } });
    expect([other.status, other.body.code]).toEqual([409, 'job_not_running']);
  });

  it('is taken from the person whose browser has the job, and nobody else', async () => {
    const colleague = await registered(server);
    must(
      201,
      await client.post(`/workspaces/${client.workspaceId}/members`, { email: colleague.email, role: 'editor' }),
    );
    const { revisionId } = await saveDocument(client);
    const { body: job } = must(201, await createJob(client, revisionId));
    const record = recordFor(job.payload.program, job.program_digest);
    const reply = await colleague.post(`/jobs/${job.id}/claim`, { record });
    expect([reply.status, reply.body.code]).toEqual([403, 'not_the_executor']);
  });

  it('that comes after the cancellation is dropped', async () => {
    const { revisionId } = await saveDocument(client);
    const { body: job } = must(201, await createJob(client, revisionId));
    expect(must(200, await client.post(`/jobs/${job.id}/cancel`)).body.status).toBe('CANCELLED');
    const late = await client.post(`/jobs/${job.id}/claim`, {
      record: recordFor(job.payload.program, job.program_digest),
    });
    expect([late.status, late.body.code]).toEqual([409, 'job_not_running']);
    expect((await client.get(`/jobs/${job.id}/result`)).status).toBe(404);
    expect((await client.post(`/jobs/${job.id}/cancel`)).status).toBe(409);
  });

  it('that comes after the lease is dropped, and the job has timed out', async () => {
    const own = await startServer();
    try {
      const person = await registered(own);
      const { revisionId } = await saveDocument(person);
      const { body: job } = must(201, await createJob(person, revisionId));
      const { body: forgotten } = must(201, await createJob(person, revisionId, { limits: { fuel: 1 } }));
      own.advance(3 * 60 * 60_000);
      const late = await person.post(`/jobs/${job.id}/claim`, {
        record: recordFor(job.payload.program, job.program_digest),
      });
      expect([late.status, late.body.code]).toEqual([409, 'job_not_running']);
      expect((await person.get(`/jobs/${job.id}`)).body).toMatchObject({
        status: 'TIMED_OUT',
        error: { category: 'RESOURCE_LIMIT' },
      });
      await own.app.sweep();
      const listed = (await person.get(`/workspaces/${person.workspaceId}/jobs`)).body.items;
      expect(listed.find((item) => item.id === forgotten.id)?.status).toBe('TIMED_OUT');
    } finally {
      await own.close();
    }
  });

  it('asks for bytes of its own workspace only, whoever else has them', async () => {
    const rich = await registered(server);
    await upload(rich, PNG, 'image/png');
    const poor = await registered(server);
    const { revisionId } = await saveDocument(poor);
    const { body: job } = must(201, await createJob(poor, revisionId));
    const record = recordFor(job.payload.program, job.program_digest, { display: PNG });
    expect((await poor.post(`/jobs/${job.id}/claim`, { record })).body).toEqual({ missing: [sha256(PNG)] });
  });
});

describe('making jobs', () => {
  it('answers at once with what has been verified before, in any revision of the workspace', async () => {
    const { job, revisionId, documentId } = await claimedJob(client, [
      code('fresh', `x = ${JSON.stringify(randomUUID())}`),
    ]);
    // A mere claim is no reason to believe it.
    const second = must(201, await createJob(client, revisionId)).body;
    expect([second.status, second.reused_from]).toEqual(['RUNNING', undefined]);
    await server.deps.database('jobs').where({ id: job.id }).update({ trust: 'verified' });
    expect(must(200, await createJob(client, revisionId)).body.id).toBe(job.id);

    const { objects } = (await client.get(`/revisions/${revisionId}`)).body;
    const next = {
      parent_revision_id: revisionId,
      message: 'more text',
      objects: [...objects, { id: 't', type: 'text', content: { markdown: '' } }],
    };
    const revision = must(201, await client.post(`/documents/${documentId}/revisions`, next)).body;
    const reused = must(201, await createJob(client, revision.id)).body;
    expect(reused).toMatchObject({
      status: 'SUCCEEDED',
      trust: 'verified',
      reused_from: job.id,
      execution_key: job.execution_key,
    });
    expect((await client.get(`/revisions/${revision.id}/outputs`)).body.items).toMatchObject([
      { object_id: 'fresh', trust: 'verified' },
    ]);
    expect((await client.get(`/jobs/${reused.id}/result`)).body.status).toBe('SUCCEEDED');

    // Another workspace has to do its own work.
    const stranger = await registered(server);
    const saved = await saveDocument(stranger, objects);
    expect(must(201, await createJob(stranger, saved.revisionId)).body.status).toBe('RUNNING');
  });

  it('is refused for the server where replay is not available, and the verdict of claims says so', async () => {
    const { job, revisionId } = await claimedJob(client);
    server.replay.availability = {
      available: false,
      reason: 'Replay is switched off on this server: there is no bubblewrap.',
    };
    try {
      const refused = await createJob(client, revisionId, { executor: 'server' });
      expect([refused.status, refused.body.code]).toEqual([503, 'replay_unavailable']);
      const verdict = (await client.get(`/jobs/${job.id}/verdict`)).body;
      expect(verdict).toMatchObject({ verdict: 'UNVERIFIABLE', code: 'replay_unavailable', trust: 'claimed' });
      expect(verdict.reason).toContain('bubblewrap');
    } finally {
      server.replay.availability = { available: true };
    }
  });

  it('stops at the quota', async () => {
    const own = await startServer({
      configuration: { quotas: { storageBytes: 1e9, uploadBytes: 1e6, openUploads: 100, runningJobs: 2 } },
    });
    try {
      const person = await registered(own);
      const { revisionId } = await saveDocument(person);
      const replies = await Promise.all(Array.from({ length: 5 }, () => createJob(person, revisionId)));
      expect(replies.map((reply) => reply.status).toSorted((a, b) => a - b)).toEqual([201, 201, 413, 413, 413]);
      expect(replies.find((reply) => reply.status === 413)?.body.code).toBe('quota_exceeded');
    } finally {
      await own.close();
    }
  });
});

const artifact = (digest: string, size_bytes: number) => ({
  name: 'x',
  media_type: 'text/csv',
  digest,
  size_bytes,
  step: 'a',
});
const manyArtifacts = (count: number) => Array.from({ length: count }, () => artifact(sha256(''), 0));
