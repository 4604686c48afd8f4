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

export function usage(deps: Dependencies) {
  const { quotas } = deps.configuration;

  async function storage(scope: WorkspaceScope): Promise<{ used: number; reserved: number; quota: number }> {
    const workspace = await scope.connection<WorkspaceRow>('workspaces').where({ id: scope.workspaceId }).first();
    const used = await sum(scope.query('artifacts'));
    const reserved = await sum(openUploads(scope));
    return { used, reserved, quota: workspace?.storage_quota_bytes ?? quotas.storageBytes };
  }

  const openUploads = (scope: WorkspaceScope) =>
    scope.query('uploads').whereIn('status', OPEN_UPLOADS).andWhere('expires_at', '>', isoTime(deps.clock()));

  return {
    async view(scope: WorkspaceScope) {
      return {
        storage_bytes: await storage(scope),
        running_jobs: {
          used: await count(scope.query('jobs').whereIn('status', ACTIVE_JOBS)),
          quota: quotas.runningJobs,
        },
      };
    },

    /** Inside the transaction that reserves. @throws Problem quota_exceeded */
    async requireStorage(scope: WorkspaceScope, bytes: number): Promise<void> {
      const { used, reserved, quota } = await storage(scope);
      if (used + reserved + bytes <= quota) return;
      throw new Problem('quota_exceeded', {
        detail: `${bytes} bytes more do not fit: ${used} of ${quota} bytes are used and ${reserved} are reserved by open uploads.`,
      });
    },

    /** Inside the transaction that reserves. @throws Problem quota_exceeded */
    async requireUpload(scope: WorkspaceScope): Promise<void> {
      const open = await count(openUploads(scope));
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
