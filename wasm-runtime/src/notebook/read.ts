/**
 * Reads notebooks: nbformat 4, and 3 by upgrading it. What is not a notebook is refused with a sentence that says where it goes wrong;
 * what can be repaired without guessing is repaired and noted. Stored outputs are left out: they were made elsewhere, so nothing here
 * could say whether they are true.
 */
import type { Language } from '../run/program.ts';
import { AttachmentBudget, inlineAttachments } from './attachments.ts';
import { NotebookError, quoted } from './error.ts';
import { decodeText, parseJson } from './json.ts';
import { cellLanguage, mayUseShell, notebookLanguage, requireLanguage } from './language.ts';
import { Notes, type Note } from './notes.ts';
import { assignIds, rawTags, usableTags, type NotebookObject } from './object.ts';
import {
  checkValue,
  isObject,
  listAt,
  objectAt,
  optionalObjectAt,
  optionalTextAt,
  sourceAt,
  type Json,
} from './shape.ts';
import { cellsOfVersion3 } from './version3.ts';

/** Cells: as many as a program may have steps, and a revision objects. */
const MAX_CELLS = 2000;
/** Characters of a title. */
const MAX_TITLE = 200;

export interface ReadNotebook {
  title: string | null;
  objects: NotebookObject[];
  /** What was changed or left out. */
  notes: Note[];
}

/** Reads the bytes of a file. @throws NotebookError */
export function readNotebookBytes(bytes: Uint8Array): ReadNotebook {
  return readNotebook(decodeText(bytes));
}

/** Reads the text of a file. @throws NotebookError */
export function readNotebook(text: string): ReadNotebook {
  return readNotebookValue(parseJson(text));
}

/** Reads a notebook that has been parsed already. @throws NotebookError */
export function readNotebookValue(value: unknown): ReadNotebook {
  if (!isObject(value)) throw noNotebook('its JSON is not an object');
  const version = versionOf(value);
  const metadata = optionalObjectAt(value['metadata'], 'the metadata of the notebook');
  const language = notebookLanguage(metadata);
  const cells = version === 3 ? cellsOfVersion3(value) : listAt(value['cells'], 'the list of cells');
  if (cells.length > MAX_CELLS) {
    throw new NotebookError('the notebook', `has ${cells.length} cells; at most ${MAX_CELLS} can be read`, 'Split it.');
  }
  const notes = new Notes();
  if (version === 3) notes.add('format', 0);
  const wanted = cells.map((cell) => (isObject(cell) ? cell['id'] : undefined));
  const ids = assignIds(wanted);
  const budget = new AttachmentBudget();
  const objects = ids.map((id, index) => {
    if (wanted[index] !== undefined && wanted[index] !== id) notes.add('ids', index + 1);
    return readCell(cells[index], { id, number: index + 1, language, notes, budget });
  });
  return {
    title: titleOf(metadata['title'] ?? (version === 3 ? metadata['name'] : null)),
    objects,
    notes: notes.all(),
  };
}

function versionOf(notebook: Json): 3 | 4 {
  const { nbformat, nbformat_minor: minor } = notebook;
  if (nbformat === undefined) throw noNotebook('it is JSON, but has no nbformat');
  if (nbformat !== 3 && nbformat !== 4) {
    throw new NotebookError('the notebook', `has format ${quoted(nbformat)}; formats 3 and 4 can be read`);
  }
  if (typeof minor !== 'number' || !Number.isInteger(minor) || minor < 0) {
    throw new NotebookError('the notebook', 'does not say its format: nbformat_minor is missing or not a whole number');
  }
  return nbformat;
}

function noNotebook(why: string): NotebookError {
  return new NotebookError('the file', `is not a notebook: ${why}`, 'Choose a file that Jupyter has saved.');
}

interface CellContext {
  id: string;
  /** Counted from 1. */
  number: number;
  language: Language;
  notes: Notes;
  budget: AttachmentBudget;
}

function readCell(value: unknown, context: CellContext): NotebookObject {
  const { id, number, notes } = context;
  const where = `cell ${number}`;
  const cell = objectAt(value, where);
  const type = cell['cell_type'];
  if (type !== 'code' && type !== 'markdown' && type !== 'raw') {
    throw new NotebookError(where, `has the type ${quoted(type)}; code, markdown and raw can be read`);
  }
  const source = sourceAt(cell['source'], `the source of ${where}`);
  const metadata = optionalObjectAt(cell['metadata'], `the metadata of ${where}`);
  const own = optionalObjectAt(metadata['praxis'], `metadata.praxis of ${where}`);
  const tags = tagsOf(metadata['tags'], context);
  if (type === 'code') return { id, ...codeOf(cell, own, source, context), ...semantics(tags) };
  const inlined = inlineAttachments(source, cell['attachments'], where, context.budget);
  if (!inlined.complete) notes.add('attachments', number);
  const latex = type === 'markdown' && own['type'] === 'equation' ? equationOf(source) : null;
  if (latex !== null) return { id, type: 'equation', content: { latex }, ...semantics(tags) };
  const markdown = inlined.source;
  return {
    id,
    type: 'text',
    content: { markdown },
    ...semantics(type === 'raw' ? rawTags(tags) : tags),
  };
}

function codeOf(
  cell: Json,
  own: Json,
  written: string,
  { number, language: notebook, notes }: CellContext,
): Pick<NotebookObject, 'type' | 'content' | 'runtime'> {
  const where = `cell ${number}`;
  const stored = cell['outputs'] ?? [];
  if (listAt(stored, `the list of outputs of ${where}`).length > 0) notes.add('outputs', number);
  const named = optionalTextAt(own['language'], `metadata.praxis.language of ${where}`);
  const [language, source] = cellLanguage(notebook, named === null ? null : requireLanguage(named, where), written);
  if (language === 'python' && mayUseShell(source)) notes.add('shell', number);
  const parameters = own['parameters'] === undefined ? {} : { parameters: parametersOf(own['parameters'], where) };
  return { type: 'code', content: { source }, runtime: { language, ...parameters } };
}

function parametersOf(value: unknown, where: string): Record<string, unknown> {
  const place = `metadata.praxis.parameters of ${where}`;
  const parameters = objectAt(value, place);
  checkValue(parameters, place);
  const wrong = Object.keys(parameters).find((name) => !/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name));
  if (wrong !== undefined) {
    throw new NotebookError(place, `has a name that cannot be a parameter’s, ${quoted(wrong)}`, 'Rename it.');
  }
  return { ...parameters };
}

/** What is odd among the tags is not worth refusing the notebook. */
function tagsOf(value: unknown, { number, notes }: CellContext): string[] {
  if (value === undefined) return [];
  const tags: readonly unknown[] = Array.isArray(value) ? value : [value];
  const usable = Array.isArray(value) ? usableTags(tags) : [];
  if (usable.length < tags.length) notes.add('tags', number);
  return usable;
}

function semantics(tags: string[]): { semantics?: { tags: string[] } } {
  return tags.length === 0 ? {} : { semantics: { tags } };
}

/** An equation as the writer wrote it; anything else that says to be one is text. */
function equationOf(source: string): string | null {
  return /^\$\$\n([\s\S]{1,65536})\n\$\$$/.exec(source)?.[1] ?? null;
}

/** One line without control characters and without what turns the direction of what follows. */
function titleOf(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const line = value.toWellFormed().replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]+/gu, ' ');
  // A cut may halve a character that takes two code units.
  const title = line
    .trim()
    .slice(0, MAX_TITLE)
    .replace(/[\uD800-\uDBFF]$/, '')
    .trim();
  return title === '' ? null : title;
}
