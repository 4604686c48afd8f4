/** The audit log: what happened, who did it and to what; written in the same transaction as the action itself. */
import type { Knex } from 'knex';
import type { AuditEventRow } from '../database/rows.ts';
import { type Dependencies, isoTime } from '../dependencies.ts';
import type { Origin } from '../origin.ts';

export type AuditEvent =
  | 'user.registered'
  | 'user.signed_in'
  | 'user.sign_in_failed'
  | 'user.signed_out'
  | 'user.password_changed'
  | 'session.revoked'
  | 'workspace.created'
  | 'workspace.changed'
  | 'member.added'
  | 'member.changed'
  | 'member.removed'
  | 'project.created'
  | 'project.changed'
  | 'project.archived'
  | 'document.created'
  | 'document.changed'
  | 'document.archived'
  | 'document.imported'
  | 'revision.created'
  | 'revision.exported'
  | 'job.created'
  | 'job.reused'
  | 'job.claimed'
  | 'job.completed'
  | 'job.cancelled'
  | 'job.timed_out'
  | 'job.verdict'
  | 'upload.created'
  | 'artifact.created'
  | 'artifact.download_url_issued'
  | 'artifact.downloaded';

export interface AuditSubject {
  actor_user_id?: string | null;
  workspace_id?: string;
  document_id?: string;
  revision_id?: string;
  object_id?: string | null;
  job_id?: string;
  /** Small facts such as a role or a digest; never user code, never a secret. */
  detail?: Record<string, string | number | boolean | null>;
}

/** Longest user agent kept, characters. */
const USER_AGENT_LENGTH = 256;

export async function recordEvent(
  deps: Pick<Dependencies, 'clock' | 'newId'>,
  transaction: Knex,
  event: AuditEvent,
  subject: AuditSubject,
  /** Absent for what the server does by itself. */
  origin: Origin = { ip: null, user_agent: null },
): Promise<void> {
  const row: AuditEventRow = {
    id: deps.newId(),
    event,
    timestamp: isoTime(deps.clock()),
    actor_user_id: subject.actor_user_id ?? null,
    workspace_id: subject.workspace_id ?? null,
    document_id: subject.document_id ?? null,
    revision_id: subject.revision_id ?? null,
    object_id: subject.object_id ?? null,
    job_id: subject.job_id ?? null,
    ip: origin.ip,
    user_agent: origin.user_agent?.slice(0, USER_AGENT_LENGTH) ?? null,
    detail: JSON.stringify(subject.detail ?? {}),
  };
  await transaction('audit_events').insert(row);
}
