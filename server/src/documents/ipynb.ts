/**
 * Jupyter notebooks (nbformat 4, https://nbformat.readthedocs.io) ⇄ objects of a revision. Pure and isomorphic: the server, the command
 * line and the browser read and write notebooks with these functions. Whoever made the notebook is not trusted.
 */

/** A code or text object as far as a notebook can hold it. */
export interface NotebookObject {
  id: string;
  type: 'code' | 'text';
  content: { source: string } | { markdown: string };
  semantics?: { tags: string[] };
  runtime?: { language: 'python' | 'javascript' };
}

export interface ReadNotebook {
  title: string | null;
  objects: NotebookObject[];
  /** One plain sentence for everything that was left out or that will not run here. */
  warnings: string[];
}

/** The notebook cannot be read. The message says why, in one sentence that may be shown. */
export class NotebookError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NotebookError';
  }
}

const MAXIMUM_CELLS = 2000;
const MAXIMUM_SOURCE = 1_048_576;
const CELL_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const LANGUAGES: Record<string, 'python' | 'javascript'> = {
  python: 'python',
  python3: 'python',
  javascript: 'javascript',
};
/** Marks raw cells, which Praxis shows as text, so that they are exported as what they were. */
export const RAW_TAG = 'notebook-raw';

/** Reads a notebook. @throws NotebookError */
export function readNotebook(text: string): ReadNotebook {
  let notebook: unknown;
  try {
    notebook = JSON.parse(text);
  } catch {
    throw new NotebookError('The file is not a notebook: it is not JSON.');
  }
  return readNotebookObject(notebook);
}

/** Reads a notebook that has been parsed already. @throws NotebookError */
export function readNotebookObject(notebook: unknown): ReadNotebook {
  if (!isObject(notebook)) throw new NotebookError('The file is not a notebook: its JSON is not an object.');
  const format = notebook['nbformat'];
  if (typeof format !== 'number') throw new NotebookError('The file is not a notebook: it has no nbformat.');
  if (format !== 4) {
    throw new NotebookError(
      `The notebook has format ${format}; only format 4 can be read. Save it again with a current Jupyter.`,
    );
  }
  const cells = notebook['cells'];
  if (!Array.isArray(cells)) throw new NotebookError('The notebook has no list of cells.');
  if (cells.length > MAXIMUM_CELLS)
    throw new NotebookError(`The notebook has ${cells.length} cells; at most ${MAXIMUM_CELLS} can be read.`);
  const metadata = isObject(notebook['metadata']) ? notebook['metadata'] : {};
  const language = languageOf(metadata);
  const warnings: string[] = [];
  const used = new Set<string>();
  const objects = cells.map((cell: unknown, index) => readCell(cell, index, language, used, warnings));
  return { title: typeof metadata['title'] === 'string' ? metadata['title'] : null, objects, warnings };
}

function languageOf(metadata: Record<string, unknown>): 'python' | 'javascript' {
  const info = isObject(metadata['language_info']) ? metadata['language_info']['name'] : undefined;
  const kernel = isObject(metadata['kernelspec'])
    ? (metadata['kernelspec']['language'] ?? metadata['kernelspec']['name'])
    : undefined;
  const name = info ?? kernel ?? 'python';
  const language =
    typeof name === 'string' && Object.hasOwn(LANGUAGES, name.toLowerCase())
      ? LANGUAGES[name.toLowerCase()]
      : undefined;
  if (language === undefined) {
    throw new NotebookError(
      `The notebook is written for ${JSON.stringify(name).slice(0, 60)}; only Python and JavaScript run here.`,
    );
  }
  return language;
}

function readCell(
  cell: unknown,
  index: number,
  language: 'python' | 'javascript',
  used: Set<string>,
  warnings: string[],
): NotebookObject {
  const number = index + 1;
  if (!isObject(cell)) throw new NotebookError(`Cell ${number} is not an object.`);
  const source = readSource(cell['source'], number);
  const id = freshId(cell['id'], number, used);
  const tags = tagsOf(cell['metadata']);
  if (isObject(cell['attachments']) && Object.keys(cell['attachments']).length > 0) {
    warnings.push(`Cell ${number}: attached images are not imported.`);
  }
  switch (cell['cell_type']) {
    case 'code':
      if (language === 'python' && /^\s*[%!]/m.test(source)) {
        warnings.push(`Cell ${number}: lines that begin with % or ! are Jupyter's own and do not run here.`);
      }
      return { id, type: 'code', content: { source }, ...withTags(tags), runtime: { language } };
    case 'markdown':
      return { id, type: 'text', content: { markdown: source }, ...withTags(tags) };
    case 'raw':
      return { id, type: 'text', content: { markdown: source }, ...withTags([...new Set([...tags, RAW_TAG])]) };
    default:
      throw new NotebookError(
        `Cell ${number} is of an unknown type: ${JSON.stringify(cell['cell_type'])?.slice(0, 40) ?? 'none'}.`,
      );
  }
}

/** nbformat writes text as one string or as a list of lines that keep their ends. */
function readSource(value: unknown, number: number): string {
  const source = joinLines(value);
  if (source === null) throw new NotebookError(`Cell ${number} has no readable source.`);
  if (source.length > MAXIMUM_SOURCE)
    throw new NotebookError(`Cell ${number} is longer than ${MAXIMUM_SOURCE} characters.`);
  if (!source.isWellFormed() || source.includes('\0'))
    throw new NotebookError(`Cell ${number} holds characters that are not text.`);
  return source;
}

function joinLines(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return null;
  const lines: string[] = [];
  for (const line of value) {
    if (typeof line !== 'string') return null;
    lines.push(line);
  }
  return lines.join('');
}

function freshId(value: unknown, number: number, used: Set<string>): string {
  const own = typeof value === 'string' && CELL_ID.test(value) && !used.has(value) ? value : null;
  let id = own ?? `cell-${number}`;
  for (let attempt = 2; used.has(id); attempt += 1) id = `cell-${number}-${attempt}`;
  used.add(id);
  return id;
}

function tagsOf(metadata: unknown): string[] {
  const tags = isObject(metadata) ? metadata['tags'] : undefined;
  if (!Array.isArray(tags)) return [];
  // nbformat forbids commas in tags; what is odd otherwise is not worth failing for.
  return [
    ...new Set(
      tags.filter(
        (tag): tag is string => typeof tag === 'string' && /^[\p{L}\p{N}][\p{L}\p{N} _.:-]{0,63}$/u.test(tag),
      ),
    ),
  ].slice(0, 100);
}

function withTags(tags: string[]): { semantics?: { tags: string[] } } {
  return tags.length === 0 ? {} : { semantics: { tags } };
}

/** One output as a run record has it, with binary types already as base64 text. */
export type NotebookOutput =
  | { type: 'stream'; name: 'stdout' | 'stderr'; text: string }
  | { type: 'display' | 'result'; data: Record<string, string>; metadata: Record<string, unknown> }
  | { type: 'error'; name: string; message: string; traceback: string };

export interface WrittenCell {
  id: string;
  kind: 'code' | 'markdown' | 'raw';
  source: string;
  tags: string[];
  outputs: NotebookOutput[];
  /** What is known about the outputs, e.g. their trust state; kept in the metadata under `praxis`. */
  provenance: Record<string, unknown> | null;
}

/** The notebook's JSON (nbformat 4.5), indented like Jupyter does it. */
export function writeNotebook(
  title: string,
  language: 'python' | 'javascript',
  cells: readonly WrittenCell[],
  provenance: Record<string, unknown>,
): string {
  const used = new Set<string>();
  const notebook = {
    cells: cells.map((cell, index) => writeCell(cell, freshId(cell.id, index + 1, used))),
    metadata: {
      kernelspec: language === 'python' ? KERNELS.python : KERNELS.javascript,
      language_info: { name: language },
      praxis: provenance,
      title,
    },
    nbformat: 4,
    nbformat_minor: 5,
  };
  return `${JSON.stringify(notebook, null, 1)}\n`;
}

const KERNELS = {
  python: { display_name: 'Python 3', language: 'python', name: 'python3' },
  javascript: { display_name: 'JavaScript', language: 'javascript', name: 'javascript' },
} as const;

function writeCell(cell: WrittenCell, id: string): Record<string, unknown> {
  const metadata = {
    ...(cell.tags.length === 0 ? {} : { tags: cell.tags }),
    ...(cell.provenance === null ? {} : { praxis: cell.provenance }),
  };
  const source = splitLines(cell.source);
  if (cell.kind !== 'code') return { cell_type: cell.kind, id, metadata, source };
  const outputs = cell.outputs.map((output) => writeOutput(output, cell.provenance));
  return { cell_type: 'code', execution_count: null, id, metadata, outputs, source };
}

function writeOutput(output: NotebookOutput, provenance: Record<string, unknown> | null): Record<string, unknown> {
  switch (output.type) {
    case 'stream':
      return { name: output.name, output_type: 'stream', text: splitLines(output.text) };
    case 'error':
      return {
        ename: output.name,
        evalue: output.message,
        output_type: 'error',
        traceback: output.traceback.split('\n'),
      };
    case 'display':
    case 'result': {
      const metadata = provenance === null ? output.metadata : { ...output.metadata, praxis: provenance };
      const data = Object.fromEntries(Object.entries(output.data).map(([type, text]) => [type, dataOf(type, text)]));
      return output.type === 'display'
        ? { data, metadata, output_type: 'display_data' }
        : { data, execution_count: null, metadata, output_type: 'execute_result' };
    }
  }
}

/** JSON types hold JSON, everything else lines of text (nbformat's mimebundle). */
function dataOf(type: string, text: string): unknown {
  if (!/^application\/(.+\+)?json$/.test(type)) return splitLines(text);
  try {
    // Safe: any JSON value may stand here.
    return JSON.parse(text) as unknown;
  } catch {
    return splitLines(text);
  }
}

function splitLines(text: string): string[] {
  return text === '' ? [] : text.split(/(?<=\n)/);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
