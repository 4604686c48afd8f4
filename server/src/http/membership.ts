/** From a resource and a person to a scope: the only place where one is made for a request. */
import type { Knex } from 'knex';
import type { Role } from '../database/rows.ts';
import { WorkspaceScope } from '../database/scope.ts';
import { Problem } from '../errors.ts';
import type { Actor, ResourceKind } from './route.ts';
import { may, type Sentence } from '../policy.ts';

/** Table and column that lead from a resource to its workspace. */
const WAYS: Record<ResourceKind, { table: string; workspace: string }> = {
  workspace: { table: 'workspaces', workspace: 'workspaces.id' },
  project: { table: 'projects', workspace: 'projects.workspace_id' },
  document: { table: 'documents', workspace: 'documents.workspace_id' },
  revision: { table: 'revisions', workspace: 'revisions.workspace_id' },
  job: { table: 'jobs', workspace: 'jobs.workspace_id' },
  upload: { table: 'uploads', workspace: 'uploads.workspace_id' },
};

/**
 * The scope in which `actor` may do what `sentence` says with the resource. One query decides, so that a resource of a strange
 * workspace and one that does not exist cannot be told apart, not even by time.
 * @throws Problem not_found without membership, role_too_low where the role does not allow it
 */
export async function openScope(
  database: Knex,
  actor: Pick<Actor, 'id'>,
  sentence: Sentence,
  resource: ResourceKind,
  id: string,
): Promise<WorkspaceScope> {
  const { table, workspace } = WAYS[resource];
  const row = await database(table)
    .join('memberships', 'memberships.workspace_id', workspace)
    .where({ [`${table}.id`]: id, 'memberships.user_id': actor.id })
    .select({ workspace_id: 'memberships.workspace_id', role: 'memberships.role' })
    .first<{ workspace_id: string; role: Role } | undefined>();
  if (row === undefined) throw new Problem('not_found');
  if (!may(row.role, sentence)) throw new Problem('role_too_low');
  return new WorkspaceScope(database, row.workspace_id, actor.id, row.role);
}
