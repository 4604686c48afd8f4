/**
 * Drafts: what is being written, kept in this browser until it is saved. A draft names the revision that it was made from, so that
 * a newer head never silently replaces it, nor it a newer head.
 */
import type { Cell } from '../notebook/cell.ts';
import type { StoredRun } from '../notebook/runs.ts';

export const DRAFT_VERSION = 1;
/** The key of the notebook that belongs to no document. */
export const SCRATCH = 'scratch';

export interface Draft {
  version: typeof DRAFT_VERSION;
  /** Id of the document, or `SCRATCH`. */
  key: string;
  base_revision_id: string | null;
  title: string;
  cells: readonly Cell[];
  /** What the document names; left out by pages that knew one environment. */
  environment?: string | null;
  runs: Readonly<Record<string, StoredRun>>;
  saved_at: string;
  /** Changes with every write: how a page notices that another tab wrote. */
  stamp: string;
}

export type DraftDecision =
  /** Nothing was kept, or it says what the head says. */
  | { kind: 'open-head' }
  /** The draft was made from the head: go on with it. */
  | { kind: 'resume'; draft: Draft }
  /** Somebody saved since: ask. */
  | { kind: 'ask'; draft: Draft };

/** @param sameContent whether the draft's cells and title say what the head says */
export function decideDraft(draft: Draft | null, headRevisionId: string | null, sameContent: boolean): DraftDecision {
  if (draft === null || sameContent) return { kind: 'open-head' };
  return draft.base_revision_id === headRevisionId ? { kind: 'resume', draft } : { kind: 'ask', draft };
}

/** Whether a write would replace what another tab wrote since this page last looked. */
export function isOverwrite(stored: Pick<Draft, 'stamp'> | null, lastSeenStamp: string | null): boolean {
  return stored !== null && stored.stamp !== lastSeenStamp;
}

/** Reads what storage returns: drafts of another version of the page, or damaged ones, are not drafts. */
export function asDraft(value: unknown): Draft | null {
  if (typeof value !== 'object' || value === null) return null;
  const field = (name: string): unknown => Reflect.get(value, name);
  const base = field('base_revision_id');
  const ok =
    field('version') === DRAFT_VERSION &&
    ['key', 'title', 'saved_at', 'stamp'].every((name) => typeof field(name) === 'string') &&
    ['undefined', 'string'].includes(typeof (field('environment') ?? undefined)) &&
    (base === null || typeof base === 'string') &&
    Array.isArray(field('cells')) &&
    typeof field('runs') === 'object' &&
    field('runs') !== null;
  // Written by `DraftStore.write` of the same version, which takes only `Draft`; the shape was checked above.
  return ok ? (value as Draft) : null;
}
