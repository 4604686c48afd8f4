/** Rows as the database holds them. JSON columns are text here; the stores that own them parse them. */

export type Role = 'viewer' | 'editor' | 'owner';
export type JobType = 'document_execute' | 'object_execute';
export type Executor = 'client' | 'server';
export type JobStatus = 'PENDING' | 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED' | 'TIMED_OUT';
export type Trust = 'claimed' | 'verified' | 'mismatch' | 'unverifiable';
export type Priority = 'low' | 'normal' | 'high';
export type ReplayPolicy = 'always' | 'on_demand';
export type UploadStatus = 'reserved' | 'receiving' | 'stored' | 'complete' | 'expired';
export type QueueKind = 'replay' | 'run';
export type QueueStatus = 'ready' | 'leased' | 'done' | 'dead';

export interface UserRow {
  id: string;
  email: string;
  name: string;
  password_hash: string;
  created_at: string;
  banned_at: string | null;
}

export interface SessionRow {
  id: string;
  secret_hash: string;
  user_id: string | null;
  data: string;
  /** SQLite has no booleans: 0 or 1. */
  must_rotate: number | boolean;
  created_at: string;
  last_seen_at: string;
  expires_at: string;
  ip: string | null;
  user_agent: string | null;
}

export interface WorkspaceRow {
  id: string;
  name: string;
  created_by: string;
  created_at: string;
  execution_enabled: number | boolean;
  replay_policy: ReplayPolicy;
  storage_quota_bytes: number | null;
}

interface Scoped {
  id: string;
  workspace_id: string;
}

export interface MembershipRow extends Scoped {
  user_id: string;
  role: Role;
  joined_at: string;
}

export interface ProjectRow extends Scoped {
  name: string;
  description: string;
  created_by: string;
  created_at: string;
  archived_at: string | null;
}

export interface DocumentRow extends Scoped {
  project_id: string;
  title: string;
  description: string;
  created_by: string;
  created_at: string;
  archived_at: string | null;
  head_revision_id: string | null;
}

export interface RevisionRow extends Scoped {
  document_id: string;
  sequence: number;
  parent_revision_id: string | null;
  message: string;
  digest: string;
  content: string;
  created_by: string;
  created_at: string;
}

export interface JobRow extends Scoped {
  project_id: string;
  document_id: string;
  document_revision_id: string;
  object_id: string | null;
  job_type: JobType;
  executor: Executor;
  status: JobStatus;
  trust: Trust | null;
  execution_key: string;
  env_version: string;
  program: string;
  program_digest: string;
  payload: string;
  priority: Priority;
  requested_by: string;
  result_job_id: string;
  cancel_cause: string | null;
  error: string | null;
  lease_expires_at: string | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
}

export interface RunRecordRow extends Scoped {
  job_id: string;
  source: 'claim' | 'replay';
  run_digest: string;
  record: string;
  observed: string | null;
  created_at: string;
}

export interface ObjectOutputRow extends Scoped {
  document_revision_id: string;
  object_id: string;
  job_id: string;
  step: number;
  created_at: string;
}

export interface VerdictRow extends Scoped {
  job_id: string;
  verdict: 'MATCH' | 'MISMATCH' | 'UNVERIFIABLE' | 'MALFORMED';
  code: string | null;
  reason: string;
  first_divergence: string | null;
  run_digest: string | null;
  replayed_run_digest: string | null;
  replayer: string;
  created_at: string;
}

export interface AttestationRow extends Scoped {
  job_id: string;
  key_id: string;
  envelope: string;
  created_at: string;
}

export interface ArtifactRow extends Scoped {
  digest: string;
  size_bytes: number;
  media_type: string;
  name: string;
  kind: string;
  created_by: string | null;
  created_at: string;
}

export interface UploadRow extends Scoped {
  user_id: string;
  digest: string;
  size_bytes: number;
  media_type: string;
  name: string;
  purpose: string;
  status: UploadStatus;
  created_at: string;
  expires_at: string;
}

export interface QueueItemRow extends Scoped {
  job_id: string;
  kind: QueueKind;
  status: QueueStatus;
  priority: number;
  attempts: number;
  available_at: string;
  lease_owner: string | null;
  lease_expires_at: string | null;
  last_error: string | null;
  created_at: string;
}

export interface IdempotencyRow {
  scope_hash: string;
  request_hash: string;
  response_status: number | null;
  response_body: string | null;
  created_at: string;
}

export interface AuditEventRow {
  id: string;
  event: string;
  timestamp: string;
  actor_user_id: string | null;
  workspace_id: string | null;
  document_id: string | null;
  revision_id: string | null;
  object_id: string | null;
  job_id: string | null;
  ip: string | null;
  user_agent: string | null;
  detail: string;
}

/** Tables whose every row belongs to one workspace. */
export interface ScopedTables {
  memberships: MembershipRow;
  projects: ProjectRow;
  documents: DocumentRow;
  revisions: RevisionRow;
  jobs: JobRow;
  run_records: RunRecordRow;
  object_outputs: ObjectOutputRow;
  verdicts: VerdictRow;
  attestations: AttestationRow;
  artifacts: ArtifactRow;
  uploads: UploadRow;
  queue_items: QueueItemRow;
}
