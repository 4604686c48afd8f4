/** Documents and their immutable revisions. */
import { NotebookError, readNotebook, readNotebookValue, type ReadNotebook } from '@praxis/wasm-runtime/notebook';
import type { Static } from 'typebox';
import { recordEvent } from '../audit/events.ts';
import type { Origin } from '../origin.ts';
import type { DocumentRow, RevisionRow } from '../database/rows.ts';
import type { WorkspaceScope } from '../database/scope.ts';
import { isUniqueViolation } from '../database/transaction.ts';
import { type Dependencies, isoTime } from '../dependencies.ts';
import { Problem } from '../errors.ts';
import { page, type PageQuery } from '../http/pages.ts';
import { canonicalJson, chooseEnvironment, joined, needsOf, type Choice } from '../runtime.ts';
import { checkContent, codeOf, digestOf } from './content.ts';
import type {
  DocumentChange,
  DocumentView,
  ImportBody,
  NewDocument,
  NewRevision,
  RevisionContent,
  RevisionSummary,
  RevisionView,
  ScientificObject,
} from './schemas.ts';

export type Documents = ReturnType<typeof documents>;

export function documents(deps: Dependencies) {
  const subject = (scope: WorkspaceScope, documentId: string) => ({
    actor_user_id: scope.userId,
    workspace_id: scope.workspaceId,
    document_id: documentId,
  });

  async function documentOf(scope: WorkspaceScope, id: string): Promise<DocumentRow> {
    const row = await scope.query('documents').where({ id }).first();
    if (row === undefined) throw new Problem('not_found');
    return row;
  }

  async function revisionOf(scope: WorkspaceScope, id: string): Promise<{ row: RevisionRow; document: DocumentRow }> {
    const row = await scope.query('revisions').where({ id }).first();
    if (row === undefined) throw new Problem('not_found');
    return { row, document: await documentOf(scope, row.document_id) };
  }

  async function requireProject(scope: WorkspaceScope, id: string | undefined): Promise<string> {
    const projects = scope.query('projects').whereNull('archived_at');
    const row = await (id === undefined ? projects.orderBy('id') : projects.where({ id })).first();
    if (row !== undefined) return row.id;
    const message =
      id === undefined ? 'is required: the workspace has no project' : 'is not a project of this workspace';
    throw new Problem('validation_error', {
      detail: `/body/project_id ${message}.`,
      errors: [{ pointer: '/body/project_id', message }],
    });
  }

  async function addRevision(
    scope: WorkspaceScope,
    documentId: string,
    revision: {
      /** Undefined: whatever the head is. */
      parent: string | null | undefined;
      message: string;
      content: RevisionContent;
    },
    origin: Origin,
    imported: boolean,
  ): Promise<RevisionView> {
    checkContent(revision.content);
    const digest = digestOf(revision.content);
    try {
      return await scope.transaction(async (inside, transaction) => {
        const document = await documentOf(inside, documentId);
        if (document.archived_at !== null) throw new Problem('archived');
        const parent = revision.parent === undefined ? document.head_revision_id : revision.parent;
        if (parent !== document.head_revision_id) {
          throw new Problem('stale_parent', {
            detail: `The head is ${document.head_revision_id ?? 'none yet'}; read it and commit on top of it.`,
          });
        }
        const before = parent === null ? undefined : await inside.query('revisions').where({ id: parent }).first();
        const row = {
          id: deps.newId(),
          document_id: documentId,
          sequence: (before?.sequence ?? 0) + 1,
          parent_revision_id: parent,
          message: revision.message,
          digest,
          content: canonicalJson(revision.content),
          created_by: scope.userId,
          created_at: isoTime(deps.clock()),
        };
        await inside.insert('revisions', row);
        await inside.query('documents').where({ id: documentId }).update({ head_revision_id: row.id });
        const about = { ...subject(inside, documentId), revision_id: row.id, detail: { digest } };
        if (imported) await recordEvent(deps, transaction, 'document.imported', about, origin);
        await recordEvent(deps, transaction, 'revision.created', about, origin);
        return presentRevision({ ...row, workspace_id: scope.workspaceId }, row.id);
      });
    } catch (error) {
      // The index on (document, sequence) is the last guard against two heads.
      throw isUniqueViolation(error) ? new Problem('stale_parent') : error;
    }
  }

  /** What the imports of a notebook from elsewhere need; null where that is what every document gets. */
  async function environmentFor(objects: readonly ScientificObject[]): Promise<Choice | null> {
    const offered = await deps.environments.offered();
    if (offered.length === 0) return null;
    const chosen = chooseEnvironment(needsOf(codeOf({ objects })), offered);
    const usual = chooseEnvironment({ all: [] }, offered).environment;
    return chosen.environment === usual && chosen.lacks.length === 0 ? null : chosen;
  }

  return {
    async list(scope: WorkspaceScope, asked: PageQuery) {
      return page(scope.query('documents').whereNull('archived_at'), 'documents.id', asked, presentDocument);
    },

    async create(scope: WorkspaceScope, body: Static<typeof NewDocument>, origin: Origin): Promise<DocumentView> {
      return scope.transaction(async (inside, transaction) => {
        const row = {
          id: deps.newId(),
          project_id: await requireProject(inside, body.project_id),
          title: body.title,
          description: body.description ?? '',
          created_by: scope.userId,
          created_at: isoTime(deps.clock()),
          archived_at: null,
          head_revision_id: null,
        };
        await inside.insert('documents', row);
        await recordEvent(deps, transaction, 'document.created', subject(inside, row.id), origin);
        return presentDocument({ ...row, workspace_id: scope.workspaceId });
      });
    },

    async get(scope: WorkspaceScope, id: string): Promise<DocumentView> {
      return presentDocument(await documentOf(scope, id));
    },

    async change(
      scope: WorkspaceScope,
      id: string,
      change: Static<typeof DocumentChange>,
      origin: Origin,
    ): Promise<DocumentView> {
      return scope.transaction(async (inside, transaction) => {
        if ((await documentOf(inside, id)).archived_at !== null) throw new Problem('archived');
        if (change.project_id !== undefined) await requireProject(inside, change.project_id);
        await inside.query('documents').where({ id }).update(change);
        await recordEvent(deps, transaction, 'document.changed', subject(inside, id), origin);
        return presentDocument(await documentOf(inside, id));
      });
    },

    async archive(scope: WorkspaceScope, id: string, origin: Origin): Promise<void> {
      await scope.transaction(async (inside, transaction) => {
        if ((await documentOf(inside, id)).archived_at !== null) return;
        await inside
          .query('documents')
          .where({ id })
          .update({ archived_at: isoTime(deps.clock()) });
        await recordEvent(deps, transaction, 'document.archived', subject(inside, id), origin);
      });
    },

    async listRevisions(scope: WorkspaceScope, documentId: string, asked: PageQuery) {
      const document = await documentOf(scope, documentId);
      const query = scope.query('revisions').where({ document_id: documentId });
      return page(query, 'revisions.id', asked, (row) => presentSummary(row, document.head_revision_id));
    },

    async createRevision(
      scope: WorkspaceScope,
      documentId: string,
      body: NewRevision,
      origin: Origin,
    ): Promise<RevisionView> {
      const content = { objects: body.objects, views: body.views ?? [] };
      return addRevision(
        scope,
        documentId,
        { parent: body.parent_revision_id, message: body.message ?? '', content },
        origin,
        false,
      );
    },

    async getRevision(scope: WorkspaceScope, id: string): Promise<RevisionView> {
      const { row, document } = await revisionOf(scope, id);
      return presentRevision(row, document.head_revision_id);
    },

    revisionOf,

    async importNotebook(scope: WorkspaceScope, documentId: string, body: ImportBody, origin: Origin) {
      let notebook: ReadNotebook;
      try {
        notebook = typeof body.content === 'string' ? readNotebook(body.content) : readNotebookValue(body.content);
      } catch (error) {
        if (error instanceof NotebookError) throw new Problem('unreadable_notebook', { detail: error.message });
        throw error;
      }
      const choice = await environmentFor(notebook.objects);
      const objects = choice === null ? notebook.objects : inEnvironment(notebook.objects, choice.environment.name);
      const revision = {
        parent: body.parent_revision_id,
        message: body.message ?? 'Imported a notebook',
        content: { objects, views: [] },
      };
      const warnings = [...notebook.notes.map(({ sentence }) => sentence), ...aboutEnvironment(choice)];
      return { revision: await addRevision(scope, documentId, revision, origin, true), warnings };
    },
  };
}

export function contentOf(row: RevisionRow): RevisionContent {
  // Safe: `addRevision` stored what the schema had checked.
  return JSON.parse(row.content) as RevisionContent;
}

/** The same objects, whose Python names its environment. */
function inEnvironment(objects: readonly ScientificObject[], environment: string): ScientificObject[] {
  return objects.map((object) =>
    object.type === 'code' && object.runtime?.language === 'python'
      ? { ...object, runtime: { ...object.runtime, environment } }
      : object,
  );
}

/** What people are told of it. */
function aboutEnvironment(choice: Choice | null): string[] {
  if (choice === null) return [];
  const { environment, has, lacks } = choice;
  return [
    ...(has.length === 0 ? [] : [`It runs in the environment ${environment.name}, which has ${joined(has, 'and')}.`]),
    ...(lacks.length === 0
      ? []
      : [`No environment has everything that it imports: ${environment.name} lacks ${joined(lacks, 'and')}.`]),
  ];
}

function presentDocument(row: DocumentRow): DocumentView {
  const { id, workspace_id, project_id, title, description, created_by, created_at, archived_at, head_revision_id } =
    row;
  return { id, workspace_id, project_id, title, description, created_by, created_at, archived_at, head_revision_id };
}

function presentSummary(row: RevisionRow, head: string | null): RevisionSummary {
  const { id, workspace_id, document_id, parent_revision_id, sequence, message, digest, created_by, created_at } = row;
  return {
    id,
    workspace_id,
    document_id,
    parent_revision_id,
    sequence,
    message,
    digest,
    is_head: id === head,
    created_by,
    created_at,
  };
}

function presentRevision(row: RevisionRow, head: string | null): RevisionView {
  return { ...presentSummary(row, head), ...contentOf(row) };
}
