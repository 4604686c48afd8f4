/** Objects of a revision as far as a notebook can hold them, and the conventions by which it holds what Jupyter has no word for. */
import type { Language } from '../run/program.ts';

/** What reading makes. Every one of them is a valid object of a revision. */
export interface NotebookObject {
  id: string;
  type: 'code' | 'text' | 'equation';
  content: { source: string } | { markdown: string } | { latex: string };
  semantics?: { tags: string[] };
  runtime?: { language: Language; parameters?: Record<string, unknown> };
}

/** What can be written: any object of a revision. Its content has been checked by whoever keeps it. */
export interface WritableObject {
  id: string;
  type: string;
  content: Readonly<Record<string, unknown>>;
  semantics?: Readonly<Record<string, unknown>>;
  runtime?: { readonly language?: string; readonly parameters?: Readonly<Record<string, unknown>> };
}

/** Tag of text that was a raw cell and becomes one again. */
export const RAW_TAG = 'notebook-raw';

/** The rule of nbformat 4.5 for cells, less the ids that an object of a revision cannot have: those that begin with `-` or `_`. */
const CELL_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/**
 * One id for each cell: its own where that is valid and was not there before, otherwise one made from its position, so that the same
 * file always gives the same program.
 */
export function assignIds(wanted: readonly unknown[]): string[] {
  const used = new Set<string>();
  const own = wanted.map((id) => {
    if (typeof id !== 'string' || !CELL_ID.test(id) || used.has(id)) return null;
    used.add(id);
    return id;
  });
  return own.map((id, index) => {
    if (id !== null) return id;
    let made = `cell-${index + 1}`;
    for (let attempt = 2; used.has(made); attempt += 1) made = `cell-${index + 1}-${attempt}`;
    used.add(made);
    return made;
  });
}

const TAG = /^[\p{L}\p{N}][\p{L}\p{N} _.:-]{0,63}$/u;
const MAX_TAGS = 100;

/** The tags that objects and nbformat (no commas, no repetition) both take. */
export function usableTags(tags: readonly unknown[]): string[] {
  const usable = tags.filter((tag): tag is string => typeof tag === 'string' && TAG.test(tag));
  return [...new Set(usable)].slice(0, MAX_TAGS);
}

/** The tags of a raw cell's text: its own, and the one that says so. */
export function rawTags(tags: readonly string[]): string[] {
  return [...new Set([...tags.slice(0, MAX_TAGS - 1), RAW_TAG])];
}
