/** People, workspaces, documents, jobs, artifacts and what replay says about them. Times are ISO 8601 text, JSON is text. */
import type { Knex } from 'knex';

/** Tables in the order of their references; `down` drops them backwards. */
const TABLES: readonly (readonly [name: string, define: (table: Knex.CreateTableBuilder) => void])[] = [
  [
    'write_lock',
    (table) => {
      table.integer('held').notNullable();
    },
  ],
  [
    'users',
    (table) => {
      table.text('id').primary();
      table.text('email').notNullable().unique();
      table.text('name').notNullable();
      table.text('password_hash').notNullable();
      table.text('created_at').notNullable();
      table.text('banned_at');
    },
  ],
  [
    'sessions',
    (table) => {
      table.text('id').primary();
      // sha256 of the cookie: a copy of the database opens no session.
      table.text('secret_hash').notNullable().unique();
      table.text('user_id').references('users.id').onDelete('CASCADE').index();
      table.text('data').notNullable();
      table.boolean('must_rotate').notNullable().defaultTo(false);
      table.text('created_at').notNullable();
      table.text('last_seen_at').notNullable();
      table.text('expires_at').notNullable().index();
      table.text('ip');
      table.text('user_agent');
    },
  ],
  [
    'workspaces',
    (table) => {
      table.text('id').primary();
      table.text('name').notNullable();
      table.text('created_by').notNullable().references('users.id');
      table.text('created_at').notNullable();
      table.boolean('execution_enabled').notNullable().defaultTo(true);
      table.text('replay_policy').notNullable().defaultTo('always');
      // Null: the server's default.
      table.bigInteger('storage_quota_bytes');
    },
  ],
  [
    'memberships',
    (table) => {
      table.text('id').primary();
      table.text('workspace_id').notNullable().references('workspaces.id');
      table.text('user_id').notNullable().references('users.id').index();
      table.text('role').notNullable();
      table.text('joined_at').notNullable();
      table.unique(['workspace_id', 'user_id']);
    },
  ],
  [
    'projects',
    (table) => {
      table.text('id').primary();
      table.text('workspace_id').notNullable().references('workspaces.id').index();
      table.text('name').notNullable();
      table.text('description').notNullable();
      table.text('created_by').notNullable().references('users.id');
      table.text('created_at').notNullable();
      table.text('archived_at');
    },
  ],
  [
    'documents',
    (table) => {
      table.text('id').primary();
      table.text('workspace_id').notNullable().references('workspaces.id').index();
      table.text('project_id').notNullable().references('projects.id').index();
      table.text('title').notNullable();
      table.text('description').notNullable();
      table.text('created_by').notNullable().references('users.id');
      table.text('created_at').notNullable();
      table.text('archived_at');
      // The one head. No foreign key: a revision refers to its document already.
      table.text('head_revision_id');
    },
  ],
  [
    'revisions',
    (table) => {
      table.text('id').primary();
      table.text('workspace_id').notNullable().references('workspaces.id');
      table.text('document_id').notNullable().references('documents.id');
      // 1, 2, 3 …: with the unique index, two heads cannot grow from one parent.
      table.integer('sequence').notNullable();
      table.text('parent_revision_id').references('revisions.id');
      table.text('message').notNullable();
      table.text('digest').notNullable();
      table.text('content').notNullable();
      table.text('created_by').notNullable().references('users.id');
      table.text('created_at').notNullable();
      table.unique(['document_id', 'sequence']);
    },
  ],
  [
    'jobs',
    (table) => {
      table.text('id').primary();
      table.text('workspace_id').notNullable().references('workspaces.id');
      table.text('project_id').notNullable().references('projects.id');
      table.text('document_id').notNullable().references('documents.id');
      table.text('document_revision_id').notNullable().references('revisions.id').index();
      table.text('object_id');
      table.text('job_type').notNullable();
      table.text('executor').notNullable();
      table.text('status').notNullable();
      table.text('trust');
      table.text('execution_key').notNullable();
      table.text('env_version').notNullable();
      table.text('program').notNullable();
      table.text('program_digest').notNullable();
      table.text('payload').notNullable();
      table.text('priority').notNullable();
      table.text('requested_by').notNullable().references('users.id');
      // The job whose result this one shares: its own id unless identical work had been verified before.
      table.text('result_job_id').notNullable();
      table.text('cancel_cause');
      table.text('error');
      table.text('lease_expires_at');
      table.text('created_at').notNullable();
      table.text('started_at');
      table.text('finished_at');
      table.index(['workspace_id', 'created_at']);
      table.index(['workspace_id', 'execution_key']);
      table.index(['status', 'lease_expires_at']);
    },
  ],
  [
    'run_records',
    (table) => {
      table.text('id').primary();
      table.text('workspace_id').notNullable().references('workspaces.id');
      table.text('job_id').notNullable().references('jobs.id');
      // `claim` or `replay`.
      table.text('source').notNullable();
      table.text('run_digest').notNullable();
      table.text('record').notNullable();
      table.text('observed');
      table.text('created_at').notNullable();
      table.unique(['job_id', 'source']);
    },
  ],
  [
    'object_outputs',
    (table) => {
      table.text('id').primary();
      table.text('workspace_id').notNullable().references('workspaces.id');
      table.text('document_revision_id').notNullable().references('revisions.id');
      table.text('object_id').notNullable();
      table.text('job_id').notNullable().references('jobs.id');
      // Index into the steps of the job's record.
      table.integer('step').notNullable();
      table.text('created_at').notNullable();
      table.unique(['job_id', 'step']);
      table.index(['document_revision_id', 'object_id', 'created_at']);
    },
  ],
  [
    'verdicts',
    (table) => {
      table.text('id').primary();
      table.text('workspace_id').notNullable().references('workspaces.id');
      table.text('job_id').notNullable().references('jobs.id').unique();
      table.text('verdict').notNullable();
      table.text('code');
      table.text('reason').notNullable();
      table.text('first_divergence');
      table.text('run_digest');
      table.text('replayed_run_digest');
      table.text('replayer').notNullable();
      table.text('created_at').notNullable();
    },
  ],
  [
    'attestations',
    (table) => {
      table.text('id').primary();
      table.text('workspace_id').notNullable().references('workspaces.id');
      table.text('job_id').notNullable().references('jobs.id').unique();
      table.text('key_id').notNullable();
      table.text('envelope').notNullable();
      table.text('created_at').notNullable();
    },
  ],
  [
    'artifacts',
    (table) => {
      table.text('id').primary();
      table.text('workspace_id').notNullable().references('workspaces.id');
      table.text('digest').notNullable();
      table.bigInteger('size_bytes').notNullable();
      table.text('media_type').notNullable();
      table.text('name').notNullable();
      table.text('kind').notNullable();
      // Null when the server's own replay made it.
      table.text('created_by').references('users.id');
      table.text('created_at').notNullable();
      table.unique(['workspace_id', 'digest']);
      table.index(['workspace_id', 'created_at']);
    },
  ],
  [
    'uploads',
    (table) => {
      table.text('id').primary();
      table.text('workspace_id').notNullable().references('workspaces.id');
      table.text('user_id').notNullable().references('users.id');
      table.text('digest').notNullable();
      table.bigInteger('size_bytes').notNullable();
      table.text('media_type').notNullable();
      table.text('name').notNullable();
      table.text('purpose').notNullable();
      // reserved → receiving → stored → complete, or expired; see artifacts/uploads.ts.
      table.text('status').notNullable();
      table.text('created_at').notNullable();
      table.text('expires_at').notNullable();
      table.index(['workspace_id', 'status']);
      table.index(['status', 'expires_at']);
    },
  ],
  [
    'idempotency_keys',
    (table) => {
      // sha256 of user, route and key.
      table.text('scope_hash').primary();
      table.text('request_hash').notNullable();
      // Null while the first request is in progress.
      table.integer('response_status');
      table.text('response_body');
      table.text('created_at').notNullable().index();
    },
  ],
  [
    'queue_items',
    (table) => {
      table.text('id').primary();
      table.text('workspace_id').notNullable().references('workspaces.id');
      table.text('job_id').notNullable().references('jobs.id').unique();
      // `replay` a claim, or `run` for executor server.
      table.text('kind').notNullable();
      table.text('status').notNullable();
      table.integer('priority').notNullable();
      table.integer('attempts').notNullable();
      table.text('available_at').notNullable();
      table.text('lease_owner');
      table.text('lease_expires_at');
      table.text('last_error');
      table.text('created_at').notNullable();
      table.index(['status', 'priority', 'available_at']);
    },
  ],
  [
    'audit_events',
    (table) => {
      table.text('id').primary();
      table.text('event').notNullable();
      table.text('timestamp').notNullable();
      table.text('actor_user_id');
      // Null for events of a person alone, such as signing in. No references: the log outlives what it is about.
      table.text('workspace_id');
      table.text('document_id');
      table.text('revision_id');
      table.text('object_id');
      table.text('job_id');
      table.text('ip');
      table.text('user_agent');
      table.text('detail').notNullable();
      table.index(['workspace_id', 'id']);
    },
  ],
];

export async function up(database: Knex): Promise<void> {
  for (const [name, define] of TABLES) await database.schema.createTable(name, define);
  await database('write_lock').insert({ held: 0 });
}

export async function down(database: Knex): Promise<void> {
  for (const [name] of TABLES.toReversed()) await database.schema.dropTable(name);
}
