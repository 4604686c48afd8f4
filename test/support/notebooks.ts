/** Notebooks for tests: small ones made here, the real ones of `fixtures/notebooks`, and nbformat's own schema to check them by. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Ajv } from 'ajv';

const FIXTURES = join(import.meta.dirname, '../../fixtures');
export const NOTEBOOKS = join(FIXTURES, 'notebooks');

export interface Cell {
  id: string;
  cell_type: string;
  metadata: Record<string, unknown>;
  source: string[];
  outputs?: Record<string, unknown>[];
}

/** A notebook as this project writes it. */
export interface Notebook {
  cells: Cell[];
  metadata: Record<string, unknown>;
  nbformat: number;
  nbformat_minor: number;
}

/** The text of a notebook of these cells. */
export const notebookOf = (cells: unknown, metadata: unknown = {}, more: object = {}): string =>
  JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata, cells, ...more });

export const codeCell = (source: unknown, more: object = {}): object => ({
  cell_type: 'code',
  id: 'c1',
  metadata: {},
  source,
  outputs: [],
  execution_count: null,
  ...more,
});

export const textCell = (source: unknown, more: object = {}): object => ({
  cell_type: 'markdown',
  id: 'm1',
  metadata: {},
  source,
  ...more,
});

/** The files of a folder of `fixtures/notebooks`. */
export function fixtureNotebooks(folder = '.'): { name: string; path: string }[] {
  const files = readdirSync(join(NOTEBOOKS, folder)).filter((file) => file.endsWith('.ipynb'));
  return files.sort().map((file) => ({ name: basename(file, '.ipynb'), path: join(NOTEBOOKS, folder, file) }));
}

// nbformat's schema is of JSON Schema's draft 4; it uses nothing whose meaning has changed since.
const { $schema: _draft, ...schema } = JSON.parse(
  readFileSync(join(FIXTURES, 'nbformat/nbformat.v4.5.schema.json'), 'utf8'),
) as Record<string, unknown>;
const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);

/** What nbformat 4.5 has against a notebook: its schema's complaints, and the rule outside of it that ids are unique. */
export function schemaErrors(text: string): string[] {
  const notebook: unknown = JSON.parse(text);
  if (!validate(notebook))
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  // The schema has just said so.
  const { cells } = notebook as Notebook;
  return new Set(cells.map(({ id }) => id)).size === cells.length ? [] : ['ids repeat'];
}
