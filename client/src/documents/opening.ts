/** Opening: a document with its draft, an older revision, or the scratch notebook. */
import { batch } from '@preact/signals';
import type { Api } from '../api/api.ts';
import type { Revision } from '../api/documents.ts';
import type { Role } from '../api/session.ts';
import { account } from '../account/account.ts';
import { contentKey, environmentOf, fromObject, type Cell } from '../notebook/cell.ts';
import { newId } from '../notebook/identifiers.ts';
import type { RunError } from '../kernel/runtime.ts';
import { runsOfOutputs } from '../notebook/record-runs.ts';
import { openNotebook, readOnly, setRun, cellById } from '../notebook/store.ts';
import { openDocument, saveState, viewedRevision, type OpenDocument } from './current.ts';
import { decideDraft, SCRATCH, type Draft } from './drafts.ts';
import type { DraftStore } from './draft-store.ts';
import { openDraft, type Keeper } from './keeping.ts';
import { sampleCells, SAMPLE_TITLE } from './sample.ts';

export interface OpeningContext {
  api: Api;
  drafts: DraftStore;
  keeper: Keeper;
  askDraft(draft: Draft): Promise<'draft' | 'copy' | 'head'>;
  /** Keeps a draft aside as a document of its own. */
  saveDraftAsCopy(): Promise<void>;
}

export async function openScratch({ drafts, keeper }: Pick<OpeningContext, 'drafts' | 'keeper'>): Promise<void> {
  const draft = await drafts.read(SCRATCH).catch(() => null);
  keeper.saw(SCRATCH, draft?.stamp ?? null);
  batch(() => {
    openDocument.value = null;
    viewedRevision.value = null;
    readOnly.value = false;
    saveState.value = { kind: 'idle' };
    if (draft === null) openNotebook({ title: SAMPLE_TITLE, cells: sampleCells(newId) });
    else openDraft(draft);
  });
}

/** @throws ApiProblem 404 when there is no such document, or it is not shared with this person */
export async function openDocumentById(context: OpeningContext, documentId: string): Promise<void> {
  const { api, drafts, keeper } = context;
  const summary = await api.documents.get(documentId);
  const head = summary.head_revision_id === null ? null : await api.documents.revision(summary.head_revision_id);
  const cells = head === null ? [] : head.objects.map(fromObject);
  const saved: OpenDocument = {
    id: summary.id,
    workspaceId: summary.workspace_id,
    role: roleIn(summary.workspace_id),
    baseRevisionId: summary.head_revision_id,
    savedTitle: summary.title,
    savedContent: contentKey(cells, environmentOf(cells)),
  };
  const draft = await drafts.read(documentId).catch(() => null);
  keeper.saw(documentId, draft?.stamp ?? null);
  const same =
    draft !== null &&
    contentKey(draft.cells, draft.environment) === saved.savedContent &&
    draft.title === saved.savedTitle;
  const decision = decideDraft(draft, saved.baseRevisionId, same);
  if (decision.kind === 'ask') {
    showDraft(decision.draft, { ...saved, baseRevisionId: decision.draft.base_revision_id });
    const choice = await context.askDraft(decision.draft);
    if (choice === 'draft') return;
    if (choice === 'copy') return context.saveDraftAsCopy();
  }
  if (decision.kind === 'resume') {
    showDraft(decision.draft, saved);
    return;
  }
  show(cells, summary.title, saved);
  if (head !== null) await showOutputs(context, cells, head.id);
}

function showDraft(draft: Draft, saved: OpenDocument): void {
  batch(() => {
    openDocument.value = saved;
    viewedRevision.value = null;
    readOnly.value = saved.role === 'viewer';
    saveState.value = { kind: 'idle' };
    openDraft(draft);
  });
}

function show(cells: readonly Cell[], title: string, saved: OpenDocument): void {
  batch(() => {
    openDocument.value = saved;
    viewedRevision.value = null;
    readOnly.value = saved.role === 'viewer';
    saveState.value = { kind: 'idle' };
    openNotebook({ title, cells });
  });
}

/** Shows a revision to look at; the open document stays the open document. */
export async function viewRevision(context: OpeningContext, revision: Revision): Promise<void> {
  await context.keeper.flush();
  const cells = revision.objects.map(fromObject);
  const title = openDocument.peek()?.savedTitle ?? '';
  batch(() => {
    viewedRevision.value = revision;
    readOnly.value = true;
    openNotebook({ title, cells });
  });
  await showOutputs(context, cells, revision.id);
}

/** Outputs come after the text: a document is readable before its results have arrived, and without them. */
async function showOutputs(context: OpeningContext, cells: readonly Cell[], revisionId: string): Promise<void> {
  const { items } = await context.api.jobs.outputs(revisionId);
  const failed = new Set(items.filter((item) => item.outcome !== 'succeeded').map((item) => item.job_id));
  const errors = new Map<string, RunError | null>();
  for (const jobId of failed) errors.set(jobId, (await context.api.jobs.result(jobId)).record.error);
  batch(() => {
    for (const [id, run] of runsOfOutputs(cells, items, revisionId, errors)) {
      if (cellById(id) !== null) setRun(id, run);
    }
  });
}

function roleIn(workspaceId: string): Role {
  if (account.value.kind !== 'signed-in') return 'viewer';
  return account.value.workspaces.find(({ id }) => id === workspaceId)?.role ?? 'viewer';
}
