import { describe, expect, test } from 'vitest';
import { codeCell, markdownCell, type Cell } from '../../../client/src/notebook/cell.ts';
import { exportNotebook } from '../../../client/src/notebook/ipynb-export.ts';
import { importNotebook, NotebookImportError, RAW_TAG } from '../../../client/src/notebook/ipynb-import.ts';

let made = 0;
const newId = () => `made-${(made += 1)}`;
const notebook = (cells: unknown, metadata: unknown = {}, minor: unknown = 5, major = 4) =>
  JSON.stringify({ nbformat: major, nbformat_minor: minor, metadata, cells });
const code = (source: unknown, more: object = {}) => ({
  cell_type: 'code',
  id: 'c1',
  metadata: {},
  source,
  outputs: [],
  execution_count: null,
  ...more,
});
const raw = (id: string, source: string): Cell => ({
  ...markdownCell(id, source),
  origin: { id, type: 'text', content: { markdown: source }, semantics: { tags: [RAW_TAG] } },
});
const read = (text: string) => importNotebook(text, newId);

describe('reading', () => {
  test('code, text and raw cells, sources as text or as lines', () => {
    const { cells, notes } = read(
      notebook([
        code(['a = 1\n', 'a']),
        { cell_type: 'markdown', id: 'm', metadata: {}, source: '# T' },
        { cell_type: 'raw', id: 'r', metadata: {}, source: 'x' },
      ]),
    );
    expect(cells).toEqual([codeCell('c1', 'python', 'a = 1\na'), markdownCell('m', '# T'), raw('r', 'x')]);
    expect(notes).toEqual([]);
  });

  test('the language comes from the kernel, and from a cell of its own', () => {
    const own = code('y', { id: 'c2', metadata: { praxis: { language: 'python', parameters: { n: 2 } } } });
    const { cells } = read(notebook([code('x'), own], { kernelspec: { name: 'deno', language: 'javascript' } }));
    expect(cells).toMatchObject([{ language: 'javascript' }, { language: 'python', parameters: { n: 2 } }]);
  });

  test('another language is refused by its name', () => {
    expect(() => read(notebook([], { language_info: { name: 'R' } }))).toThrow('written in r');
  });

  test('stored outputs are left out, and said so', () => {
    const { notes } = read(notebook([code('x', { outputs: [{ output_type: 'stream', name: 'stdout', text: 'hi' }] })]));
    expect(notes).toEqual(['Stored outputs of 1 cell were left out: run the notebook to make them.']);
  });

  test('Jupyter commands are pointed out', () => {
    expect(read(notebook([code('%time x'), code('a % b', { id: 'c2' })])).notes).toEqual([
      '1 cell may use Jupyter commands (% or !), which do not run here.',
    ]);
  });

  test('missing ids are made; bad and repeated ones are replaced and noted', () => {
    const { cells, notes } = read(
      notebook([
        code('a', { id: undefined }),
        code('b', { id: 'x y' }),
        code('c', { id: 'k' }),
        code('d', { id: 'k' }),
      ]),
    );
    expect(new Set(cells.map((cell) => cell.id)).size).toBe(4);
    expect(cells[2]?.id).toBe('k');
    expect(notes).toEqual(['2 cells got a new id: theirs was not valid or not unique.']);
  });

  test('attached pictures become part of the text', () => {
    const cell = {
      cell_type: 'markdown',
      id: 'm',
      metadata: {},
      source: '![p](attachment:p.png)',
      attachments: { 'p.png': { 'image/png': 'aG\nk=' } },
    };
    expect(read(notebook([cell])).cells[0]).toMatchObject({ source: '![p](data:image/png;base64,aGk=)' });
  });

  test('a byte order mark is skipped, and line ends become one kind', () => {
    expect(read(`\uFEFF${notebook([code('a\r\nb\rc')])}`).cells[0]).toMatchObject({ source: 'a\nb\nc' });
  });

  test('version 3 is upgraded', () => {
    const text = JSON.stringify({
      nbformat: 3,
      nbformat_minor: 0,
      metadata: { name: '' },
      worksheets: [
        {
          cells: [
            { cell_type: 'heading', level: 2, metadata: {}, source: ['Two'] },
            { cell_type: 'code', input: ['1+1'], language: 'python', metadata: {}, outputs: [] },
            { cell_type: 'plaintext', metadata: {}, source: 'plain' },
          ],
        },
      ],
    });
    expect(read(text).cells).toMatchObject([
      { kind: 'markdown', source: '## Two' },
      { kind: 'code', source: '1+1' },
      { kind: 'markdown', source: 'plain' },
    ]);
  });
});

describe('refusing', () => {
  test.each([
    ['', 'not readable JSON'],
    ['{"cells": [', 'not readable JSON'],
    ['null', 'the file is not an object'],
    ['[]', 'the file is not an object'],
    ['{}', 'no nbformat'],
    [notebook([], {}, 5, 5), 'format 3 and 4'],
    [notebook([], {}, null), 'nbformat_minor'],
    [notebook([], {}, '5'), 'nbformat_minor'],
    [notebook('cells'), 'cells is not a list'],
    [notebook([7]), 'cell 1 is not an object'],
    [notebook([code(7)]), 'cell 1.source is not text'],
    [notebook([code(['a', 7])]), 'cell 1.source is not text'],
    [notebook([code('a', { cell_type: 'widget' })]), 'its type is "widget"'],
    [notebook([code('a', { outputs: {} })]), 'cell 1.outputs is not a list'],
    [notebook([code('a', { metadata: [] })]), 'cell 1.metadata is not an object'],
    [
      notebook([code('a', { metadata: { praxis: { parameters: { 'a b': 1 } } } })]),
      'cannot be the name of a parameter',
    ],
    [notebook([code('x'.repeat(1_048_577))]), 'longer than'],
    [notebook(Array.from({ length: 2001 }, () => code('a'))), 'at most 2000'],
  ])('case %#', (text, reason) => {
    expect(() => read(text)).toThrow(NotebookImportError);
    expect(() => read(text)).toThrow(reason);
  });
});

describe('writing', () => {
  const cells: Cell[] = [
    { ...codeCell('a', 'python', 'x = 1\nx'), parameters: { n: 1 } },
    codeCell('b', 'javascript', '1;'),
    markdownCell('c', 'text\n'),
    raw('d', 'raw ``` inside'),
  ];

  test('what is written is read back as it was', () => {
    const text = exportNotebook('T', cells, () => null);
    expect(importNotebook(text, newId)).toEqual({ title: 'T', cells, notes: [] });
    expect(JSON.parse(text)).toMatchObject({ nbformat: 4, nbformat_minor: 5 });
    expect((JSON.parse(text) as { cells: { cell_type: string }[] }).cells[3]?.cell_type).toBe('raw');
  });

  test('outputs in the shapes of nbformat, bytes as Base64', () => {
    const digest = `sha256:${'b'.repeat(64)}`;
    const text = exportNotebook('T', [codeCell('a', 'python', '')], () => ({
      outputs: [
        { type: 'stream', name: 'stdout', text: 'a\nb' },
        { type: 'display', data: { 'image/png': { digest, size_bytes: 2 } }, metadata: {} },
        { type: 'result', data: { 'application/json': '{"k":[1]}', 'text/plain': 'p' }, metadata: {} },
        { type: 'error', name: 'E', message: 'm', traceback: 't1\nt2' },
      ],
      blobs: new Map([[digest, new TextEncoder().encode('hi')]]),
    }));
    expect((JSON.parse(text) as { cells: { outputs: unknown[] }[] }).cells[0]?.outputs).toEqual([
      { output_type: 'stream', name: 'stdout', text: ['a\n', 'b'] },
      { output_type: 'display_data', data: { 'image/png': 'aGk=' }, metadata: {} },
      {
        output_type: 'execute_result',
        data: { 'application/json': { k: [1] }, 'text/plain': ['p'] },
        metadata: {},
        execution_count: null,
      },
      { output_type: 'error', ename: 'E', evalue: 'm', traceback: ['t1', 't2'] },
    ]);
  });
});
