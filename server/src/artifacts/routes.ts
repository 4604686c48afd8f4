/** Uploads and artifacts over HTTP. */
import { Type } from 'typebox';
import { pageOf, PageQuery } from '../http/pages.ts';
import { type Route, signedRoute, workspaceRoute } from '../http/route.ts';
import { closed, Digest, Id, params } from '../schemas.ts';
import { digestHex } from '../storage/blob-store.ts';
import { ArtifactView, CompletedUpload, DownloadLink, NewUpload, UploadAnswer } from './schemas.ts';
import { essence } from './content-type.ts';
import type { Artifacts } from './service.ts';

export function artifactRoutes(service: Artifacts): Route[] {
  return [
    workspaceRoute({
      method: 'POST',
      path: '/workspaces/:ws/uploads',
      summary: 'Reserve an upload and get its signed URL, or the artifact when the workspace has it already',
      rate: 'uploads',
      params: params({ ws: Id }),
      body: NewUpload,
      permission: { resource: 'workspace', parameter: 'ws', sentence: 'upload artifacts' },
      idempotency: 'required',
      answers: { 200: UploadAnswer, 201: UploadAnswer },
      handler: async ({ scope, body, koa, origin }) => {
        const answer = await service.createUpload(scope, body, koa, origin);
        return { status: 'artifact' in answer ? 200 : 201, body: answer };
      },
    }),
    signedRoute({
      method: 'PUT',
      path: '/uploads/:id/content',
      summary: 'Send the bytes; the signed URL comes from the reservation and works once',
      rate: 'uploads',
      params: params({ id: Id }),
      answers: { 204: null },
      handler: async ({ koa, params: { id } }) => {
        await service.receiveUpload(koa, id);
        return { status: 204 };
      },
    }),
    workspaceRoute({
      method: 'POST',
      path: '/uploads/:id/complete',
      summary: 'Make an artifact of the uploaded bytes',
      rate: 'uploads',
      params: params({ id: Id }),
      permission: { resource: 'upload', parameter: 'id', sentence: 'upload artifacts' },
      answers: { 200: CompletedUpload },
      handler: async ({ scope, params: { id }, origin }) => ({
        body: { artifact: await service.completeUpload(scope, id, origin) },
      }),
    }),
    workspaceRoute({
      method: 'GET',
      path: '/workspaces/:ws/artifacts',
      summary: 'The artifacts',
      rate: 'api',
      params: params({ ws: Id }),
      query: PageQuery,
      permission: { resource: 'workspace', parameter: 'ws', sentence: 'see artifacts' },
      answers: { 200: pageOf(ArtifactView) },
      handler: async ({ scope, query }) => ({ body: await service.list(scope, query) }),
    }),
    workspaceRoute({
      method: 'POST',
      path: '/workspaces/:ws/artifacts/:digest/download-url',
      summary: 'A signed URL to download an artifact within minutes',
      rate: 'downloads',
      params: Type.Object({ ws: Id, digest: Digest }, closed),
      permission: { resource: 'workspace', parameter: 'ws', sentence: 'see artifacts' },
      answers: { 200: DownloadLink },
      handler: async ({ scope, params: { digest }, koa, origin }) => ({
        body: await service.downloadLink(scope, digest, koa, origin),
      }),
    }),
    signedRoute({
      method: 'GET',
      path: '/artifacts/:id/content',
      summary: 'The bytes of an artifact, by signed URL',
      rate: 'downloads',
      params: params({ id: Id }),
      answers: { 200: null },
      handler: async ({ koa, params: { id } }) => {
        const { artifact, size_bytes, stream } = await service.openDownload(koa, id);
        return {
          body: stream,
          headers: {
            'Content-Type': essence(artifact.media_type),
            'Content-Length': String(size_bytes),
            'Content-Disposition': `attachment; filename*=UTF-8''${encodeName(artifact.name)}`,
            'Repr-Digest': `sha-256=:${Buffer.from(digestHex(artifact.digest), 'hex').toString('base64')}:`,
            'Cache-Control': 'private, max-age=31536000, immutable',
            // Opened as a page after all, it is a page that can do nothing.
            'Content-Security-Policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
          },
        };
      },
    }),
  ];
}

/** RFC 8187: everything but attr-char is percent-encoded. */
function encodeName(name: string): string {
  return encodeURIComponent(name).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
