/** Notebooks for tests: small ones made here, the real ones of `fixtures/notebooks`, and nbformat's own schema to check them by. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Outcome } from '@praxis/wasm-runtime';
import { Ajv } from 'ajv';

const FIXTURES = join(import.meta.dirname, '../../fixtures');
const NOTEBOOKS = join(FIXTURES, 'notebooks');

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

/**
 * What a notebook of `fixtures/notebooks` gives. Texts and files were compared with CPython 3.11 and Node, which ran the same cells;
 * one line differs by CPython 3.12's more accurate `sum`. Texts of those in `packages` are those of stock Pyodide 0.27.7.
 */
export interface ExpectedRun {
  /** The environment that is chosen, where the notebook needs packages. */
  environment?: string;
  outcome: Outcome;
  /** Lines that the notebook is given. */
  stdin?: string[];
  /** Lines of the standard output. */
  stdout: string[];
  /** `step` is the cell's id. */
  error?: { code: string; message: string; step: string; line: number };
  artifacts?: { name: string; media_type: string; digest: string; size_bytes: number }[];
  /** For each display and result what it is, and its media types. */
  rich?: string[][];
}

export interface ExpectedNotebook {
  name: string;
  path: string;
  expected: ExpectedRun;
}

/** The notebooks of `fixtures/notebooks` or a folder of it. @throws Error when one has no expectation, or the other way round */
export function expectedRuns(folder = '.'): ExpectedNotebook[] {
  // A file of this project.
  const text = readFileSync(join(NOTEBOOKS, folder, 'expected.json'), 'utf8');
  const all = JSON.parse(text) as Record<string, ExpectedRun>;
  const files = fixtureNotebooks(folder);
  const names = files.map(({ name }) => name);
  if (Object.keys(all).join() !== names.join()) throw new Error(`expected.json is not about ${names.join(', ')}`);
  return files.flatMap((file) => {
    const expected = all[file.name];
    return expected === undefined ? [] : [{ ...file, expected }];
  });
}

/** Real notebooks of other projects that somebody may have laid beside a checkout. */
export const SHARED_NOTEBOOKS = join(
  process.env['PRAXIS_SHARED'] ?? join(import.meta.dirname, '../../../shared'),
  'corpora/notebooks',
);

export interface SharedNotebook {
  /** Relative to the folder: `run/…`, `import/…`, `invalid/…` or `hostile/…`. */
  file: string;
  path: string;
  note?: string;
}

/** The entries of one folder, none when they are not there. */
export function sharedNotebooks(folder: string): SharedNotebook[] {
  const index = join(SHARED_NOTEBOOKS, 'index.json');
  if (!existsSync(index)) return [];
  // Test data of a fixed form, and checked by use.
  const entries = JSON.parse(readFileSync(index, 'utf8')) as Omit<SharedNotebook, 'path'>[];
  return entries
    .filter(({ file }) => file.startsWith(`${folder}/`))
    .map((entry) => ({ ...entry, path: join(SHARED_NOTEBOOKS, entry.file) }));
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
