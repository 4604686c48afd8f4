/** Keeps the draft of the open notebook in this browser while it is written. Nothing is overwritten that another tab wrote. */
import { effect } from '@preact/signals';
import { newId } from '../notebook/identifiers.ts';
import { runFromStored, storedRuns } from '../notebook/runs.ts';
import { allRuns, cells, content, environment, openNotebook, runsChanged, title } from '../notebook/store.ts';
import { draftState, isDirty, openDocument, viewedRevision } from './current.ts';
import { DRAFT_VERSION, SCRATCH, type Draft } from './drafts.ts';
import { DraftConflict, type DraftStore } from './draft-store.ts';

const QUIET_MS = 400;

export interface Keeper {
  /** Tells what this page has seen of a draft, so that a later write replaces only that. */
  saw(key: string, stamp: string | null): void;
  /** Writes now what is waiting. */
  flush(): Promise<void>;
  forget(key: string): Promise<void>;
}

/** @param onConflict asks which of two versions to keep when another tab wrote */
export function keepDrafts(store: DraftStore, onConflict: () => Promise<'mine' | 'theirs'>): Keeper {
  const seen = new Map<string, string | null>();
  let timer: ReturnType<typeof setTimeout> | null = null;
  let writing: Promise<void> = Promise.resolve();
  let asking = false;

  const write = async (): Promise<void> => {
    const draft = currentDraft();
    if (asking) return;
    try {
      if (draft === null) {
        await dropSettled();
        draftState.value = 'kept';
        return;
      }
      await store.write(draft, seen.get(draft.key) ?? null);
      seen.set(draft.key, draft.stamp);
      draftState.value = 'kept';
    } catch (error) {
      if (error instanceof DraftConflict && draft !== null) await settleConflict(draft.key, error.theirs);
      else draftState.value = 'refused';
    }
  };

  const remove = async (key: string): Promise<void> => {
    const stamp = seen.get(key) ?? null;
    seen.delete(key);
    await store.remove(key, stamp);
  };

  /** A draft that says no more than its document is no longer needed. */
  const dropSettled = async (): Promise<void> => {
    const key = openDocument.peek()?.id;
    if (key === undefined || viewedRevision.peek() !== null || (seen.get(key) ?? null) === null) return;
    await remove(key);
  };

  const settleConflict = async (key: string, theirs: Draft): Promise<void> => {
    asking = true;
    const choice = await onConflict();
    asking = false;
    seen.set(key, theirs.stamp);
    if (choice === 'theirs') openDraft(theirs);
    else schedule();
  };

  const flush = (): Promise<void> => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    writing = writing.then(write);
    return writing;
  };

  const schedule = (): void => {
    draftState.value = 'pending';
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(() => void flush(), QUIET_MS);
  };

  let first = true;
  effect(() => {
    // What a draft is made of: any change of it is kept.
    void [content.value, title.value, runsChanged.value];
    if (first) first = false;
    else schedule();
  });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden' && timer !== null) void flush();
  });

  return {
    saw: (key, stamp) => void seen.set(key, stamp),
    flush,
    async forget(key) {
      await flush();
      await remove(key);
    },
  };
}

/** What would be kept now; `null` when there is nothing that the saved document does not have. */
function currentDraft(): Draft | null {
  const open = openDocument.peek();
  // No cells: nothing has been opened yet. A notebook that is open always has one.
  if (cells.peek().length === 0) return null;
  if (viewedRevision.peek() !== null || (open !== null && !isDirty.peek())) return null;
  return {
    version: DRAFT_VERSION,
    key: open?.id ?? SCRATCH,
    base_revision_id: open?.baseRevisionId ?? null,
    title: title.peek(),
    cells: cells.peek(),
    environment: environment.peek(),
    runs: storedRuns(allRuns()),
    saved_at: new Date().toISOString(),
    stamp: newId(),
  };
}

export function openDraft(draft: Draft): void {
  const runs = new Map(Object.entries(draft.runs).map(([id, run]) => [id, runFromStored(run)] as const));
  openNotebook({
    title: draft.title,
    cells: draft.cells,
    runs,
    ...(draft.environment === undefined ? {} : { environment: draft.environment }),
  });
}
