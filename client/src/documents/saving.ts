/** Saving: a scratch notebook becomes a document, a document gets a revision. Never overwrites what somebody else saved. */
import { batch } from '@preact/signals';
import type { Api } from '../api/api.ts';
import { ApiProblem, messageOf } from '../api/problems.ts';
import { account, homeWorkspace } from '../account/account.ts';
import { toObject } from '../notebook/cell.ts';
import type { RevisionObject } from '../api/documents.ts';
import { suggestedTitle } from '../notebook/operations.ts';
import { cells, content, environment, title } from '../notebook/store.ts';
import { isDirty, myDocuments, openDocument, saveState } from './current.ts';
import { SCRATCH } from './drafts.ts';
import type { Keeper } from './keeping.ts';

/** What saving asks of the page around it. */
export interface SavingContext {
  api: Api;
  keeper: Keeper;
  /** `false`: the person did not sign in. */
  ensureSignedIn(reason: string): Promise<boolean>;
  askTitle(suggestion: string, heading: string): Promise<string | null>;
  askStaleParent(): Promise<'copy' | 'theirs' | null>;
  /** Shows the newest revision in place of what was written; the page offers a way back. */
  loadTheirs(documentId: string): Promise<void>;
  goTo(documentId: string): void;
}

/** @returns the id of the saved revision, or `null` when the person chose not to or it failed (and `saveState` says why) */
export async function save(context: SavingContext, message = ''): Promise<string | null> {
  if (!(await context.ensureSignedIn('An account is where documents are kept.'))) return null;
  const open = openDocument.peek();
  if (open !== null && !isDirty.peek()) return open.baseRevisionId;
  return guarded(context, () =>
    open === null || open.role === 'viewer' ? saveAsNew(context, message) : commit(context, message),
  );
}

/** Saves what is in the notebook as a document of its own. */
export async function saveCopy(context: SavingContext): Promise<string | null> {
  if (!(await context.ensureSignedIn('An account is where documents are kept.'))) return null;
  return guarded(context, () => saveAsNew(context, ''));
}

async function guarded(context: SavingContext, work: () => Promise<string | null>): Promise<string | null> {
  saveState.value = { kind: 'saving' };
  try {
    const revision = await withSession(context, work);
    saveState.value = { kind: 'idle' };
    return revision;
  } catch (error) {
    saveState.value = { kind: 'failed', message: messageOf(error) };
    return null;
  }
}

/** A session may have ended while the page was open: sign in again and go on, once. */
async function withSession(context: SavingContext, work: () => Promise<string | null>): Promise<string | null> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status !== 401) throw error;
    account.value = { kind: 'anonymous' };
    return (await context.ensureSignedIn('Your session has ended. Sign in again to save.')) ? work() : null;
  }
}

async function commit(context: SavingContext, message: string): Promise<string | null> {
  const open = openDocument.peek();
  if (open === null) return null;
  const saved = { title: title.peek(), content: content.peek(), objects: objects() };
  try {
    let baseRevisionId = open.baseRevisionId;
    if (saved.content !== open.savedContent || baseRevisionId === null) {
      const body = { parent_revision_id: baseRevisionId, message, objects: saved.objects, views: [] };
      baseRevisionId = (await context.api.documents.commit(open.id, body)).id;
      openDocument.value = { ...open, baseRevisionId, savedContent: saved.content };
    }
    if (saved.title !== open.savedTitle) {
      await context.api.documents.rename(open.id, saved.title);
      const now = openDocument.peek();
      if (now?.id === open.id) openDocument.value = { ...now, savedTitle: saved.title };
      renameInList(open.id, saved.title);
    }
    await context.keeper.flush();
    return baseRevisionId;
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.code !== 'stale_parent') throw error;
    return settleStaleParent(context, open.id);
  }
}

async function settleStaleParent(context: SavingContext, documentId: string): Promise<string | null> {
  const choice = await context.askStaleParent();
  if (choice === 'copy') return saveAsNew(context, '');
  if (choice === 'theirs') await context.loadTheirs(documentId);
  return null;
}

async function saveAsNew(context: SavingContext, message: string): Promise<string | null> {
  const { api } = context;
  const workspace = homeWorkspace.peek();
  if (workspace === null)
    throw new Error('You have no workspace in which you may write. Ask an owner for the role of an editor.');
  const before = openDocument.peek();
  const suggestion = before === null ? suggestedTitle(cells.peek(), title.peek()) : `${title.peek()} (copy)`;
  const chosen = await context.askTitle(suggestion, before === null ? 'Save as a document' : 'Save as a copy');
  if (chosen === null) return null;
  const saved = { content: content.peek(), objects: objects() };
  const made = await api.documents.create(workspace.id, { title: chosen });
  const revision = await api.documents.commit(made.id, {
    parent_revision_id: null,
    message: message === '' ? 'First version' : message,
    objects: saved.objects,
    views: [],
  });
  batch(() => {
    title.value = chosen;
    openDocument.value = {
      id: made.id,
      workspaceId: workspace.id,
      role: workspace.role,
      baseRevisionId: revision.id,
      savedTitle: chosen,
      savedContent: saved.content,
    };
    if (myDocuments.value !== null) myDocuments.value = [{ ...made, title: chosen }, ...myDocuments.value];
  });
  // What the draft held is in the new document now.
  await context.keeper.forget(before?.id ?? SCRATCH);
  context.goTo(made.id);
  return revision.id;
}

function objects(): RevisionObject[] {
  return cells.peek().map((cell) => toObject(cell, environment.peek()));
}

function renameInList(id: string, to: string): void {
  myDocuments.value = myDocuments.value?.map((item) => (item.id === id ? { ...item, title: to } : item)) ?? null;
}
