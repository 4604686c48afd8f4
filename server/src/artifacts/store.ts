/** Rows of artifacts: one for each digest of a workspace. Used by uploads and by replay. */
import { type AuditSubject, recordEvent } from '../audit/events.ts';
import type { Origin } from '../origin.ts';
import type { ArtifactRow } from '../database/rows.ts';
import type { WorkspaceScope } from '../database/scope.ts';
import { type Dependencies, isoTime } from '../dependencies.ts';

export type NewArtifact = Pick<ArtifactRow, 'digest' | 'size_bytes' | 'media_type' | 'name' | 'kind' | 'created_by'>;

export async function findArtifact(scope: WorkspaceScope, digest: string): Promise<ArtifactRow | undefined> {
  return scope.query('artifacts').where({ digest }).first();
}

/** In the caller's transaction. The first name and type that came with a digest stay. */
export async function addArtifact(
  deps: Pick<Dependencies, 'clock' | 'newId'>,
  scope: WorkspaceScope,
  artifact: NewArtifact,
  subject: AuditSubject,
  origin?: Origin,
): Promise<ArtifactRow> {
  const found = await findArtifact(scope, artifact.digest);
  if (found !== undefined) return found;
  const row = { ...artifact, id: deps.newId(), created_at: isoTime(deps.clock()) };
  await scope.insert('artifacts', row);
  const about = { ...subject, workspace_id: scope.workspaceId, detail: { digest: row.digest } };
  await recordEvent(deps, scope.connection, 'artifact.created', about, origin);
  return { ...row, workspace_id: scope.workspaceId };
}
