/** The cells of a notebook as plain, immutable data, and how they become the objects of a revision and back. */
import type { Language } from '../kernel/runtime.ts';
import type { RevisionObject } from '../api/documents.ts';

export interface CodeCell {
  readonly id: string;
  readonly kind: 'code';
  readonly language: Language;
  readonly source: string;
  /** What the step gets as `parameters`; edited outside the source. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** The stored object that the cell came from: what the notebook does not edit is kept. */
  readonly origin?: RevisionObject;
}

export interface MarkdownCell {
  readonly id: string;
  readonly kind: 'markdown';
  readonly source: string;
  readonly origin?: RevisionObject;
}

/** An object that this view shows but does not edit (equation, table, media, …); saved again as it came. */
export interface ObjectCell {
  readonly id: string;
  readonly kind: 'object';
  readonly origin: RevisionObject;
}

export type Cell = CodeCell | MarkdownCell | ObjectCell;

export function codeCell(id: string, language: Language, source: string): CodeCell {
  return { id, kind: 'code', language, source, parameters: {} };
}

export function markdownCell(id: string, source: string): MarkdownCell {
  return { id, kind: 'markdown', source };
}

/** A cell's text, empty for objects that have none. */
export function sourceOf(cell: Cell): string {
  return cell.kind === 'object' ? '' : cell.source;
}

/** @param environment what the document names; undefined keeps what the object said */
export function toObject(cell: Cell, environment?: string | null): RevisionObject {
  if (cell.kind === 'object') return cell.origin;
  const semantics = cell.origin?.semantics === undefined ? {} : { semantics: cell.origin.semantics };
  if (cell.kind === 'markdown') {
    return { id: cell.id, type: 'text', content: { markdown: cell.source }, ...semantics };
  }
  const kept = { ...cell.origin?.runtime };
  delete kept.parameters;
  if (environment === null) delete kept.environment;
  else if (environment !== undefined) kept.environment = environment;
  const parameters = Object.keys(cell.parameters).length === 0 ? {} : { parameters: { ...cell.parameters } };
  return {
    id: cell.id,
    type: 'code',
    content: { source: cell.source },
    ...semantics,
    runtime: { ...kept, language: cell.language, ...parameters },
  };
}

export function fromObject(object: RevisionObject): Cell {
  const { id, type, content, runtime } = object;
  if (type === 'code' && typeof content['source'] === 'string') {
    const language = runtime?.language ?? 'python';
    if (language === 'python' || language === 'javascript') {
      return {
        id,
        kind: 'code',
        language,
        source: content['source'],
        parameters: runtime?.parameters ?? {},
        origin: object,
      };
    }
  }
  if (type === 'text' && typeof content['markdown'] === 'string') {
    return { id, kind: 'markdown', source: content['markdown'], origin: object };
  }
  return { id, kind: 'object', origin: object };
}

/** The environment that stored code names: one for the whole document. `null`: what its imports need. */
export function environmentOf(cells: readonly Cell[]): string | null {
  return (
    cells
      .map(({ kind, origin }) => (kind === 'code' ? origin?.runtime?.environment : undefined))
      .find((name) => name !== undefined) ?? null
  );
}

/** One string for what would be saved: equal exactly when saving would change nothing. */
export function contentKey(cells: readonly Cell[], environment?: string | null): string {
  return JSON.stringify(cells.map((cell) => sortKeys(toObject(cell, environment))));
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, inner]) => [key, sortKeys(inner)]);
}
