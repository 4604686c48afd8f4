/** A replayer without an engine: it runs programs whose steps are sums. What is tested with it are queue, leases and trust. */
import {
  canonicalJson,
  programDigest,
  type Program,
  runDigest,
  type RunRecord,
  type RunResult,
} from '@praxis/wasm-runtime';
import type { Replayer } from '../../../server/src/replay/replayer.ts';
import { DEFAULT_WORKER_OPTIONS, ReplayWorker, type WorkerOptions } from '../../../server/src/replay/worker.ts';
import { type Client, must } from './client.ts';
import { code, createJob, saveDocument, sha256 } from './flows.ts';
import type { TestServer } from './server.ts';

/** Runs programs whose steps are sums such as `1 + 2`: every step prints its sum, and the last one is kept as an artifact. */
export function sum(program: Program): RunResult {
  const blobs = new Map<string, Uint8Array>();
  const steps: RunRecord['steps'] = program.steps.map((step) => {
    const total = step.source.split('+').reduce((sofar, term) => sofar + Number(term), 0);
    return {
      object_id: step.object_id,
      outcome: 'succeeded',
      fuel: step.source.length,
      outputs: [{ type: 'stream', name: 'stdout', text: `${total}\n` }],
    };
  });
  const bytes = new TextEncoder().encode(JSON.stringify(steps.map((step) => step.outputs)));
  blobs.set(sha256(bytes), bytes);
  const record: RunRecord = {
    schema_version: '1.0',
    program_digest: programDigest(program),
    env_version: program.env_version,
    outcome: 'succeeded',
    error: null,
    fuel: steps.reduce((total, step) => total + step.fuel, 0),
    memory_bytes_peak: 65_536,
    steps,
    artifacts: [
      {
        name: 'sums.json',
        media_type: 'application/json',
        digest: sha256(bytes),
        size_bytes: bytes.length,
        step: steps.at(-1)?.object_id ?? '',
      },
    ],
  };
  return {
    program,
    record,
    run_digest: runDigest(record),
    observed: { duration_ms: 1, engine_start_ms: 1, host: 'sums' },
    blobs,
  };
}

export const sums: Replayer = {
  host: 'sums',
  jailed: true,
  async run({ program }) {
    return sum(program);
  },
  async replay({ program }, claim) {
    const result = sum(program);
    const replayed = { record: result.record, run_digest: result.run_digest };
    if (result.run_digest === runDigest(claim)) return { verdict: 'MATCH', reason: 'The same.', replayed, result };
    const step = result.record.steps.findIndex(
      (own, index) => canonicalJson(own) !== canonicalJson(claim.steps[index]),
    );
    const object_id = result.record.steps[step]?.object_id ?? '';
    return {
      verdict: 'MISMATCH',
      reason: 'Different.',
      replayed,
      result,
      first_divergence: { step, object_id, field: 'outputs' },
    };
  },
  async close() {},
};

export type WorkerArguments = [replayer?: Replayer, options?: WorkerOptions];
export type Tamper = (record: RunRecord) => RunRecord;

export const workerOf = (
  server: TestServer,
  replayer: Replayer = sums,
  options: WorkerOptions = DEFAULT_WORKER_OPTIONS,
): ReplayWorker => new ReplayWorker({ ...server.deps, signer: server.deps.keys.attestation }, replayer, options);

/** A signal that never says stop. */
export const goOn = (): AbortSignal => new AbortController().signal;

/** A document of two sums, run and claimed; `tamper` changes the record before it is handed in. */
export async function claimSums(client: Client, tamper: Tamper = (record) => record) {
  const saved = await saveDocument(client, [code('a', '1 + 2'), code('b', '3 + 4')]);
  const job = must(201, await createJob(client, saved.revisionId)).body;
  const { record, blobs } = sum(job.payload.program);
  for (const [digest, bytes] of blobs) {
    const announced = { digest, size_bytes: bytes.length, media_type: 'application/json' };
    const ticket = await client.post(`/workspaces/${client.workspaceId}/uploads`, announced);
    if (ticket.status === 200) continue;
    must(204, await client.send('PUT', ticket.body.url, ticket.body.headers, new Uint8Array(bytes)));
    must(200, await client.post(`/uploads/${ticket.body.upload_id}/complete`));
  }
  const claimed = tamper(record);
  must(200, await client.post(`/jobs/${job.id}/claim`, { record: claimed }));
  return { ...saved, job, record: claimed };
}

interface QueueItem {
  job_id: string;
  status: string;
  attempts: number;
  last_error: string | null;
}

export async function queueItem(server: TestServer, jobId: string): Promise<QueueItem | undefined> {
  return server.deps.database<QueueItem>('queue_items').where({ job_id: jobId }).first();
}
