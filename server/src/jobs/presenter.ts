/** Rows of jobs and their results → JSON. */
import type { JobRow, RunRecordRow, VerdictRow } from '../database/rows.ts';
import type { ReplayAvailability } from '../dependencies.ts';
import { recordOf } from './results.ts';
import type { JobError, JobPayload, JobResult, JobView, VerdictView } from './schemas.ts';

const BYTES_PER_MB = 1024 * 1024;

export function presentJob(row: JobRow, withPayload: boolean): JobView {
  return {
    id: row.id,
    job_type: row.job_type,
    status: row.status,
    trust: row.trust,
    executor: row.executor,
    priority: row.priority,
    workspace_id: row.workspace_id,
    project_id: row.project_id,
    document_id: row.document_id,
    document_revision_id: row.document_revision_id,
    target: row.object_id === null ? {} : { object_id: row.object_id },
    execution_key: row.execution_key,
    env_version: row.env_version,
    program_digest: row.program_digest,
    requested_by: row.requested_by,
    ...(row.result_job_id === row.id ? {} : { reused_from: row.result_job_id }),
    created_at: row.created_at,
    started_at: row.started_at,
    finished_at: row.finished_at,
    lease_expires_at: row.lease_expires_at,
    // Safe, both: the service wrote them in these shapes.
    ...(row.error === null ? {} : { error: JSON.parse(row.error) as JobError }),
    ...(withPayload ? { payload: JSON.parse(row.payload) as JobPayload } : {}),
  };
}

export function presentResult(job: JobRow, row: RunRecordRow): JobResult {
  const record = recordOf(row);
  const outputs = record.steps.flatMap((step) => step.outputs);
  const streamed = (name: 'stdout' | 'stderr'): string =>
    outputs.map((output) => (output.type === 'stream' && output.name === name ? output.text : '')).join('');
  return {
    schema_version: '1.0',
    job_id: job.id,
    job_type: job.job_type,
    status: job.status,
    trust: job.trust,
    started_at: job.started_at,
    finished_at: job.finished_at,
    duration_ms:
      job.started_at === null || job.finished_at === null
        ? null
        : Date.parse(job.finished_at) - Date.parse(job.started_at),
    env_version: job.env_version,
    resource_usage: { memory_mb_peak: record.memory_bytes_peak / BYTES_PER_MB, fuel: record.fuel },
    outputs: {
      result_json: outputs.filter((output) => output.type !== 'stream'),
      stdout: streamed('stdout'),
      stderr: streamed('stderr'),
    },
    artifacts: record.artifacts,
    ...(record.error === null ? {} : { error: record.error }),
    run_digest: row.run_digest,
    record,
    // Safe: stored as the claim's schema had checked it.
    ...(row.observed === null ? {} : { observed: JSON.parse(row.observed) as NonNullable<JobResult['observed']> }),
  };
}

export function presentVerdict(job: JobRow, row: VerdictRow | undefined, replay: ReplayAvailability): VerdictView {
  const base = { job_id: job.id, trust: job.trust };
  if (row === undefined) {
    if (job.trust !== null && !replay.available) {
      return { ...base, verdict: 'UNVERIFIABLE', code: 'replay_unavailable', reason: replay.reason, created_at: null };
    }
    const reason = job.trust === null ? 'Nothing has been claimed yet.' : 'The claim has not been replayed yet.';
    return { ...base, verdict: null, code: job.trust === null ? 'no_claim' : 'pending', reason, created_at: null };
  }
  return {
    ...base,
    verdict: row.verdict,
    ...(row.code === null ? {} : { code: row.code }),
    reason: row.reason,
    // Safe: written by replay in this shape.
    ...(row.first_divergence === null
      ? {}
      : { first_divergence: JSON.parse(row.first_divergence) as NonNullable<VerdictView['first_divergence']> }),
    ...(row.run_digest === null ? {} : { run_digest: row.run_digest }),
    ...(row.replayed_run_digest === null ? {} : { replayed_run_digest: row.replayed_run_digest }),
    replayer: row.replayer,
    created_at: row.created_at,
  };
}
