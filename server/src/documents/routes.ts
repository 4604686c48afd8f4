/** Documents and revisions over HTTP. */
import type { ServerConfiguration } from '../configuration.ts';
import { pageOf, PageQuery } from '../http/pages.ts';
import { type Route, workspaceRoute } from '../http/route.ts';
import { Id, params } from '../schemas.ts';
import {
  DocumentChange,
  DocumentView,
  ImportBody,
  ImportView,
  NewDocument,
  NewRevision,
  RevisionSummary,
  RevisionView,
} from './schemas.ts';
import type { Documents } from './service.ts';

const Ws = params({ ws: Id });
const Doc = params({ doc: Id });
const Rev = params({ rev: Id });
const ofDocument = { resource: 'document', parameter: 'doc' } as const;
const ofRevision = { resource: 'revision', parameter: 'rev' } as const;

export function documentRoutes(service: Documents, configuration: ServerConfiguration): Route[] {
  return [
    workspaceRoute({
      method: 'GET',
      path: '/workspaces/:ws/documents',
      summary: 'The documents that are not archived',
      rate: 'api',
      params: Ws,
      query: PageQuery,
      permission: { resource: 'workspace', parameter: 'ws', sentence: 'read documents' },
      answers: { 200: pageOf(DocumentView) },
      handler: async ({ scope, query }) => ({ body: await service.list(scope, query) }),
    }),
    workspaceRoute({
      method: 'POST',
      path: '/workspaces/:ws/documents',
      summary: 'Make a document; its content comes with its first revision',
      rate: 'api',
      params: Ws,
      body: NewDocument,
      permission: { resource: 'workspace', parameter: 'ws', sentence: 'write documents' },
      answers: { 201: DocumentView },
      handler: async ({ scope, body, origin }) => ({ status: 201, body: await service.create(scope, body, origin) }),
    }),
    workspaceRoute({
      method: 'GET',
      path: '/documents/:doc',
      summary: 'One document',
      rate: 'api',
      params: Doc,
      permission: { ...ofDocument, sentence: 'read documents' },
      answers: { 200: DocumentView },
      handler: async ({ scope, params: { doc } }) => ({ body: await service.get(scope, doc) }),
    }),
    workspaceRoute({
      method: 'PATCH',
      path: '/documents/:doc',
      summary: 'Change title, description or project',
      rate: 'api',
      params: Doc,
      body: DocumentChange,
      permission: { ...ofDocument, sentence: 'write documents' },
      answers: { 200: DocumentView },
      handler: async ({ scope, params: { doc }, body, origin }) => ({
        body: await service.change(scope, doc, body, origin),
      }),
    }),
    workspaceRoute({
      method: 'DELETE',
      path: '/documents/:doc',
      summary: 'Archive a document',
      rate: 'api',
      params: Doc,
      permission: { ...ofDocument, sentence: 'write documents' },
      answers: { 204: null },
      handler: async ({ scope, params: { doc }, origin }) => {
        await service.archive(scope, doc, origin);
        return { status: 204 };
      },
    }),
    workspaceRoute({
      method: 'GET',
      path: '/documents/:doc/revisions',
      summary: 'The history, newest first, without content',
      rate: 'api',
      params: Doc,
      query: PageQuery,
      permission: { ...ofDocument, sentence: 'read documents' },
      answers: { 200: pageOf(RevisionSummary) },
      handler: async ({ scope, params: { doc }, query }) => ({ body: await service.listRevisions(scope, doc, query) }),
    }),
    workspaceRoute({
      method: 'POST',
      path: '/documents/:doc/revisions',
      summary: 'Commit a revision on top of the head',
      rate: 'api',
      params: Doc,
      body: NewRevision,
      bodyLimit: configuration.body.documentBytes,
      permission: { ...ofDocument, sentence: 'write documents' },
      answers: { 201: RevisionView },
      handler: async ({ scope, params: { doc }, body, origin }) => ({
        status: 201,
        body: await service.createRevision(scope, doc, body, origin),
      }),
    }),
    workspaceRoute({
      method: 'GET',
      path: '/revisions/:rev',
      summary: 'One revision with its objects and views',
      rate: 'api',
      params: Rev,
      permission: { ...ofRevision, sentence: 'read documents' },
      answers: { 200: RevisionView },
      handler: async ({ scope, params: { rev } }) => ({ body: await service.getRevision(scope, rev) }),
    }),
    workspaceRoute({
      method: 'POST',
      path: '/documents/:doc/import',
      summary: 'Commit a revision made from a Jupyter notebook (nbformat 4, or 3)',
      rate: 'api',
      params: Doc,
      body: ImportBody,
      bodyLimit: configuration.body.documentBytes,
      permission: { ...ofDocument, sentence: 'write documents' },
      answers: { 201: ImportView },
      handler: async ({ scope, params: { doc }, body, origin }) => ({
        status: 201,
        body: await service.importNotebook(scope, doc, body, origin),
      }),
    }),
  ];
}
