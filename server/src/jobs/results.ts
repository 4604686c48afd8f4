/** What runs leave behind: records, the outputs of objects, verdicts. Appended, never changed; used by the API and by replay. */
import type { JobRow, RunRecordRow, Trust, VerdictRow } from '../database/rows.ts';
import type { WorkspaceScope } from '../database/scope.ts';
import { type Dependencies, isoTime } from '../dependencies.ts';
import { canonicalJson, type Program, runDigest, type RunRecord } from '../runtime.ts';
import type { RevisionOutputs } from './schemas.ts';

type Sources = Pick<Dependencies, 'clock' | 'newId'>;

/** In the caller's transaction: stores a record and what it says about each object. */
export async function appendRecord(
  deps: Sources,
  scope: WorkspaceScope,
  job: Pick<JobRow, 'id' | 'document_revision_id'>,
  source: 'claim' | 'replay',
  record: RunRecord,
  observed: unknown,
): Promise<string> {
  const run_digest = runDigest(record);
  await scope.insert('run_records', {
    id: deps.newId(),
    job_id: job.id,
    source,
    run_digest,
    record: canonicalJson(record),
    observed: observed === undefined ? null : JSON.stringify(observed),
    created_at: isoTime(deps.clock()),
  });
  return run_digest;
}

/** In the caller's transaction: makes the steps of a record the outputs of the revision's objects. */
export async function appendOutputs(
  deps: Sources,
  scope: WorkspaceScope,
  job: Pick<JobRow, 'id' | 'document_revision_id'>,
  record: RunRecord,
): Promise<void> {
  for (const [step, { object_id }] of record.steps.entries()) {
    const row = { id: deps.newId(), document_revision_id: job.document_revision_id, object_id, job_id: job.id, step };
    await scope.insert('object_outputs', { ...row, created_at: isoTime(deps.clock()) });
  }
}

/** In the caller's transaction. */
export async function appendVerdict(
  deps: Sources,
  scope: WorkspaceScope,
  verdict: Omit<VerdictRow, 'id' | 'workspace_id' | 'created_at'>,
): Promise<void> {
  await scope.insert('verdicts', { ...verdict, id: deps.newId(), created_at: isoTime(deps.clock()) });
}

/** The record that a job shows: what was claimed, or what the server computed where nobody claimed anything. */
export async function shownRecord(scope: WorkspaceScope, resultJobId: string): Promise<RunRecordRow | undefined> {
  const rows = await scope.query('run_records').where({ job_id: resultJobId });
  return rows.find((row) => row.source === 'claim') ?? rows[0];
}

export function recordOf(row: Pick<RunRecordRow, 'record'>): RunRecord {
  // Safe: `appendRecord` stored what the schema had checked.
  return JSON.parse(row.record) as RunRecord;
}

export function programOf(row: Pick<JobRow, 'program'>): Program {
  // Safe: `composeProgram` made it.
  return JSON.parse(row.program) as Program;
}

/** The newest outputs of every object of a revision. */
export async function outputsOf(scope: WorkspaceScope, revisionId: string): Promise<RevisionOutputs> {
  const newest = scope
    .query('object_outputs')
    .where({ document_revision_id: revisionId })
    .groupBy('object_id')
    // UUIDv7 ids grow with time.
    .max('id');
  const rows = await scope
    .query('object_outputs')
    .whereIn('object_outputs.id', newest)
    .join('jobs', 'jobs.id', 'object_outputs.job_id')
    .orderBy('object_outputs.id')
    .select<OutputRow[]>(
      'object_outputs.object_id',
      'object_outputs.job_id',
      'object_outputs.step',
      'object_outputs.created_at',
      'jobs.status',
      'jobs.trust',
      'jobs.result_job_id',
    );
  const records = new Map<string, RunRecordRow>();
  const wanted = [...new Set(rows.map((row) => row.result_job_id))];
  for (const row of await scope.query('run_records').whereIn('job_id', wanted)) {
    if (row.source === 'claim' || !records.has(row.job_id)) records.set(row.job_id, row);
  }
  const parsed = new Map([...records].map(([id, row]) => [id, recordOf(row)]));
  const items = rows.flatMap((row) => {
    const record = parsed.get(row.result_job_id);
    const step = record?.steps[row.step];
    const run_digest = records.get(row.result_job_id)?.run_digest;
    if (record === undefined || step === undefined || run_digest === undefined) return [];
    return [
      {
        object_id: row.object_id,
        job_id: row.job_id,
        status: row.status,
        trust: row.trust,
        outcome: step.outcome,
        fuel: step.fuel,
        run_digest,
        outputs: step.outputs,
        artifacts: record.artifacts.filter((artifact) => artifact.step === row.object_id),
        created_at: row.created_at,
      },
    ];
  });
  return { items, next_cursor: null };
}

interface OutputRow {
  object_id: string;
  job_id: string;
  step: number;
  created_at: string;
  status: JobRow['status'];
  trust: Trust | null;
  result_job_id: string;
}
