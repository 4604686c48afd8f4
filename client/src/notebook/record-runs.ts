/** The outputs of a record, or of a stored revision, as runs of the notebook's cells. */
import type { ObjectOutputs } from '../api/jobs.ts';
import type { RunError, RunRecord } from '../kernel/runtime.ts';
import type { Cell } from './cell.ts';
import type { CellRun } from './runs.ts';
import { DRAFT_TRUST, type Trust } from '../trust/trust.ts';

/** Runs for the steps of a record; `cells` are those that the record's revision holds. */
export function runsOfRecord(
  cells: readonly Cell[],
  record: RunRecord,
  blobs: ReadonlyMap<string, Uint8Array>,
  trust: Trust,
): Map<string, CellRun> {
  const runs = new Map<string, CellRun>();
  for (const step of record.steps) {
    const cell = cells.find((candidate) => candidate.id === step.object_id);
    if (cell?.kind !== 'code') continue;
    runs.set(cell.id, {
      phase: 'done',
      source: cell.source,
      language: cell.language,
      parameters: JSON.stringify(cell.parameters),
      outputs: step.outputs,
      artifacts: record.artifacts.filter((artifact) => artifact.step === step.object_id),
      blobs,
      error: record.error?.details.step === step.object_id ? record.error : null,
      outcome: step.outcome,
      fuel: step.fuel,
      memory_bytes: null,
      started_at: null,
      duration_ms: null,
      trust,
    });
  }
  return runs;
}

/** Runs for the outputs that the server keeps for a revision. @param errors by job, for those that did not succeed */
export function runsOfOutputs(
  cells: readonly Cell[],
  stored: readonly ObjectOutputs[],
  revisionId: string,
  errors: ReadonlyMap<string, RunError | null>,
): Map<string, CellRun> {
  const runs = new Map<string, CellRun>();
  const fuelOf = (jobId: string): number =>
    stored.filter((item) => item.job_id === jobId).reduce((sum, item) => sum + item.fuel, 0);
  for (const item of stored) {
    const cell = cells.find((candidate) => candidate.id === item.object_id);
    if (cell?.kind !== 'code') continue;
    runs.set(cell.id, {
      phase: 'done',
      source: cell.source,
      language: cell.language,
      parameters: JSON.stringify(cell.parameters),
      outputs: item.outputs,
      artifacts: item.artifacts,
      blobs: new Map(),
      error: item.outcome === 'succeeded' ? null : (errors.get(item.job_id) ?? null),
      outcome: item.outcome,
      fuel: item.fuel,
      memory_bytes: null,
      started_at: null,
      duration_ms: null,
      trust: {
        ...DRAFT_TRUST,
        state: item.trust ?? 'draft',
        job_id: item.job_id,
        revision_id: revisionId,
        fuel: fuelOf(item.job_id),
        checked_at: item.created_at,
      },
    });
  }
  return runs;
}
