/** What can be done to a list of cells. Every function returns a new list and leaves the one it was given alone. */
import type { Language } from '../kernel/runtime.ts';
import { codeCell, markdownCell, sourceOf, type Cell } from './cell.ts';

export type CellKind = 'code' | 'markdown';

/** A cell that was deleted, and where it stood: enough to put it back. */
export interface Deleted {
  readonly cell: Cell;
  readonly index: number;
}

export function indexOf(cells: readonly Cell[], id: string): number {
  return cells.findIndex((cell) => cell.id === id);
}

/** @param index where the new cell will be; values outside the list mean its nearer end */
export function insertAt(cells: readonly Cell[], index: number, cell: Cell): Cell[] {
  return cells.toSpliced(Math.max(0, Math.min(index, cells.length)), 0, cell);
}

export function remove(cells: readonly Cell[], id: string): { cells: Cell[]; deleted: Deleted | null } {
  const index = indexOf(cells, id);
  const cell = cells[index];
  if (cell === undefined) return { cells: [...cells], deleted: null };
  return { cells: cells.toSpliced(index, 1), deleted: { cell, index } };
}

export function restore(cells: readonly Cell[], deleted: Deleted): Cell[] {
  return indexOf(cells, deleted.cell.id) >= 0 ? [...cells] : insertAt(cells, deleted.index, deleted.cell);
}

/** Moves a cell by some places; it stops at the ends. */
export function move(cells: readonly Cell[], id: string, by: number): Cell[] {
  const from = indexOf(cells, id);
  const cell = cells[from];
  if (cell === undefined) return [...cells];
  return insertAt(cells.toSpliced(from, 1), from + by, cell);
}

export function replace(cells: readonly Cell[], id: string, change: (cell: Cell) => Cell): Cell[] {
  return cells.map((cell) => (cell.id === id ? change(cell) : cell));
}

export function setSource(cells: readonly Cell[], id: string, source: string): Cell[] {
  return replace(cells, id, (cell) => (cell.kind === 'object' || cell.source === source ? cell : { ...cell, source }));
}

export function setParameter(cells: readonly Cell[], id: string, name: string, value: unknown): Cell[] {
  return replace(cells, id, (cell) =>
    cell.kind === 'code' ? { ...cell, parameters: { ...cell.parameters, [name]: value } } : cell,
  );
}

/** Code becomes text or text code; the source stays, and so does the id. */
export function setKind(cells: readonly Cell[], id: string, kind: CellKind, language: Language = 'python'): Cell[] {
  return replace(cells, id, (cell) => {
    if (cell.kind === 'object' || cell.kind === kind) return cell;
    return kind === 'code' ? codeCell(id, language, cell.source) : markdownCell(id, cell.source);
  });
}

export function setLanguage(cells: readonly Cell[], id: string, language: Language): Cell[] {
  return replace(setKind(cells, id, 'code', language), id, (cell) =>
    cell.kind === 'code' ? { ...cell, language } : cell,
  );
}

/** Cuts a cell in two at a character offset; the second half gets `newId` and the surrounding line break goes. */
export function split(cells: readonly Cell[], id: string, offset: number, newId: string): Cell[] {
  const index = indexOf(cells, id);
  const cell = cells[index];
  if (cell === undefined || cell.kind === 'object') return [...cells];
  const first = { ...cell, source: cell.source.slice(0, offset).replace(/\n$/, '') };
  const source = cell.source.slice(offset).replace(/^\n/, '');
  const second = cell.kind === 'code' ? codeCell(newId, cell.language, source) : markdownCell(newId, source);
  return cells.toSpliced(index, 1, first, second);
}

/** The language for a new code cell: that of the nearest code cell above, or below, or Python. */
export function languageNear(cells: readonly Cell[], index: number): Language {
  const above = cells.slice(0, Math.max(0, index)).toReversed();
  const nearest = [...above, ...cells.slice(Math.max(0, index))].find((cell) => cell.kind === 'code');
  return nearest?.kind === 'code' ? nearest.language : 'python';
}

/** Headings of the text cells, for the outline. Lines inside fenced code are not headings. */
export function outline(cells: readonly Cell[]): { cellId: string; level: number; text: string }[] {
  return cells.flatMap((cell) => (cell.kind === 'markdown' ? headings(cell.id, sourceOf(cell)) : []));
}

function headings(cellId: string, source: string): { cellId: string; level: number; text: string }[] {
  const found: { cellId: string; level: number; text: string }[] = [];
  let fence: string | null = null;
  for (const line of source.split('\n')) {
    const mark = /^ {0,3}(```|~~~)/.exec(line)?.[1];
    if (mark !== undefined) fence = fence === null ? mark : fence === mark ? null : fence;
    const heading = fence === null ? /^(#{1,4})\s+(.+?)\s*#*\s*$/.exec(line) : null;
    if (heading?.[1] !== undefined && heading[2] !== undefined) {
      found.push({ cellId, level: heading[1].length, text: plainText(heading[2]) });
    }
  }
  return found;
}

/** A heading without its inline marks, good enough for a list of contents. */
function plainText(markdown: string): string {
  return markdown
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[*_`]/g, '')
    .trim();
}

/** A title for a notebook that has none of its own: its first heading, or what it was opened as. */
export function suggestedTitle(cells: readonly Cell[], otherwise: string): string {
  return outline(cells)[0]?.text.slice(0, 200) ?? otherwise;
}
