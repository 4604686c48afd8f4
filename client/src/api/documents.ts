/** Documents, revisions, projects: their shapes and requests. */
import { dictionary, fields, flag, list, nullable, page, text, type Decoder, type Page } from './decode.ts';
import type { Http } from './http.ts';

export interface RevisionObject {
  id: string;
  type: string;
  content: Record<string, unknown>;
  semantics?: Record<string, unknown>;
  runtime?: ObjectRuntime;
}

export interface ObjectRuntime {
  language?: string;
  entrypoint?: string;
  parameters?: Record<string, unknown>;
  environment?: string;
}

export interface DocumentSummary {
  id: string;
  workspace_id: string;
  title: string;
  head_revision_id: string | null;
}

export interface RevisionSummary {
  id: string;
  document_id: string;
  parent_revision_id: string | null;
  message: string;
  created_at: string;
  /** Id of the person. */
  created_by: string;
  is_head: boolean;
}

export interface Revision extends RevisionSummary {
  objects: RevisionObject[];
}

const documentSummary: Decoder<DocumentSummary> = fields({
  id: text,
  workspace_id: text,
  title: text,
  head_revision_id: nullable(text),
});

const revisionFields = {
  id: text,
  document_id: text,
  parent_revision_id: nullable(text),
  message: text,
  created_at: text,
  created_by: text,
  is_head: flag,
};

const revisionSummary: Decoder<RevisionSummary> = fields(revisionFields);

const optionalText: Decoder<string | undefined> = (value, path) =>
  value === undefined || value === null ? undefined : text(value, path);

const runtime: Decoder<ObjectRuntime> = (value, path) => {
  const source = dictionary(value, path);
  const decoded: ObjectRuntime = {};
  for (const key of ['language', 'entrypoint', 'environment'] as const) {
    const found = optionalText(source[key], `${path}.${key}`);
    if (found !== undefined) decoded[key] = found;
  }
  const parameters = source['parameters'];
  if (parameters !== undefined && parameters !== null)
    decoded.parameters = dictionary(parameters, `${path}.parameters`);
  return decoded;
};

const revisionObject: Decoder<RevisionObject> = (value, path) => {
  const base = fields<Pick<RevisionObject, 'id' | 'type' | 'content'>>({ id: text, type: text, content: dictionary })(
    value,
    path,
  );
  const source = dictionary(value, path);
  const object: RevisionObject = { ...base };
  if (source['semantics'] !== undefined && source['semantics'] !== null) {
    object.semantics = dictionary(source['semantics'], `${path}.semantics`);
  }
  if (source['runtime'] !== undefined && source['runtime'] !== null)
    object.runtime = runtime(source['runtime'], `${path}.runtime`);
  return object;
};

const revision: Decoder<Revision> = fields({ ...revisionFields, objects: list(revisionObject) });

export interface DocumentsApi {
  list(workspaceId: string, cursor?: string | null): Promise<Page<DocumentSummary>>;
  /** Makes a document in the workspace's first project. */
  create(workspaceId: string, body: { title: string }): Promise<DocumentSummary>;
  get(documentId: string): Promise<DocumentSummary>;
  rename(documentId: string, title: string): Promise<DocumentSummary>;
  revisions(documentId: string, cursor?: string | null): Promise<Page<RevisionSummary>>;
  revision(revisionId: string): Promise<Revision>;
  /** @throws ApiProblem 409 `stale_parent` when somebody saved since `parent_revision_id` */
  commit(
    documentId: string,
    body: { parent_revision_id: string | null; message: string; objects: RevisionObject[]; views: unknown[] },
  ): Promise<RevisionSummary>;
}

export function documentsApi(http: Http): DocumentsApi {
  const at = (cursor: string | null | undefined): string =>
    cursor === null || cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
  return {
    list: (workspaceId, cursor) =>
      http.request('GET', `/workspaces/${workspaceId}/documents?limit=50${at(cursor)}`, page(documentSummary)),
    create: (workspaceId, body) =>
      http.request('POST', `/workspaces/${workspaceId}/documents`, documentSummary, { body }),
    get: (documentId) => http.request('GET', `/documents/${documentId}`, documentSummary),
    rename: (documentId, title) =>
      http.request('PATCH', `/documents/${documentId}`, documentSummary, { body: { title } }),
    revisions: (documentId, cursor) =>
      http.request('GET', `/documents/${documentId}/revisions?limit=30${at(cursor)}`, page(revisionSummary)),
    revision: (revisionId) => http.request('GET', `/revisions/${revisionId}`, revision),
    commit: (documentId, body) => http.request('POST', `/documents/${documentId}/revisions`, revisionSummary, { body }),
  };
}
