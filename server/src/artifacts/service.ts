/**
 * Artifacts: bytes of a workspace, named by digest, that came in through a signed upload or were made by replay.
 *
 * An upload: reserved ──PUT──▶ receiving ──verified──▶ stored ──complete──▶ complete
 *               └────────────────┴── failed, or never finished ──▶ expired (its reservation is free again)
 */
import type { Context } from 'koa';
import type { Knex } from 'knex';
import { recordEvent } from '../audit/events.ts';
import type { Origin } from '../origin.ts';
import type { ArtifactRow, UploadRow, UserRow } from '../database/rows.ts';
import type { WorkspaceScope } from '../database/scope.ts';
import { inTransaction } from '../database/transaction.ts';
import { type Dependencies, isoTime } from '../dependencies.ts';
import { Problem } from '../errors.ts';
import { originOf } from '../http/origin.ts';
import { page, type PageQuery } from '../http/pages.ts';
import type { Sentence } from '../policy.ts';
import { openScope } from '../http/membership.ts';
import type { Usage } from '../workspaces/usage.ts';
import { checkContentType, essence } from './content-type.ts';
import { type LinkFields, type LinkTarget, MAXIMUM_LIFETIME_MS, signLink, verifyLink } from './links.ts';
import { receive } from './receive.ts';
import { addArtifact, findArtifact } from './store.ts';
import type { ArtifactView, NewUpload, UploadAnswer } from './schemas.ts';

const API = '/api/v1';
/** How long a verified upload waits to be completed, ms. */
const COMPLETION_MS = 60 * 60_000;
/** How long receiving an upload may take, ms. */
export const RECEIVING_MS = 10 * 60_000;

export type Artifacts = ReturnType<typeof artifacts>;

export function artifacts(deps: Dependencies, usage: Usage) {
  const uploadRows = (connection: Knex) => connection<UploadRow>('uploads');
  const lifetime = Math.min(deps.configuration.signedUrlMs, MAXIMUM_LIFETIME_MS);
  const nonce = (): string => Buffer.from(deps.random(18)).toString('base64url');
  const hostOf = (context: Context): string => new URL(originOf(deps, context)).host;

  function link(
    method: 'GET' | 'PUT',
    context: Context,
    path: string,
    fields: LinkFields,
  ): { url: string; expires_at: string } {
    const expires = deps.clock() + lifetime;
    const query = signLink(deps.keys.link, { method, host: hostOf(context), path }, fields, expires, nonce());
    return { url: `${path}?${query}`, expires_at: isoTime(expires) };
  }

  /** The fields of the link that this request uses, and a scope with the rights that its person has now. */
  async function redeem(context: Context, method: 'GET' | 'PUT', sentence: Sentence) {
    const target: LinkTarget = { method, host: hostOf(context), path: decodeURIComponent(context.path) };
    const fields = verifyLink(deps.keys.link, target, new URLSearchParams(context.querystring), deps.clock());
    const subject = await deps.database<UserRow>('users').where({ id: fields.subject }).first();
    if (subject === undefined || subject.banned_at !== null) throw new Problem('bad_signature');
    const scope = await openScope(deps.database, subject, sentence, 'workspace', fields.workspace);
    return { fields, scope };
  }

  /** Reads the body of a PUT into a private place and checks everything that was announced. */
  async function receiveVerified(context: Context, upload: UploadRow): Promise<void> {
    try {
      const staged = await deps.blobs.stage(upload.id, receive(context.req), upload.size_bytes);
      if (staged.size_bytes !== upload.size_bytes) {
        throw new Problem('size_mismatch', {
          detail: `${staged.size_bytes} bytes arrived, ${upload.size_bytes} were announced.`,
        });
      }
      if (staged.digest !== upload.digest) {
        throw new Problem('digest_mismatch', {
          detail: `The bytes that arrived have ${staged.digest}, not the announced ${upload.digest}: something changed them on the way. Send them again.`,
        });
      }
      checkContentType(upload.media_type, staged.head);
    } catch (error) {
      await deps.blobs.discard(upload.id);
      await uploadRows(deps.database).where({ id: upload.id }).update({ status: 'expired' });
      throw error;
    }
    const expires_at = isoTime(deps.clock() + COMPLETION_MS);
    await uploadRows(deps.database).where({ id: upload.id }).update({ status: 'stored', expires_at });
  }

  return {
    async list(scope: WorkspaceScope, asked: PageQuery) {
      return page(scope.query('artifacts'), 'artifacts.id', asked, presentArtifact);
    },

    /** A ticket for one upload, or the artifact when this very workspace has it: what others hold is never told. */
    async createUpload(
      scope: WorkspaceScope,
      body: NewUpload,
      context: Context,
      origin: Origin,
    ): Promise<UploadAnswer> {
      const { uploadBytes } = deps.configuration.quotas;
      if (body.size_bytes > uploadBytes)
        throw new Problem('too_large', { detail: `At most ${uploadBytes} bytes can be uploaded at once.` });
      const id = deps.newId();
      const fields = {
        digest: body.digest,
        size: String(body.size_bytes),
        type: essence(body.media_type),
        workspace: scope.workspaceId,
        subject: scope.userId,
      };
      const ticket = link('PUT', context, `${API}/uploads/${id}/content`, fields);
      const found = await scope.transaction(async (inside, transaction) => {
        const artifact = await findArtifact(inside, body.digest);
        if (artifact !== undefined) return artifact;
        await usage.requireUpload(inside);
        await usage.requireStorage(inside, body.size_bytes);
        await inside.insert('uploads', {
          id,
          user_id: scope.userId,
          digest: body.digest,
          size_bytes: body.size_bytes,
          media_type: body.media_type,
          name: body.name ?? body.digest.slice('sha256:'.length, 'sha256:'.length + 16),
          purpose: body.purpose ?? 'artifact',
          status: 'reserved',
          created_at: isoTime(deps.clock()),
          expires_at: ticket.expires_at,
        });
        const subject = {
          actor_user_id: scope.userId,
          workspace_id: scope.workspaceId,
          detail: { digest: body.digest },
        };
        await recordEvent(deps, transaction, 'upload.created', subject, origin);
        return null;
      });
      if (found !== null) return { artifact: presentArtifact(found) };
      return { upload_id: id, ...ticket, method: 'PUT', headers: { 'Content-Type': fields.type } };
    },

    /** The PUT of a signed link: works once. */
    async receiveUpload(context: Context, id: string): Promise<void> {
      const { fields, scope } = await redeem(context, 'PUT', 'upload artifacts');
      const upload = await scope.query('uploads').where({ id, user_id: fields.subject, digest: fields.digest }).first();
      if (upload === undefined) throw new Problem('bad_signature');
      if (context.get('Content-Encoding') !== '')
        throw new Problem('unsupported_media_type', { detail: 'Send the bytes as they are.' });
      if (essence(context.get('Content-Type')) !== fields.type) {
        throw new Problem('unsupported_media_type', { detail: `This upload was announced as ${fields.type}.` });
      }
      const length = context.request.length;
      if (length !== undefined && length !== upload.size_bytes) {
        throw new Problem('size_mismatch', {
          detail: `Content-Length is ${length}, ${upload.size_bytes} bytes were announced.`,
        });
      }
      const taken = await scope
        .query('uploads')
        .where({ id, status: 'reserved' })
        .update({ status: 'receiving', expires_at: isoTime(deps.clock() + RECEIVING_MS) });
      if (taken === 0) throw new Problem('upload_used');
      await receiveVerified(context, upload);
    },

    async completeUpload(scope: WorkspaceScope, id: string, origin: Origin): Promise<ArtifactView> {
      const upload = await scope.query('uploads').where({ id, user_id: scope.userId }).first();
      if (upload === undefined) throw new Problem('not_found');
      if (upload.status !== 'stored' && upload.status !== 'complete') throw new Problem('upload_incomplete');
      await deps.blobs.commit(id, upload.digest);
      return scope.transaction(async (inside) => {
        await inside.query('uploads').where({ id }).update({ status: 'complete' });
        const { digest, size_bytes, media_type, name, purpose } = upload;
        const artifact = { digest, size_bytes, media_type, name, kind: purpose, created_by: scope.userId };
        return presentArtifact(await addArtifact(deps, inside, artifact, { actor_user_id: scope.userId }, origin));
      });
    },

    async downloadLink(scope: WorkspaceScope, digest: string, context: Context, origin: Origin) {
      const artifact = await findArtifact(scope, digest);
      if (artifact === undefined) throw new Problem('not_found');
      await inTransaction(deps.database, (transaction) =>
        recordEvent(
          deps,
          transaction,
          'artifact.download_url_issued',
          { actor_user_id: scope.userId, workspace_id: scope.workspaceId, detail: { digest } },
          origin,
        ),
      );
      return link('GET', context, `${API}/artifacts/${artifact.id}/content`, {
        digest,
        size: String(artifact.size_bytes),
        type: essence(artifact.media_type),
        workspace: scope.workspaceId,
        subject: scope.userId,
      });
    },

    /** The GET of a signed link. */
    async openDownload(context: Context, id: string) {
      const { fields, scope } = await redeem(context, 'GET', 'see artifacts');
      const artifact = await scope.query('artifacts').where({ id, digest: fields.digest }).first();
      if (artifact === undefined) throw new Problem('bad_signature');
      return { artifact, ...(await deps.blobs.open(artifact.digest)) };
    },

    /** Frees the reservations of uploads that were never finished. Returns how many. */
    async expireUploads(): Promise<number> {
      const stale = await uploadRows(deps.database)
        .whereIn('status', ['reserved', 'receiving', 'stored'])
        .andWhere('expires_at', '<=', isoTime(deps.clock()))
        .limit(1000);
      for (const upload of stale) {
        await deps.blobs.discard(upload.id);
        await uploadRows(deps.database).where({ id: upload.id, status: upload.status }).update({ status: 'expired' });
      }
      return stale.length;
    },
  };
}

export function presentArtifact(row: ArtifactRow): ArtifactView {
  const { id, workspace_id, digest, size_bytes, media_type, name, kind, created_by, created_at } = row;
  return { id, workspace_id, digest, size_bytes, media_type, name, kind, created_by, created_at };
}
