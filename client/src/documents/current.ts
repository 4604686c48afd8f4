/** Which document the notebook belongs to, and whether it differs from what is saved. */
import { computed, signal } from '@preact/signals';
import type { DocumentSummary, RevisionSummary } from '../api/documents.ts';
import type { Role } from '../api/session.ts';
import { content, title } from '../notebook/store.ts';

export interface OpenDocument {
  id: string;
  workspaceId: string;
  role: Role;
  /** The revision that the notebook was made from; the parent of the next one. */
  baseRevisionId: string | null;
  savedTitle: string;
  savedContent: string;
}

/** `null`: the scratch notebook, which belongs to nobody yet. */
export const openDocument = signal<OpenDocument | null>(null);
/** An older revision that is only looked at. */
export const viewedRevision = signal<RevisionSummary | null>(null);
export const myDocuments = signal<readonly DocumentSummary[] | null>(null);

/** Where saving stands. `failed` keeps the sentence until the next attempt. */
export type SaveState = { kind: 'idle' } | { kind: 'saving' } | { kind: 'failed'; message: string };
export const saveState = signal<SaveState>({ kind: 'idle' });

/** Where keeping the draft in this browser stands. */
export type DraftState = 'kept' | 'pending' | 'refused';
export const draftState = signal<DraftState>('kept');

export const isDirty = computed(() => {
  const open = openDocument.value;
  if (open === null || viewedRevision.value !== null) return false;
  return content.value !== open.savedContent || title.value !== open.savedTitle;
});

export const mayEdit = computed(() => openDocument.value === null || openDocument.value.role !== 'viewer');
