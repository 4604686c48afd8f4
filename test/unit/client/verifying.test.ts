import { describe, expect, test } from 'vitest';
import type { Api } from '../../../client/src/api/api.ts';
import type { ClaimAnswer, Job, JobVerdict } from '../../../client/src/api/jobs.ts';
import { ApiProblem } from '../../../client/src/api/problems.ts';
import type { Program, RunRecord, RunResult } from '../../../client/src/kernel/runtime.ts';
import { describeBlob, verify, type VerifyContext, type VerifyRequest } from '../../../client/src/trust/verifying.ts';

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const record: RunRecord = {
  schema_version: '1.0',
  program_digest: digest('0'),
  env_version: `python@${digest('1')}`,
  outcome: 'succeeded',
  error: null,
  fuel: 42,
  memory_bytes_peak: 1,
  steps: [
    {
      object_id: 'a',
      outcome: 'succeeded',
      fuel: 42,
      outputs: [{ type: 'display', data: { 'image/png': { digest: digest('d'), size_bytes: 2 } }, metadata: {} }],
    },
  ],
  artifacts: [{ name: 'data.csv', media_type: 'text/csv', digest: digest('e'), size_bytes: 3, step: 'a' }],
};
const program: Program = {
  schema_version: '1.0',
  env_version: record.env_version,
  seed: '0'.repeat(64),
  epoch_ms: 0,
  clock: 'virtual',
  steps: [{ object_id: 'a', language: 'python', source: '', parameters: {}, events: [] }],
  inputs: [],
  limits: {
    fuel: 1,
    memory_mb: 64,
    timeout_ms: 1,
    cpu_ms: 1,
    max_output_kb: 1,
    max_artifacts: 0,
    max_artifact_kb: 0,
    max_file_kb: 0,
    max_files: 0,
  },
};
const result: RunResult = {
  program,
  record,
  run_digest: digest('f'),
  observed: { duration_ms: 1, engine_start_ms: 1, host: 'test' },
  blobs: new Map([
    [digest('d'), new Uint8Array(2)],
    [digest('e'), new Uint8Array(3)],
  ]),
};
const job = (change: Partial<Job> = {}): Job => ({
  id: 'j',
  status: 'RUNNING',
  trust: null,
  executor: 'client',
  document_revision_id: 'r',
  finished_at: null,
  error: null,
  program,
  ...change,
});
const verdict = (change: Partial<JobVerdict> = {}): JobVerdict => ({
  verdict: 'MATCH',
  code: null,
  reason: 'same',
  created_at: '2026-01-01T00:00:00Z',
  ...change,
});

interface Script {
  created?: Job;
  claims?: ClaimAnswer[];
  polled?: Job[];
  verdict?: JobVerdict;
  replay?: () => Promise<JobVerdict>;
  run?: () => Promise<RunResult>;
}

/** A server that answers as the script says, and a log of what was asked of it. */
function scene(script: Script) {
  const log: string[] = [];
  const claims = script.claims ?? [{ missing: [], job: job({ status: 'SUCCEEDED', trust: 'claimed' }) }];
  const polled = script.polled ?? [job({ status: 'SUCCEEDED', trust: 'verified' })];
  const answer = <T>(name: string, value: T): Promise<T> => {
    log.push(name);
    return Promise.resolve(value);
  };
  const api = {
    jobs: {
      create: (_workspace: string, body: { executor: string }) =>
        answer(`create ${body.executor}`, script.created ?? job()),
      get: () => answer('get', polled.length > 1 ? (polled.shift() ?? job()) : (polled[0] ?? job())),
      claim: () => answer('claim', claims.shift() ?? { missing: [], job: null }),
      replay: () => script.replay?.() ?? answer('replay', verdict({ verdict: null, code: 'pending' })),
      cancel: () => answer('cancel', undefined),
      result: () => answer('result', { record }),
      verdict: () => answer('verdict', script.verdict ?? verdict()),
    },
    artifacts: {
      upload: (_workspace: string, upload: { name: string; media_type: string }) =>
        answer(`upload ${upload.name} ${upload.media_type}`, undefined),
    },
  };
  const seen: string[] = [];
  const context: VerifyContext = {
    // Only these parts of the API are used by the code under test.
    api: api as unknown as Api,
    run: (_program, { onStep }) => {
      log.push('run');
      onStep(1);
      return script.run?.() ?? Promise.resolve(result);
    },
    newKey: () => 'key',
    sleep: () => Promise.resolve(),
    signal: new AbortController().signal,
    onStage: () => undefined,
    onRecord: (_record, _blobs, trust) => seen.push(trust.state),
  };
  return { context, log, seen };
}

const request: VerifyRequest = { workspaceId: 'w', revisionId: 'r', executor: 'client', limits: {}, events: {} };

describe('verifying', () => {
  test('runs here, uploads what is missing, claims again, and waits for the verdict', async () => {
    const { context, log, seen } = scene({
      claims: [
        { missing: [digest('d'), digest('e')], job: null },
        { missing: [], job: job({ status: 'SUCCEEDED', trust: 'claimed' }) },
      ],
      polled: [job({ status: 'SUCCEEDED', trust: 'claimed' }), job({ status: 'SUCCEEDED', trust: 'verified' })],
    });
    const trust = await verify(context, request);
    expect(trust).toMatchObject({ state: 'verified', job_id: 'j', revision_id: 'r', fuel: 42, reason: 'same' });
    expect(log).toEqual([
      'create client',
      'run',
      'claim',
      'upload display image/png',
      'upload data.csv text/csv',
      'claim',
      'replay',
      'get',
      'verdict',
      'get',
      'verdict',
      'result',
    ]);
    expect(seen).toEqual(['draft', 'verified']);
  });

  test('identical work that was verified before is not done again', async () => {
    const { context, log, seen } = scene({ created: job({ status: 'SUCCEEDED', trust: 'verified' }) });
    expect((await verify(context, request)).state).toBe('verified');
    expect(log).not.toContain('run');
    expect(log).not.toContain('claim');
    expect(seen).toEqual(['verified']);
  });

  test('a mismatch is an outcome, not an error', async () => {
    const { context } = scene({
      polled: [job({ status: 'SUCCEEDED', trust: 'mismatch' })],
      verdict: verdict({ verdict: 'MISMATCH', reason: 'step 1 differs' }),
    });
    expect(await verify(context, request)).toMatchObject({ state: 'mismatch', reason: 'step 1 differs' });
  });

  test('where the server cannot replay, the claim stays a claim and says why', async () => {
    const { context, log } = scene({
      polled: [job({ status: 'SUCCEEDED', trust: 'claimed' })],
      verdict: verdict({ verdict: 'UNVERIFIABLE', code: 'replay_unavailable', reason: 'no jail' }),
    });
    expect(await verify(context, request)).toMatchObject({ state: 'claimed', reason: 'no jail' });
    expect(log.filter((entry) => entry === 'get')).toHaveLength(1);
  });

  test('a replay that was faster than the question is no error; another refusal is', async () => {
    const refusal = (code: string) => () =>
      Promise.reject(new ApiProblem({ status: 409, code, message: 'm', errors: [], requestId: null }));
    await expect(verify(scene({ replay: refusal('job_state') }).context, request)).resolves.toMatchObject({
      state: 'verified',
    });
    await expect(verify(scene({ replay: refusal('other') }).context, request)).rejects.toThrow('m');
  });

  test('a run that fails here gives the lease back', async () => {
    const { context, log } = scene({ run: () => Promise.reject(new Error('no sandbox')) });
    await expect(verify(context, request)).rejects.toThrow('no sandbox');
    expect(log).toEqual(['create client', 'run', 'cancel']);
  });

  test('a server that never finds the bytes does not make a loop', async () => {
    const missing = { missing: [digest('d')], job: null };
    const { context, log } = scene({ claims: [missing, missing, missing, missing, missing] });
    await expect(verify(context, request)).rejects.toThrow('did not find what was uploaded');
    expect(log.filter((entry) => entry === 'claim')).toHaveLength(3);
  });

  test('bytes that this run did not make are not invented', async () => {
    const { context } = scene({ claims: [{ missing: [digest('9')], job: null }] });
    await expect(verify(context, request)).rejects.toThrow('did not make');
  });

  test('on the server nothing runs here', async () => {
    const { context, log } = scene({ created: job({ status: 'QUEUED', executor: 'server' }) });
    expect((await verify(context, { ...request, executor: 'server' })).state).toBe('verified');
    expect(log).toEqual(['create server', 'get', 'verdict', 'result']);
  });
});

test('bytes are uploaded under their own name and type', () => {
  expect(describeBlob(record, digest('e'))).toEqual({ name: 'data.csv', media_type: 'text/csv', purpose: 'artifact' });
  expect(describeBlob(record, digest('d'))).toEqual({ name: 'display', media_type: 'image/png', purpose: 'display' });
});
