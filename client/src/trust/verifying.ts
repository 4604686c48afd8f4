/**
 * Verifying: save what is written, ask for a job, run its program from the beginning in a fresh sandbox here (or on the server),
 * submit the record as a claim with the bytes that are missing, and wait for the verdict of the replay.
 */
import type { Api } from '../api/api.ts';
import type { Job, JobVerdict } from '../api/jobs.ts';
import type { Limits, Program, RunRecord, RunResult, StepEvent } from '../kernel/runtime.ts';
import type { UploadRequest } from '../api/artifacts.ts';
import { ApiProblem } from '../api/problems.ts';
import { pollDelay } from './poll.ts';
import type { Trust, TrustState } from './trust.ts';

export type Executor = 'client' | 'server';

export type VerifyStage =
  | { kind: 'saving' }
  | { kind: 'running'; step: number; steps: number }
  | { kind: 'uploading'; done: number; total: number }
  | { kind: 'submitting' }
  | { kind: 'replaying' }
  | { kind: 'running-on-server' };

export interface VerifyContext {
  api: Api;
  run(program: Program, options: { onStep: (done: number) => void; signal: AbortSignal }): Promise<RunResult>;
  newKey(): string;
  sleep(ms: number): Promise<void>;
  /** Ends everything that has not been claimed yet, and the waiting after that. */
  signal: AbortSignal;
  onStage(stage: VerifyStage): void;
  /** Shows the record's outputs with what is known of them. */
  onRecord(record: RunRecord, blobs: ReadonlyMap<string, Uint8Array>, trust: Trust): void;
}

export interface VerifyRequest {
  workspaceId: string;
  revisionId: string;
  executor: Executor;
  limits: Partial<Limits>;
  /** What steps read from outside when they ran here, by object: part of the program. */
  events: Readonly<Record<string, StepEvent[]>>;
}

/** Uploads that run at the same time. */
const MOST_UPLOADS = 3;
/** Rounds of "these are missing": one is usual; more means that the server and this page disagree about what was uploaded. */
const MOST_ROUNDS = 3;

/** @returns what became of the outputs
 *  @throws ApiProblem, ConnectionProblem, or an error of the sandbox; the revision stays saved in every case */
export async function verify(context: VerifyContext, request: VerifyRequest): Promise<Trust> {
  const { api } = context;
  const { workspaceId, revisionId, executor, limits, events } = request;
  const body = {
    document_revision_id: revisionId,
    executor,
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
    ...(Object.keys(events).length === 0 ? {} : { events }),
  };
  const job = await api.jobs.create(workspaceId, body, context.newKey());
  let blobs: ReadonlyMap<string, Uint8Array> = new Map();
  if (executor === 'client' && job.program !== null && !isOver(job)) {
    const result = await runHere(context, job, job.program);
    blobs = result.blobs;
    context.onRecord(result.record, blobs, { ...trustOf(job, null, result.record), state: 'draft' });
    await submit(context, workspaceId, job, result);
    await askForReplay(context, job.id);
  }
  context.onStage({ kind: executor === 'client' ? 'replaying' : 'running-on-server' });
  const settled = await untilSettled(context, job.id);
  return show(context, settled, blobs);
}

async function runHere(context: VerifyContext, job: Job, program: Program): Promise<RunResult> {
  const steps = program.steps.length;
  context.onStage({ kind: 'running', step: 0, steps });
  try {
    const onStep = (done: number): void => context.onStage({ kind: 'running', step: Math.min(done + 1, steps), steps });
    return await context.run(program, { onStep, signal: context.signal });
  } catch (error) {
    // The lease would run out by itself; this lets others go on at once. What matters is the first error.
    await context.api.jobs.cancel(job.id).catch(() => undefined);
    throw error;
  }
}

async function submit(context: VerifyContext, workspaceId: string, job: Job, result: RunResult): Promise<void> {
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    context.onStage({ kind: 'submitting' });
    const answer = await context.api.jobs.claim(job.id, result);
    if (answer.missing.length === 0) return;
    await uploadAll(context, workspaceId, answer.missing, result);
  }
  throw new Error('The server did not find what was uploaded. Try to verify again.');
}

/** Where the workspace replays on demand, this is the demand; elsewhere it changes nothing. */
async function askForReplay(context: VerifyContext, jobId: string): Promise<void> {
  try {
    await context.api.jobs.replay(jobId);
  } catch (error) {
    // Replayed already: the verdict says so.
    if (!(error instanceof ApiProblem) || error.code !== 'job_state') throw error;
  }
}

async function uploadAll(
  context: VerifyContext,
  workspaceId: string,
  digests: readonly string[],
  result: RunResult,
): Promise<void> {
  const waiting = [...digests];
  let done = 0;
  context.onStage({ kind: 'uploading', done, total: digests.length });
  const worker = async (): Promise<void> => {
    for (let digest = waiting.shift(); digest !== undefined; digest = waiting.shift()) {
      const bytes = result.blobs.get(digest);
      if (bytes === undefined) throw new Error(`The server asks for ${digest}, which this run did not make.`);
      const upload = { digest, size_bytes: bytes.length, ...describeBlob(result.record, digest) };
      await context.api.artifacts.upload(workspaceId, upload, bytes, context.newKey());
      done += 1;
      context.onStage({ kind: 'uploading', done, total: digests.length });
    }
  };
  await Promise.all(Array.from({ length: MOST_UPLOADS }, worker));
}

/** Name and type of some bytes of a record: an artifact's own, or those of the display that shows them. */
export function describeBlob(
  record: RunRecord,
  digest: string,
): Pick<UploadRequest, 'name' | 'media_type' | 'purpose'> {
  const artifact = record.artifacts.find((candidate) => candidate.digest === digest);
  if (artifact !== undefined) return { name: artifact.name, media_type: artifact.media_type, purpose: 'artifact' };
  for (const output of record.steps.flatMap((step) => step.outputs)) {
    if (output.type !== 'display' && output.type !== 'result') continue;
    for (const [mediaType, value] of Object.entries(output.data)) {
      if (typeof value !== 'string' && value.digest === digest)
        return { name: 'display', media_type: mediaType, purpose: 'display' };
    }
  }
  return { name: 'output', media_type: 'application/octet-stream', purpose: 'display' };
}

function isOver(job: Job): boolean {
  return (
    job.status === 'SUCCEEDED' || job.status === 'FAILED' || job.status === 'CANCELLED' || job.status === 'TIMED_OUT'
  );
}

/** A job is settled when it is over and, if it has outputs, its replay has spoken. */
function isSettled(job: Job): boolean {
  if (!isOver(job)) return false;
  return (
    job.status === 'CANCELLED' ||
    (job.trust !== null && job.trust !== 'claimed') ||
    (job.trust === null && job.error !== null)
  );
}

async function untilSettled(context: VerifyContext, jobId: string): Promise<Job> {
  for (let attempt = 0; ; attempt += 1) {
    const job = await context.api.jobs.get(jobId, context.signal);
    const delay = isSettled(job) || (await cannotReplay(context, job)) ? null : pollDelay(attempt);
    // After the last attempt the claim stands as a claim; the verdict will be there when the document is opened again.
    if (delay === null) return job;
    await context.sleep(delay);
  }
}

/** A server without a jail does not replay; its claims stay claims. */
async function cannotReplay(context: VerifyContext, job: Job): Promise<boolean> {
  return job.trust === 'claimed' && (await context.api.jobs.verdict(job.id)).code === 'replay_unavailable';
}

async function show(context: VerifyContext, job: Job, blobs: ReadonlyMap<string, Uint8Array>): Promise<Trust> {
  const [verdict, result] = await Promise.all([
    context.api.jobs.verdict(job.id).catch(() => null),
    context.api.jobs.result(job.id).catch(() => null),
  ]);
  if (result === null) throw new Error(job.error?.message ?? 'The server has no result for this run.');
  const trust = trustOf(job, verdict, result.record);
  context.onRecord(result.record, blobs, trust);
  return trust;
}

export function trustOf(job: Job, verdict: JobVerdict | null, record: RunRecord): Trust {
  const state: TrustState = job.trust ?? 'draft';
  return {
    state,
    job_id: job.id,
    revision_id: job.document_revision_id,
    reason: verdict?.reason ?? null,
    fuel: record.fuel,
    checked_at: verdict?.created_at ?? job.finished_at,
  };
}

export function stageSentence(stage: VerifyStage): string {
  switch (stage.kind) {
    case 'saving':
      return 'Saving';
    case 'running':
      return stage.step === 0
        ? 'Starting a fresh sandbox'
        : `Running here from the beginning, step ${stage.step} of ${stage.steps}`;
    case 'uploading':
      return `Uploading ${stage.done} of ${stage.total} files`;
    case 'submitting':
      return 'Submitting the record';
    case 'replaying':
      return 'The server runs it again and compares';
    case 'running-on-server':
      return 'The server runs it';
  }
}

export function resultSentence(trust: Trust): string {
  switch (trust.state) {
    case 'verified':
      return 'Verified: the server got the same outputs and the same fuel.';
    case 'mismatch':
      return `Mismatch. ${trust.reason ?? 'The server got something else.'}`;
    case 'unverifiable':
      return `Not verifiable. ${trust.reason ?? 'This cannot be run again here.'}`;
    case 'claimed':
      return `Submitted. ${trust.reason ?? 'The server has not run it again yet; the seals will change when it has.'}`;
    case 'draft':
      return 'The run was not submitted.';
  }
}
