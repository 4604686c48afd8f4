/** Workspaces, their members and their projects. */
import type { Knex } from 'knex';
import type { Static } from 'typebox';
import { recordEvent } from '../audit/events.ts';
import type { Origin } from '../origin.ts';
import type { MembershipRow, ProjectRow, Role, UserRow, WorkspaceRow } from '../database/rows.ts';
import type { WorkspaceScope } from '../database/scope.ts';
import { inTransaction, isUniqueViolation } from '../database/transaction.ts';
import { type Dependencies, isoTime } from '../dependencies.ts';
import { Problem } from '../errors.ts';
import { page, type PageQuery } from '../http/pages.ts';
import type { Actor } from '../http/route.ts';
import { normaliseEmail } from '../email.ts';
import type {
  MemberView,
  NewMember,
  NewProject,
  ProjectChange,
  ProjectView,
  SettingsChange,
  WorkspaceView,
} from './schemas.ts';

type WorkspaceListRow = WorkspaceRow & { role: Role };

export type Workspaces = ReturnType<typeof workspaces>;

/** Makes a workspace with its owner and a first project, in the caller's transaction. */
export async function createWorkspace(
  deps: Pick<Dependencies, 'clock' | 'newId'>,
  transaction: Knex,
  userId: string,
  name: string,
  origin: Origin,
): Promise<WorkspaceView> {
  const now = isoTime(deps.clock());
  const id = deps.newId();
  await transaction('workspaces').insert({
    id,
    name,
    created_by: userId,
    created_at: now,
    execution_enabled: 1,
    replay_policy: 'always',
  });
  const owner: MembershipRow = { id: deps.newId(), workspace_id: id, user_id: userId, role: 'owner', joined_at: now };
  await transaction('memberships').insert(owner);
  await recordEvent(deps, transaction, 'workspace.created', { actor_user_id: userId, workspace_id: id }, origin);
  const project: ProjectRow = {
    id: deps.newId(),
    workspace_id: id,
    name: 'First project',
    description: '',
    created_by: userId,
    created_at: now,
    archived_at: null,
  };
  await transaction('projects').insert(project);
  await recordEvent(deps, transaction, 'project.created', { actor_user_id: userId, workspace_id: id }, origin);
  return { id, name, role: 'owner', created_by: userId, created_at: now };
}

export function workspaces(deps: Dependencies) {
  const rowOf = async (scope: WorkspaceScope): Promise<WorkspaceRow> => {
    const row = await scope.connection<WorkspaceRow>('workspaces').where({ id: scope.workspaceId }).first();
    if (row === undefined) throw new Problem('not_found');
    return row;
  };
  const actorOf = (scope: WorkspaceScope) => ({ actor_user_id: scope.userId, workspace_id: scope.workspaceId });

  /** A change of role counts at once (roles are read on every request); a new session id follows with the person's next request. */
  async function rotateSessionsOf(transaction: Knex, userId: string): Promise<void> {
    await transaction('sessions').where({ user_id: userId }).update({ must_rotate: 1 });
  }

  async function keepAnOwner(scope: WorkspaceScope): Promise<void> {
    const owner = await scope.query('memberships').where({ role: 'owner' }).first();
    if (owner === undefined) throw new Problem('last_owner');
  }

  return {
    async list(actor: Actor, asked: PageQuery) {
      const query = deps
        .database('workspaces')
        .join('memberships', 'memberships.workspace_id', 'workspaces.id')
        .where('memberships.user_id', actor.id)
        .select<WorkspaceListRow[]>('workspaces.*', 'memberships.role');
      // Safe: the join gives rows of exactly the type that `select` names.
      return page(
        query as Knex.QueryBuilder<WorkspaceListRow, WorkspaceListRow[]>,
        'workspaces.id',
        asked,
        presentWorkspace,
      );
    },

    async create(actor: Actor, name: string, origin: Origin): Promise<WorkspaceView> {
      return inTransaction(deps.database, (transaction) => createWorkspace(deps, transaction, actor.id, name, origin));
    },

    async get(scope: WorkspaceScope): Promise<WorkspaceView> {
      return presentWorkspace({ ...(await rowOf(scope)), role: scope.role });
    },

    async rename(scope: WorkspaceScope, name: string, origin: Origin): Promise<WorkspaceView> {
      return scope.transaction(async (inside, transaction) => {
        await transaction('workspaces').where({ id: scope.workspaceId }).update({ name });
        await recordEvent(
          deps,
          transaction,
          'workspace.changed',
          { ...actorOf(inside), detail: { field: 'name' } },
          origin,
        );
        return presentWorkspace({ ...(await rowOf(inside)), role: scope.role });
      });
    },

    async settings(scope: WorkspaceScope) {
      const row = await rowOf(scope);
      const { uploadBytes, openUploads, runningJobs, storageBytes } = deps.configuration.quotas;
      return {
        execution_enabled: Boolean(row.execution_enabled),
        replay_policy: row.replay_policy,
        quotas: {
          storage_bytes: row.storage_quota_bytes ?? storageBytes,
          upload_bytes: uploadBytes,
          open_uploads: openUploads,
          running_jobs: runningJobs,
        },
      };
    },

    async changeSettings(scope: WorkspaceScope, change: SettingsChange, origin: Origin): Promise<void> {
      await scope.transaction(async (inside, transaction) => {
        await transaction('workspaces').where({ id: scope.workspaceId }).update(change);
        await recordEvent(
          deps,
          transaction,
          'workspace.changed',
          { ...actorOf(inside), detail: { ...change } },
          origin,
        );
      });
    },

    async listMembers(scope: WorkspaceScope, asked: PageQuery) {
      const query = scope
        .query('memberships')
        .join('users', 'users.id', 'memberships.user_id')
        .select<(MembershipRow & { email: string; name: string })[]>('memberships.*', 'users.email', 'users.name');
      return page(query, 'memberships.id', asked, presentMember);
    },

    async addMember(scope: WorkspaceScope, body: Static<typeof NewMember>, origin: Origin): Promise<MemberView> {
      return scope.transaction(async (inside, transaction) => {
        const email = normaliseEmail(body.email);
        const user = await transaction<UserRow>('users').where({ email }).first();
        if (user === undefined) throw new Problem('unknown_user', { detail: 'Ask them to register first.' });
        const member = { id: deps.newId(), user_id: user.id, role: body.role, joined_at: isoTime(deps.clock()) };
        try {
          await inside.insert('memberships', member);
        } catch (error) {
          throw isUniqueViolation(error) ? new Problem('already_member') : error;
        }
        await rotateSessionsOf(transaction, user.id);
        await recordEvent(
          deps,
          transaction,
          'member.added',
          { ...actorOf(inside), detail: { user_id: user.id, role: body.role } },
          origin,
        );
        return presentMember({ ...member, email: user.email, name: user.name });
      });
    },

    async changeMember(scope: WorkspaceScope, userId: string, role: Role, origin: Origin): Promise<MemberView> {
      return scope.transaction(async (inside, transaction) => {
        const changed = await inside.query('memberships').where({ user_id: userId }).update({ role });
        if (changed === 0) throw new Problem('not_found');
        await keepAnOwner(inside);
        await rotateSessionsOf(transaction, userId);
        await recordEvent(
          deps,
          transaction,
          'member.changed',
          { ...actorOf(inside), detail: { user_id: userId, role } },
          origin,
        );
        const row = await inside
          .query('memberships')
          .where({ user_id: userId })
          .join('users', 'users.id', 'memberships.user_id')
          .select('memberships.*', 'users.email', 'users.name')
          .first<(MembershipRow & { email: string; name: string }) | undefined>();
        if (row === undefined) throw new Problem('not_found');
        return presentMember(row);
      });
    },

    async removeMember(scope: WorkspaceScope, userId: string, origin: Origin): Promise<void> {
      await scope.transaction(async (inside, transaction) => {
        const removed = await inside.query('memberships').where({ user_id: userId }).delete();
        if (removed === 0) throw new Problem('not_found');
        await keepAnOwner(inside);
        await rotateSessionsOf(transaction, userId);
        await recordEvent(
          deps,
          transaction,
          'member.removed',
          { ...actorOf(inside), detail: { user_id: userId } },
          origin,
        );
      });
    },

    async listProjects(scope: WorkspaceScope, asked: PageQuery) {
      return page(scope.query('projects').whereNull('archived_at'), 'projects.id', asked, presentProject);
    },

    async createProject(scope: WorkspaceScope, body: Static<typeof NewProject>, origin: Origin): Promise<ProjectView> {
      return scope.transaction(async (inside, transaction) => {
        const project = {
          id: deps.newId(),
          name: body.name,
          description: body.description ?? '',
          created_by: scope.userId,
          created_at: isoTime(deps.clock()),
          archived_at: null,
        };
        await inside.insert('projects', project);
        await recordEvent(
          deps,
          transaction,
          'project.created',
          { ...actorOf(inside), detail: { project_id: project.id } },
          origin,
        );
        return presentProject({ ...project, workspace_id: scope.workspaceId });
      });
    },

    async changeProject(
      scope: WorkspaceScope,
      id: string,
      change: Static<typeof ProjectChange>,
      origin: Origin,
    ): Promise<ProjectView> {
      return scope.transaction(async (inside, transaction) => {
        const changed = await inside.query('projects').where({ id }).whereNull('archived_at').update(change);
        const row = await inside.query('projects').where({ id }).first();
        if (changed === 0 || row === undefined) throw new Problem('not_found');
        await recordEvent(
          deps,
          transaction,
          'project.changed',
          { ...actorOf(inside), detail: { project_id: id } },
          origin,
        );
        return presentProject(row);
      });
    },

    async archiveProject(scope: WorkspaceScope, id: string, origin: Origin): Promise<void> {
      await scope.transaction(async (inside, transaction) => {
        const archived_at = isoTime(deps.clock());
        const changed = await inside.query('projects').where({ id }).whereNull('archived_at').update({ archived_at });
        if (changed === 0) throw new Problem('not_found');
        await recordEvent(
          deps,
          transaction,
          'project.archived',
          { ...actorOf(inside), detail: { project_id: id } },
          origin,
        );
      });
    },
  };
}

function presentWorkspace(
  row: Pick<WorkspaceRow, 'id' | 'name' | 'created_by' | 'created_at'> & { role: Role },
): WorkspaceView {
  return { id: row.id, name: row.name, role: row.role, created_by: row.created_by, created_at: row.created_at };
}

function presentMember(
  row: Pick<MembershipRow, 'user_id' | 'role' | 'joined_at'> & { email: string; name: string },
): MemberView {
  return { user_id: row.user_id, email: row.email, name: row.name, role: row.role, joined_at: row.joined_at };
}

function presentProject(row: ProjectRow): ProjectView {
  const { id, workspace_id, name, description, created_at, archived_at } = row;
  return { id, workspace_id, name, description, created_at, archived_at };
}
