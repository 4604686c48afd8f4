/** Queue, leases and attempts of the replay worker, against a real database. The sandbox is a small interpreter of sums. */
import { RunFailure } from '@praxis/wasm-runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Replayer } from '../../../server/src/replay/replayer.ts';
import { DEFAULT_WORKER_OPTIONS } from '../../../server/src/replay/worker.ts';
import { type Client, must, registered } from '../../support/server/client.ts';
import { code, createJob, saveDocument } from '../../support/server/flows.ts';
import {
  claimSums as claimSumsOf,
  goOn,
  queueItem as itemOf,
  sums,
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
const claimSums = () => claimSumsOf(client);
const queueItem = (jobId: string) => itemOf(server, jobId);

describe('attempts', () => {
  const broken = (error: Error): Replayer => ({
    ...sums,
    replay: () => Promise.reject(error),
    run: () => Promise.reject(error),
  });

  it('are repeated for failures of our own, then the item is set aside', async () => {
    const { job } = await claimSums();
    const failing = worker(broken(new RunFailure('HOST_FAILED', 'the sandbox did not start')));
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      expect(await failing.workOnce(goOn())).toBe(true);
      expect((await queueItem(job.id))?.attempts).toBe(attempt);
      // Not before its time, and after the third attempt not at all.
      expect(await failing.workOnce(goOn())).toBe(false);
      server.advance(60_000);
    }
    expect(await failing.workOnce(goOn())).toBe(false);
    expect((await queueItem(job.id))?.status).toBe('dead');
    expect((await client.get(`/jobs/${job.id}/verdict`)).body).toMatchObject({
      verdict: 'UNVERIFIABLE',
      code: 'replay_failed',
      trust: 'unverifiable',
    });
  });

  it('are not repeated for what would fail again', async () => {
    const saved = await saveDocument(client, [code('a', '1')]);
    const job = must(201, await createJob(client, saved.revisionId, { executor: 'server' })).body;
    await worker(broken(new RunFailure('ENVIRONMENT_UNKNOWN', 'there is no such environment'))).workOnce(goOn());
    expect((await client.get(`/jobs/${job.id}`)).body).toMatchObject({
      status: 'FAILED',
      error: { code: 'ENVIRONMENT_UNKNOWN' },
    });
    expect(await worker().workOnce(goOn())).toBe(false);
  });

  it('succeed the second time when the first was bad luck', async () => {
    const { job } = await claimSums();
    await worker(broken(new Error('bad luck'))).workOnce(goOn());
    server.advance(60_000);
    await worker().workOnce(goOn());
    expect((await client.get(`/jobs/${job.id}`)).body.trust).toBe('verified');
  });
});

describe('a worker that dies', () => {
  /** Leases and is never heard of again. */
  const die = (): Promise<unknown> => server.deps.queue.lease('a worker that dies', 60_000);

  it('loses nothing: its lease runs out and another one does the work', async () => {
    const { job } = await claimSums();
    await die();
    expect(await worker().workOnce(goOn())).toBe(false);
    server.advance(61_000);
    expect(await worker().workOnce(goOn())).toBe(true);
    expect((await client.get(`/jobs/${job.id}`)).body.trust).toBe('verified');
  });

  it('with a job of the server loses nothing either', async () => {
    const saved = await saveDocument(client, [code('a', '1')]);
    const job = must(201, await createJob(client, saved.revisionId, { executor: 'server' })).body;
    await die();
    await server.deps.database('jobs').where({ id: job.id }).update({ status: 'RUNNING' });
    server.advance(61_000);
    await worker().workOnce(goOn());
    expect((await client.get(`/jobs/${job.id}`)).body.status).toBe('SUCCEEDED');
  });

  it('during every attempt is not fed with the same item for ever', async () => {
    const { job } = await claimSums();
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await die();
      server.advance(61_000);
    }
    expect(await worker().workOnce(goOn())).toBe(true);
    expect((await queueItem(job.id))?.status).toBe('dead');
    expect((await client.get(`/jobs/${job.id}/verdict`)).body.code).toBe('replay_failed');
  });

  it('and comes back late has its result dropped', async () => {
    const { job } = await claimSums();
    const slow: Replayer = {
      ...sums,
      async replay(request, record) {
        server.advance(61_000);
        // Meanwhile somebody else leases and finishes it.
        await worker().workOnce(goOn());
        const own = await sums.replay(request, record);
        return { ...own, verdict: 'MISMATCH', reason: 'from the grave' };
      },
    };
    await worker(slow).workOnce(goOn());
    expect((await client.get(`/jobs/${job.id}/verdict`)).body).toMatchObject({ verdict: 'MATCH', trust: 'verified' });
  });

  it('because it was told to stop gives the item back at once', async () => {
    const { job } = await claimSums();
    const stop = new AbortController();
    const waiting: Replayer = {
      ...sums,
      replay: ({ signal }) =>
        new Promise((_fulfil, reject) => {
          signal.addEventListener('abort', () => reject(new Error('stopped')));
          stop.abort();
        }),
    };
    await worker(waiting).workOnce(stop.signal);
    expect(await queueItem(job.id)).toMatchObject({ status: 'ready' });
    await worker().workOnce(goOn());
    expect((await client.get(`/jobs/${job.id}`)).body.trust).toBe('verified');
  });
});

describe('the queue', () => {
  it('serves the urgent first, and each item to one worker', async () => {
    const jobs: Record<string, string> = {};
    for (const priority of ['low', 'normal', 'high']) {
      const saved = await saveDocument(client, [code('a', `1 + ${priority.length}`)]);
      jobs[priority] = must(201, await createJob(client, saved.revisionId, { executor: 'server', priority })).body.id;
    }
    const leases = await Promise.all(
      ['one', 'two', 'three', 'four'].map((owner) => server.deps.queue.lease(owner, 60_000)),
    );
    expect(leases.map((lease) => lease?.item.job_id)).toEqual([jobs['high'], jobs['normal'], jobs['low'], undefined]);
    expect(await server.deps.queue.depth()).toBe(3);
  });

  it('is filled by request where the policy is on demand', async () => {
    must(200, await client.patch(`/workspaces/${client.workspaceId}/settings`, { replay_policy: 'on_demand' }));
    const { job } = await claimSums();
    expect(await queueItem(job.id)).toBeUndefined();
    must(202, await client.post(`/jobs/${job.id}/replay`));
    must(202, await client.post(`/jobs/${job.id}/replay`));
    await worker().workOnce(goOn());
    expect((await client.get(`/jobs/${job.id}`)).body.trust).toBe('verified');
    expect((await client.post(`/jobs/${job.id}/replay`)).status).toBe(409);
  });

  it('is worked on in a loop until it is told to stop', async () => {
    const { job } = await claimSums();
    const stop = new AbortController();
    const working = worker(sums, { ...DEFAULT_WORKER_OPTIONS, idleMs: 5 }).work(stop.signal);
    for (let count = 0; count < 500 && (await client.get(`/jobs/${job.id}`)).body.trust !== 'verified'; count += 1) {
      await new Promise((fulfil) => setTimeout(fulfil, 10));
    }
    stop.abort();
    await working;
    expect((await client.get(`/jobs/${job.id}`)).body.trust).toBe('verified');
  });
});
