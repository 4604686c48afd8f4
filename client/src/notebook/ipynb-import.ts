/**
 * Reads Jupyter notebooks (nbformat 4, and 3 by upgrading it). The file is hostile input: what is not a notebook is refused with
 * a sentence that says where it goes wrong; what can be repaired without guessing is repaired and noted. Outputs are left out:
 * they were made elsewhere, so nothing here could say whether they are true.
 */
import type { Language } from '../kernel/runtime.ts';
import { codeCell, markdownCell, toObject, type Cell, type CodeCell, type MarkdownCell } from './cell.ts';

export interface ImportedNotebook {
  title: string | null;
  cells: Cell[];
  /** One sentence each: what was changed or left out. */
  notes: string[];
}

/** The file is not a notebook that can be read; nothing was changed. */
export class NotebookImportError extends Error {
  override readonly name = 'NotebookImportError';
}

/** Bytes of a notebook file that is still read: the server takes no more either. */
export const MAX_NOTEBOOK_BYTES = 32 * 1024 * 1024;
/** Cells, as many as a program may have steps. */
const MAX_CELLS = 2000;
/** Characters of one cell, as many as a step's source may have. */
const MAX_SOURCE = 1_048_576;
/** nbformat's rule, less the ids that an object of a revision cannot have. */
const CELL_ID = /^[a-zA-Z0-9][a-zA-Z0-9_-]{0,63}$/;
/** Marks raw cells, which are shown as text, so that they are exported as what they were. The server uses the same tag. */
export const RAW_TAG = 'notebook-raw';

type Json = Readonly<Record<string, unknown>>;

/** @param newId makes the id of a cell that has none
 *  @throws NotebookImportError */
export function importNotebook(text: string, newId: () => string): ImportedNotebook {
  const notebook = objectAt(parse(text), 'the file');
  const { nbformat, nbformat_minor: minor } = notebook;
  if (nbformat === undefined)
    throw new NotebookImportError('This is JSON, but not a Jupyter notebook: it has no nbformat.');
  if (nbformat !== 3 && nbformat !== 4) {
    throw new NotebookImportError(
      'Only notebooks of format 3 and 4 can be read. Open it in Jupyter and save it again.',
    );
  }
  if (typeof minor !== 'number' || !Number.isInteger(minor) || minor < 0) {
    throw new NotebookImportError('The notebook does not say its format: nbformat_minor is missing or not a number.');
  }
  const metadata = optionalObject(notebook['metadata'], 'metadata');
  const language = notebookLanguage(metadata);
  const raw = nbformat === 3 ? cellsOfVersion3(notebook) : listAt(notebook['cells'], 'cells');
  if (raw.length > MAX_CELLS)
    throw new NotebookImportError(`The notebook has ${raw.length} cells; at most ${MAX_CELLS} can be read.`);
  const notes = new Notes();
  const seen = new Set<string>();
  const cells = raw.map((value, index) => readCell(value, index, { language, seen, newId, notes }));
  const title = metadata['title'];
  return {
    title: typeof title === 'string' && title.trim() !== '' ? title.trim().slice(0, 200) : null,
    cells,
    notes: notes.sentences(),
  };
}

function parse(text: string): unknown {
  try {
    // A byte order mark is not JSON, but editors write it.
    return JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
  } catch (error) {
    const reason = error instanceof Error ? ` (${error.message})` : '';
    throw new NotebookImportError(`The file is not readable JSON${reason}. It may be cut off or not a notebook.`);
  }
}

interface Context {
  language: Language;
  seen: Set<string>;
  newId: () => string;
  notes: Notes;
}

function readCell(value: unknown, index: number, context: Context): Cell {
  const where = `cell ${index + 1}`;
  const cell = objectAt(value, where);
  const source = textAt(cell['source'], `${where}.source`);
  const metadata = optionalObject(cell['metadata'], `${where}.metadata`);
  const id = cellId(cell['id'], context);
  const tags = tagsOf(metadata);
  switch (cell['cell_type']) {
    case 'markdown':
      return tagged(markdownCell(id, inlineAttachments(source, cell['attachments'], where)), tags);
    case 'raw':
      return tagged(markdownCell(id, source), [...new Set([...tags, RAW_TAG])]);
    case 'code': {
      if (cell['outputs'] !== undefined && listAt(cell['outputs'], `${where}.outputs`).length > 0)
        context.notes.outputs += 1;
      if (/^\s*(?:%|!\S)/m.test(source)) context.notes.magics += 1;
      const own = optionalObject(metadata['praxis'], `${where}.metadata.praxis`);
      const language =
        own['language'] === 'javascript' || own['language'] === 'python' ? own['language'] : context.language;
      const made = tagged(codeCell(id, language, source), tags);
      return own['parameters'] === undefined ? made : { ...made, parameters: parameters(own['parameters'], where) };
    }
    default:
      throw new NotebookImportError(
        `${where}: its type is ${JSON.stringify(cell['cell_type'])}, expected code, markdown or raw.`,
      );
  }
}

/** Tags travel with the cell as they do with an object of a revision. */
function tagged<C extends CodeCell | MarkdownCell>(cell: C, tags: readonly string[]): C {
  return tags.length === 0 ? cell : { ...cell, origin: { ...toObject(cell), semantics: { tags: [...tags] } } };
}

/** What is odd among the tags is not worth refusing the notebook. */
function tagsOf(metadata: Json): string[] {
  const { tags } = metadata;
  if (!Array.isArray(tags)) return [];
  const usable = tags.filter(
    (tag): tag is string => typeof tag === 'string' && /^[\p{L}\p{N}][\p{L}\p{N} _.:-]{0,63}$/u.test(tag),
  );
  return [...new Set(usable)].slice(0, 100);
}

function cellId(value: unknown, { seen, newId, notes }: Context): string {
  const usable = typeof value === 'string' && CELL_ID.test(value) && !seen.has(value);
  if (value !== undefined && !usable) notes.ids += 1;
  const id = usable ? value : newId();
  seen.add(id);
  return id;
}

function parameters(value: unknown, where: string): Record<string, unknown> {
  const entries = Object.entries(objectAt(value, `${where}.metadata.praxis.parameters`));
  const wrong = entries.find(([name]) => !/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name));
  if (wrong !== undefined)
    throw new NotebookImportError(`${where}: ${JSON.stringify(wrong[0])} cannot be the name of a parameter.`);
  return Object.fromEntries(entries);
}

/** What the kernel says wins; files that do not say are Python, as Jupyter's own tools assume. */
function notebookLanguage(metadata: Json): Language {
  const kernel = optionalObject(metadata['kernelspec'], 'metadata.kernelspec');
  const info = optionalObject(metadata['language_info'], 'metadata.language_info');
  const named = [kernel['language'], info['name']].find((value) => typeof value === 'string' && value !== '');
  const name = typeof named === 'string' ? named.toLowerCase() : 'python';
  if (/^i?python\d*$/.test(name)) return 'python';
  if (name === 'javascript' || name === 'node') return 'javascript';
  throw new NotebookImportError(`The notebook is written in ${name.slice(0, 40)}. Python and JavaScript run here.`);
}

function cellsOfVersion3(notebook: Json): unknown[] {
  return listAt(notebook['worksheets'], 'worksheets').flatMap((sheet, number) => {
    const cells = listAt(objectAt(sheet, `worksheet ${number + 1}`)['cells'], `worksheet ${number + 1}.cells`);
    return cells.map((value, index) => upgradeCell(objectAt(value, `cell ${index + 1}`)));
  });
}

/** What nbformat's own converter does from 3 to 4, as far as it concerns sources. */
function upgradeCell(cell: Json): Json {
  const type = cell['cell_type'];
  if (type === 'code') return { ...cell, source: cell['input'] ?? '' };
  if (type === 'heading') {
    const level = typeof cell['level'] === 'number' ? Math.max(1, Math.min(6, Math.trunc(cell['level']))) : 1;
    return {
      ...cell,
      cell_type: 'markdown',
      source: `${'#'.repeat(level)} ${textAt(cell['source'] ?? '', 'heading')}`,
    };
  }
  return type === 'html' || type === 'plaintext' ? { ...cell, cell_type: 'markdown' } : cell;
}

/** Pictures that Jupyter keeps beside a text cell become part of its text, so that the cell stays whole. */
function inlineAttachments(source: string, value: unknown, where: string): string {
  if (value === undefined) return source;
  return Object.entries(objectAt(value, `${where}.attachments`)).reduce((text, [name, bundle]) => {
    const found = Object.entries(optionalObject(bundle, `${where}.attachments`)).find(([type]) =>
      /^image\/[a-z+]+$/.test(type),
    );
    if (found === undefined || typeof found[1] !== 'string') return text;
    return text.replaceAll(
      `(attachment:${name})`,
      () => `(data:${found[0]};base64,${String(found[1]).replace(/\s/g, '')})`,
    );
  }, source);
}

function objectAt(value: unknown, where: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new NotebookImportError(`Not a notebook that can be read: ${where} is not an object.`);
  }
  return { ...value };
}

function optionalObject(value: unknown, where: string): Json {
  return value === undefined || value === null ? {} : objectAt(value, where);
}

function listAt(value: unknown, where: string): unknown[] {
  if (!Array.isArray(value)) throw new NotebookImportError(`Not a notebook that can be read: ${where} is not a list.`);
  return value;
}

/** Multi-line text: one string, or a list of lines that keep their line ends. */
function textAt(value: unknown, where: string): string {
  const lines: unknown[] = Array.isArray(value) ? value : [value];
  const text = lines
    .map((line) => {
      if (typeof line !== 'string')
        throw new NotebookImportError(`Not a notebook that can be read: ${where} is not text.`);
      return line;
    })
    .join('')
    .replace(/\r\n?/g, '\n');
  if (text.length > MAX_SOURCE) throw new NotebookImportError(`${where} is longer than ${MAX_SOURCE} characters.`);
  if (!text.isWellFormed() || text.includes('\0'))
    throw new NotebookImportError(`${where} holds characters that are not text.`);
  return text;
}

class Notes {
  outputs = 0;
  magics = 0;
  ids = 0;

  sentences(): string[] {
    const cells = (count: number): string => (count === 1 ? '1 cell' : `${count} cells`);
    return [
      this.outputs === 0
        ? ''
        : `Stored outputs of ${cells(this.outputs)} were left out: run the notebook to make them.`,
      this.magics === 0 ? '' : `${cells(this.magics)} may use Jupyter commands (% or !), which do not run here.`,
      this.ids === 0 ? '' : `${cells(this.ids)} got a new id: theirs was not valid or not unique.`,
    ].filter((sentence) => sentence !== '');
  }
}
