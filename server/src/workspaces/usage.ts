/** What a workspace uses of its quotas. Open uploads count with their whole size: two at 99 % cannot both pass. */
import type { Knex } from 'knex';
import type { WorkspaceRow } from '../database/rows.ts';
import type { WorkspaceScope } from '../database/scope.ts';
import { type Dependencies, isoTime } from '../dependencies.ts';
import { Problem } from '../errors.ts';

/** Job states that take up a place. */
const ACTIVE_JOBS = ['PENDING', 'QUEUED', 'RUNNING'] as const;
/** Upload states whose bytes are reserved and not yet an artifact's. */
const OPEN_UPLOADS = ['reserved', 'receiving', 'stored'] as const;

export type Usage = ReturnType<typeof usage>;

/** What the two halves of the server that store bytes, uploads and replay, need to know. */
export type QuotaSources = Pick<Dependencies, 'clock'> & {
  configuration: Pick<Dependencies['configuration'], 'quotas'>;
};

function openUploads(deps: QuotaSources, scope: WorkspaceScope) {
  return scope.query('uploads').whereIn('status', OPEN_UPLOADS).andWhere('expires_at', '>', isoTime(deps.clock()));
}

async function storage(
  deps: QuotaSources,
  scope: WorkspaceScope,
): Promise<{ used: number; reserved: number; quota: number }> {
  const workspace = await scope.connection<WorkspaceRow>('workspaces').where({ id: scope.workspaceId }).first();
  const used = await sum(scope.query('artifacts'));
  const reserved = await sum(openUploads(deps, scope));
  return { used, reserved, quota: workspace?.storage_quota_bytes ?? deps.configuration.quotas.storageBytes };
}

/** Inside the transaction that reserves or stores. @throws Problem quota_exceeded */
export async function requireStorage(deps: QuotaSources, scope: WorkspaceScope, bytes: number): Promise<void> {
  const { used, reserved, quota } = await storage(deps, scope);
  if (used + reserved + bytes <= quota) return;
  throw new Problem('quota_exceeded', {
    detail: `${bytes} bytes more do not fit: ${used} of ${quota} bytes are used and ${reserved} are reserved by open uploads.`,
  });
}

export function usage(deps: QuotaSources) {
  const { quotas } = deps.configuration;

  return {
    async view(scope: WorkspaceScope) {
      return {
        storage_bytes: await storage(deps, scope),
        running_jobs: {
          used: await count(scope.query('jobs').whereIn('status', ACTIVE_JOBS)),
          quota: quotas.runningJobs,
        },
      };
    },

    requireStorage: (scope: WorkspaceScope, bytes: number) => requireStorage(deps, scope, bytes),

    /** Inside the transaction that reserves. @throws Problem quota_exceeded */
    async requireUpload(scope: WorkspaceScope): Promise<void> {
      const open = await count(openUploads(deps, scope));
      if (open >= quotas.openUploads)
        throw new Problem('quota_exceeded', { detail: `${open} uploads are open already.` });
    },

    /** Inside the transaction that creates the job. @throws Problem quota_exceeded */
    async requireJob(scope: WorkspaceScope): Promise<void> {
      const active = await count(scope.query('jobs').whereIn('status', ACTIVE_JOBS));
      if (active >= quotas.runningJobs)
        throw new Problem('quota_exceeded', { detail: `${active} jobs are running already.` });
    },
  };
}

async function sum(query: Knex.QueryBuilder): Promise<number> {
  // Safe: the aggregate gives one row with one column.
  const row = (await query.sum({ bytes: 'size_bytes' }).first()) as { bytes: number | null } | undefined;
  return row?.bytes ?? 0;
}

async function count(query: Knex.QueryBuilder): Promise<number> {
  // Safe: the aggregate gives one row with one column.
  const row = (await query.count({ rows: '*' }).first()) as { rows: number } | undefined;
  return row?.rows ?? 0;
}
