/** The notebook that is open: its cells, their runs, what is selected and edited. Effects (kernel, server, storage) live elsewhere. */
import { batch, computed, signal, type Signal } from '@preact/signals';
import { codeCell, contentKey, environmentOf, markdownCell, type Cell, type CodeCell } from './cell.ts';
import { newId } from './identifiers.ts';
import * as operations from './operations.ts';
import type { CellKind, Deleted } from './operations.ts';
import type { CellRun } from './runs.ts';
import type { Language } from '../kernel/runtime.ts';

/** Where the keyboard should go next; `serial` tells two equal requests apart. */
export interface FocusRequest {
  id: string;
  mode: 'command' | 'edit';
  caret: 'start' | 'end' | 'keep';
  serial: number;
}

export const cells = signal<readonly Cell[]>([]);
export const title = signal('Untitled notebook');
export const selectedId = signal<string | null>(null);
/** Text cells that show their source. */
export const openTexts = signal<ReadonlySet<string>>(new Set());
export const focusRequest = signal<FocusRequest | null>(null);
/** Counts notebooks that were opened. */
export const openings = signal(0);
/** Counts changes of any run, for those who save them. */
export const runsChanged = signal(0);
export const showLineNumbers = signal(false);
export const collapsedOutputs = signal<ReadonlySet<string>>(new Set());
/** A revision that is only looked at. */
export const readOnly = signal(false);

/** The environment that the document names, by name or version; `null`: the one that its imports need. */
export const environment = signal<string | null>(null);

export const content = computed(() => contentKey(cells.value, environment.value));

const runSignals = new Map<string, Signal<CellRun | null>>();
let deleted: readonly Deleted[] = [];
let clipboard: Cell | null = null;
let serial = 0;

export function runOf(id: string): Signal<CellRun | null> {
  let found = runSignals.get(id);
  if (found === undefined) {
    found = signal<CellRun | null>(null);
    runSignals.set(id, found);
  }
  return found;
}

export function setRun(id: string, run: CellRun | null): void {
  runOf(id).value = run;
  runsChanged.value += 1;
}

export function allRuns(): Map<string, CellRun> {
  const found = new Map<string, CellRun>();
  for (const { id } of cells.value) {
    const run = runSignals.get(id)?.peek();
    if (run !== null && run !== undefined) found.set(id, run);
  }
  return found;
}

export function cellById(id: string): Cell | null {
  return cells.value.find((cell) => cell.id === id) ?? null;
}

export function codeCells(): CodeCell[] {
  return cells.value.flatMap((cell) => (cell.kind === 'code' ? [cell] : []));
}

/** Replaces the whole notebook: another document, a revision, an import. */
export function openNotebook(next: {
  title: string;
  cells: readonly Cell[];
  runs?: ReadonlyMap<string, CellRun>;
  /** What the cells name, where it is left out. */
  environment?: string | null;
}): void {
  batch(() => {
    for (const run of runSignals.values()) run.value = null;
    title.value = next.title;
    environment.value = next.environment === undefined ? environmentOf(next.cells) : next.environment;
    cells.value = next.cells.length === 0 ? [codeCell(newId(), 'python', '')] : next.cells;
    for (const [id, run] of next.runs ?? []) setRun(id, run);
    // Where the keyboard and a phone's run button begin: at something that runs.
    selectedId.value = (cells.value.find((cell) => cell.kind === 'code') ?? cells.value[0])?.id ?? null;
    openTexts.value = new Set(
      cells.value.filter((cell) => cell.kind === 'markdown' && cell.source.trim() === '').map(({ id }) => id),
    );
    collapsedOutputs.value = new Set();
    deleted = [];
    openings.value += 1;
  });
}

export function requestFocus(id: string, mode: FocusRequest['mode'], caret: FocusRequest['caret'] = 'keep'): void {
  serial += 1;
  batch(() => {
    selectedId.value = id;
    const cell = cellById(id);
    if (mode === 'edit' && cell?.kind === 'markdown') openText(id);
    focusRequest.value = { id, mode, caret, serial };
  });
}

export function select(id: string): void {
  selectedId.value = id;
}

export function selectRelative(
  by: number,
  mode: FocusRequest['mode'] = 'command',
  caret: FocusRequest['caret'] = 'keep',
): boolean {
  const from = selectedId.value === null ? 0 : operations.indexOf(cells.value, selectedId.value);
  const next = cells.value[Math.max(0, Math.min(from + by, cells.value.length - 1))];
  if (next === undefined || next.id === selectedId.value) return false;
  requestFocus(next.id, next.kind === 'code' ? mode : 'command', caret);
  return true;
}

export function openText(id: string): void {
  openTexts.value = new Set(openTexts.value).add(id);
}

export function closeText(id: string): void {
  openTexts.value = new Set([...openTexts.value].filter((open) => open !== id));
}

export function setSource(id: string, source: string): void {
  if (!readOnly.value) cells.value = operations.setSource(cells.value, id, source);
}

export function setParameter(id: string, name: string, value: unknown): void {
  if (!readOnly.value) cells.value = operations.setParameter(cells.value, id, name, value);
}

interface AddOptions {
  language?: Language;
  /** Where the keyboard goes; editing unless said otherwise. */
  focus?: FocusRequest['mode'];
}

/** A new cell above or below another; below the last one when `id` is `null`. */
export function add(id: string | null, where: 'above' | 'below', kind: CellKind, options: AddOptions = {}): void {
  if (readOnly.value) return;
  const at = id === null ? cells.value.length - 1 : operations.indexOf(cells.value, id);
  const index = where === 'above' ? at : at + 1;
  const cell =
    kind === 'code'
      ? codeCell(newId(), options.language ?? operations.languageNear(cells.value, index), '')
      : markdownCell(newId(), '');
  batch(() => {
    cells.value = operations.insertAt(cells.value, index, cell);
    requestFocus(cell.id, options.focus ?? 'edit');
  });
}

/** @returns whether something was deleted */
export function remove(id: string): boolean {
  if (readOnly.value) return false;
  const result = operations.remove(cells.value, id);
  if (result.deleted === null) return false;
  const { index } = result.deleted;
  batch(() => {
    deleted = [...deleted, ...(result.deleted === null ? [] : [result.deleted])].slice(-50);
    cells.value = result.cells.length === 0 ? [codeCell(newId(), 'python', '')] : result.cells;
    const next = cells.value[Math.min(index, cells.value.length - 1)];
    if (next !== undefined) requestFocus(next.id, 'command');
  });
  return true;
}

export function undoDelete(): boolean {
  const last = deleted.at(-1);
  if (last === undefined || readOnly.value) return false;
  deleted = deleted.slice(0, -1);
  batch(() => {
    cells.value = operations.restore(cells.value, last);
    requestFocus(last.cell.id, 'command');
  });
  return true;
}

export function moveCell(id: string, by: number): void {
  if (readOnly.value) return;
  batch(() => {
    cells.value = operations.move(cells.value, id, by);
    requestFocus(id, 'command');
  });
}

export function setKind(id: string, kind: CellKind): void {
  if (readOnly.value) return;
  const index = operations.indexOf(cells.value, id);
  batch(() => {
    cells.value = operations.setKind(cells.value, id, kind, operations.languageNear(cells.value, index));
    if (kind === 'markdown') {
      setRun(id, null);
      openText(id);
    }
    requestFocus(id, 'command');
  });
}

export function setLanguage(id: string, language: Language): void {
  if (!readOnly.value) cells.value = operations.setLanguage(cells.value, id, language);
}

export function splitAt(id: string, offset: number): void {
  if (readOnly.value) return;
  const second = newId();
  batch(() => {
    cells.value = operations.split(cells.value, id, offset, second);
    requestFocus(second, 'edit', 'start');
  });
}

export function copy(id: string): void {
  clipboard = cellById(id) ?? clipboard;
}

export function cut(id: string): void {
  copy(id);
  remove(id);
}

export function paste(id: string, where: 'above' | 'below'): void {
  if (clipboard === null || readOnly.value) return;
  const pasted = clipboard;
  const id2 = newId();
  const cell: Cell =
    pasted.kind === 'object' ? { ...pasted, id: id2, origin: { ...pasted.origin, id: id2 } } : { ...pasted, id: id2 };
  batch(() => {
    cells.value = operations.insertAt(
      cells.value,
      operations.indexOf(cells.value, id) + (where === 'above' ? 0 : 1),
      cell,
    );
    requestFocus(id2, 'command');
  });
}

export function toggleOutput(id: string): void {
  const next = new Set(collapsedOutputs.value);
  if (!next.delete(id)) next.add(id);
  collapsedOutputs.value = next;
}
