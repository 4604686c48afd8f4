/** Revisions as files for elsewhere, over HTTP. */
import { Type } from 'typebox';
import { findArtifact } from '../artifacts/store.ts';
import { recordEvent } from '../audit/events.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Documents } from '../documents/service.ts';
import { type Route, workspaceRoute } from '../http/route.ts';
import type { Jobs } from '../jobs/service.ts';
import { closed, Id, params } from '../schemas.ts';
import { exportNotebook } from './notebook.ts';

export function exportRoutes(deps: Dependencies, documents: Documents, jobs: Jobs): Route[] {
  return [
    workspaceRoute({
      method: 'GET',
      path: '/revisions/:rev/export',
      summary: 'The revision as a Jupyter notebook; outputs carry their trust state in the metadata',
      rate: 'downloads',
      params: params({ rev: Id }),
      query: Type.Object({ format: Type.Literal('ipynb') }, closed),
      permission: { resource: 'revision', parameter: 'rev', sentence: 'read documents' },
      answers: { 200: null },
      handler: async ({ scope, params: { rev }, origin }) => {
        const revision = await documents.getRevision(scope, rev);
        const document = await documents.get(scope, revision.document_id);
        const { items } = await jobs.outputs(scope, rev);
        const text = await exportNotebook(document.title, revision, items, async (digest) =>
          (await findArtifact(scope, digest)) === undefined ? null : deps.blobs.read(digest),
        );
        await scope.transaction((inside, transaction) => {
          const subject = { actor_user_id: inside.userId, workspace_id: inside.workspaceId };
          const about = { ...subject, document_id: revision.document_id, revision_id: rev };
          return recordEvent(deps, transaction, 'revision.exported', about, origin);
        });
        return {
          body: Buffer.from(text, 'utf8'),
          headers: {
            'Content-Type': 'application/x-ipynb+json; charset=utf-8',
            'Content-Disposition': `attachment; filename="revision-${rev}.ipynb"`,
          },
        };
      },
    }),
  ];
}
