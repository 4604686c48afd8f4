/** Jobs: asking for a run, submitting a claim, and what became of it. */
import type { ArtifactRecord, Outcome, Output, Program, RunRecord, RunResult, StepEvent } from '../kernel/runtime.ts';
import { anything, count, dictionary, fields, list, nullable, oneOf, text, type Decoder } from './decode.ts';
import type { Http } from './http.ts';

export type JobStatus = 'PENDING' | 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED' | 'TIMED_OUT';
export type JobTrust = 'claimed' | 'verified' | 'mismatch' | 'unverifiable';

export interface Job {
  id: string;
  status: JobStatus;
  trust: JobTrust | null;
  executor: 'client' | 'server';
  document_revision_id: string;
  finished_at: string | null;
  error: { code: string; message: string } | null;
  /** There when this caller is to run the job. */
  program: Program | null;
}

export interface JobVerdict {
  /** `null` while nothing has been replayed. */
  verdict: 'MATCH' | 'MISMATCH' | 'UNVERIFIABLE' | 'MALFORMED' | null;
  /** e.g. `replay_unavailable`. */
  code: string | null;
  reason: string;
  created_at: string | null;
}

export interface ClaimAnswer {
  /** Digests whose bytes the server wants first. */
  missing: string[];
  /** The job, once the claim was taken. */
  job: Job | null;
}

/** The outputs of one object in a revision, with their trust. */
export interface ObjectOutputs {
  object_id: string;
  job_id: string;
  trust: JobTrust | null;
  outcome: Outcome;
  fuel: number;
  created_at: string;
  outputs: Output[];
  artifacts: ArtifactRecord[];
}

const jobError: Decoder<Job['error']> = nullable(fields({ code: text, message: text }));

export const job: Decoder<Job> = (value, path) => {
  const source = dictionary(value, path);
  const payload = nullable(dictionary)(source['payload'], `${path}.payload`);
  const decoded = fields<Omit<Job, 'program'>>({
    id: text,
    status: oneOf('PENDING', 'QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED', 'TIMED_OUT'),
    trust: nullable(oneOf('claimed', 'verified', 'mismatch', 'unverifiable')),
    executor: oneOf('client', 'server'),
    document_revision_id: text,
    finished_at: nullable(text),
    error: jobError,
  })(source, path);
  const program = payload === null ? undefined : payload['program'];
  // The runtime validates a program against its own schema before it runs it; here it only passes through.
  return { ...decoded, program: program === undefined || program === null ? null : (program as Program) };
};

const verdict: Decoder<JobVerdict> = fields({
  verdict: nullable(oneOf('MATCH', 'MISMATCH', 'UNVERIFIABLE', 'MALFORMED')),
  code: nullable(text),
  reason: text,
  created_at: nullable(text),
});

const claimAnswer: Decoder<ClaimAnswer> = (value, path) => {
  const source = dictionary(value, path);
  if (source['missing'] !== undefined) return { missing: list(text)(source['missing'], `${path}.missing`), job: null };
  return { missing: [], job: job(value, path) };
};

const record: Decoder<RunRecord> = (value, path) => {
  fields({ fuel: count, steps: list(dictionary), artifacts: list(dictionary), outcome: text })(value, path);
  // Checked by the server against the record's schema before it was stored; the outputs inside are rendered as hostile anyway.
  return value as RunRecord;
};

const output: Decoder<Output> = (value, path) => {
  fields({ type: oneOf('stream', 'display', 'result', 'error') })(value, path);
  // Stored from a record that passed its schema.
  return value as Output;
};

const artifact: Decoder<ArtifactRecord> = fields({
  name: text,
  media_type: text,
  digest: text,
  size_bytes: count,
  step: text,
});

const objectOutputs: Decoder<ObjectOutputs> = fields({
  object_id: text,
  job_id: text,
  trust: nullable(oneOf('claimed', 'verified', 'mismatch', 'unverifiable')),
  outcome: oneOf('succeeded', 'failed', 'limit', 'violation', 'internal'),
  fuel: count,
  created_at: text,
  outputs: list(output),
  artifacts: list(artifact),
});

export interface NewJob {
  document_revision_id: string;
  executor: 'client' | 'server';
  limits?: Record<string, number>;
  /** What steps read from outside, by object. */
  events?: Record<string, StepEvent[]>;
}

export interface JobsApi {
  create(workspaceId: string, body: NewJob, idempotencyKey: string): Promise<Job>;
  get(jobId: string, signal?: AbortSignal): Promise<Job>;
  claim(jobId: string, result: Pick<RunResult, 'record' | 'observed'>): Promise<ClaimAnswer>;
  /** Asks for the replay of a claim; says what is known so far. */
  replay(jobId: string): Promise<JobVerdict>;
  cancel(jobId: string): Promise<void>;
  result(jobId: string): Promise<{ record: RunRecord }>;
  verdict(jobId: string): Promise<JobVerdict>;
  attestation(jobId: string): Promise<unknown>;
  outputs(revisionId: string): Promise<{ items: ObjectOutputs[] }>;
}

export function jobsApi(http: Http): JobsApi {
  return {
    create: (workspaceId, body, idempotencyKey) =>
      http.request('POST', `/workspaces/${workspaceId}/jobs`, job, {
        body: { job_type: 'document_execute', ...body },
        idempotencyKey,
      }),
    get: (jobId, signal) => http.request('GET', `/jobs/${jobId}`, job, signal === undefined ? {} : { signal }),
    claim: (jobId, { record: claimed, observed }) =>
      http.request('POST', `/jobs/${jobId}/claim`, claimAnswer, { body: { record: claimed, observed } }),
    replay: (jobId) => http.request('POST', `/jobs/${jobId}/replay`, verdict),
    cancel: (jobId) => http.request('POST', `/jobs/${jobId}/cancel`, () => undefined),
    result: (jobId) => http.request('GET', `/jobs/${jobId}/result`, fields({ record })),
    verdict: (jobId) => http.request('GET', `/jobs/${jobId}/verdict`, verdict),
    attestation: (jobId) => http.request('GET', `/jobs/${jobId}/attestation`, anything),
    outputs: (revisionId) =>
      http.request('GET', `/revisions/${revisionId}/outputs`, fields({ items: list(objectOutputs) })),
  };
}
