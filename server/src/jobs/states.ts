/**
 * The life of a job, as a table.
 *
 *   PENDING    made, nobody has it yet
 *   QUEUED     waits for a replay worker
 *   RUNNING    leased to a browser (executor `client`) or to a worker (executor `server`)
 *   SUCCEEDED  the program ran to its end
 *   FAILED     the program raised, broke a limit or the sandbox; or the server failed for good
 *   CANCELLED  by a person, by a newer job, by a quota or by a kill switch; a result that comes later is dropped
 *   TIMED_OUT  a time limit was reached, or a browser's lease ran out
 */
import type { JobRow, JobStatus } from '../database/rows.ts';
import type { WorkspaceScope } from '../database/scope.ts';
import type { RunError } from '../runtime.ts';

export const TRANSITIONS: Readonly<Record<JobStatus, readonly JobStatus[]>> = {
  PENDING: ['QUEUED', 'CANCELLED'],
  QUEUED: ['RUNNING', 'CANCELLED'],
  RUNNING: ['SUCCEEDED', 'FAILED', 'CANCELLED', 'TIMED_OUT'],
  SUCCEEDED: [],
  FAILED: [],
  CANCELLED: [],
  TIMED_OUT: [],
};

export const JOB_STATUSES = [
  'PENDING',
  'QUEUED',
  'RUNNING',
  'SUCCEEDED',
  'FAILED',
  'CANCELLED',
  'TIMED_OUT',
] as const satisfies readonly JobStatus[];

export function canMove(from: JobStatus, to: JobStatus): boolean {
  return TRANSITIONS[from].includes(to);
}

/** Moves a job, if the table allows it from where the job is at this very moment. Whether it moved. */
export async function moveJob(
  scope: WorkspaceScope,
  id: string,
  to: JobStatus,
  change: Partial<JobRow>,
): Promise<boolean> {
  const from = JOB_STATUSES.filter((status) => canMove(status, to));
  const moved = await scope
    .query('jobs')
    .where({ id })
    .whereIn('status', from)
    .update({ ...change, status: to });
  return moved === 1;
}

/** The state in which a run's outcome leaves its job. Only limits of time end as TIMED_OUT; fuel is a count, not a time. */
export function statusOf(outcome: string, error: RunError | null): 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' {
  if (outcome === 'succeeded') return 'SUCCEEDED';
  if (error !== null && error.category === 'RESOURCE_LIMIT' && (error.code === 'WALL_CLOCK' || error.code === 'CPU'))
    return 'TIMED_OUT';
  return 'FAILED';
}
