/** Writing notebooks: valid by nbformat's schema, and read back as they were. */
import { readNotebook, writeNotebook, type NotebookToWrite, type WritableObject } from '@praxis/wasm-runtime/notebook';
import { describe, expect, it } from 'vitest';
import { schemaErrors, type Cell, type Notebook } from '../../support/notebooks.ts';

const write = (objects: readonly WritableObject[], more: Partial<NotebookToWrite> = {}): string =>
  writeNotebook({ title: 'T', objects, outputs: new Map(), blobs: new Map(), ...more });
// Written by the function under test.
const parsed = (text: string): Notebook => JSON.parse(text) as Notebook;
const cellsOf = (objects: readonly WritableObject[], more: Partial<NotebookToWrite> = {}): Cell[] =>
  parsed(write(objects, more)).cells;

const python = (id: string, source: string): WritableObject => ({
  id,
  type: 'code',
  content: { source },
  runtime: { language: 'python' },
});
const javascript = (id: string, source: string): WritableObject => ({
  ...python(id, source),
  runtime: { language: 'javascript' },
});

describe('what is written', () => {
  const objects: WritableObject[] = [
    { ...python('a', 'x = 1\nx'), runtime: { language: 'python', parameters: { n: 1 } } },
    javascript('b', '1;'),
    { id: 'c', type: 'text', content: { markdown: 'text\n' }, semantics: { tags: ['lead', 'a b'] } },
    { id: 'd', type: 'text', content: { markdown: 'raw ``` inside' }, semantics: { tags: ['notebook-raw'] } },
    { id: 'e', type: 'equation', content: { latex: 'E = mc^2 \\\\\n$$\n' } },
    python('f', '%%javascript\nwas Python all the same'),
    javascript('g', '%%javascript\n'),
    python('h', ''),
  ];

  it('is valid, and read back as it was', () => {
    const text = write(objects);
    expect(schemaErrors(text)).toEqual([]);
    const { title, objects: read } = readNotebook(text);
    expect({ title, read }).toEqual({ title: 'T', read: objects });
  });

  it('is Python’s as soon as one cell is; then Jupyter runs JavaScript by its command', () => {
    const text = write(objects);
    expect(parsed(text).metadata).toMatchObject({ kernelspec: { name: 'python3' }, language_info: { name: 'python' } });
    expect(parsed(text).cells[1]).toMatchObject({
      source: ['%%javascript\n', '1;'],
      metadata: { praxis: { language: 'javascript' } },
    });
  });

  it('is JavaScript’s when all code is', () => {
    const text = write([javascript('a', '1;'), { id: 'b', type: 'text', content: { markdown: '' } }]);
    expect(parsed(text).metadata).toMatchObject({ kernelspec: { language: 'javascript' } });
    expect(parsed(text).cells[0]).toMatchObject({ source: ['1;'], metadata: {} });
  });

  it('keeps an object that notebooks have no cell for as a raw cell with its data', () => {
    const table = { id: 't', type: 'table', content: { rows: [1] } };
    const [cell] = cellsOf([table]);
    expect(cell).toMatchObject({ cell_type: 'raw', metadata: { praxis: { type: 'table' } } });
    expect(JSON.parse(cell?.source.join('') ?? '')).toEqual(table);
    expect(schemaErrors(write([table]))).toEqual([]);
  });

  it('has ids that nbformat takes, also where those of objects are longer', () => {
    const text = write([python('a'.repeat(100), '1'), python('cell-1', '2')]);
    expect(schemaErrors(text)).toEqual([]);
    expect(parsed(text).cells.map(({ id }) => id)).toEqual(['cell-1-2', 'cell-1']);
  });

  it('leaves tags out that nbformat does not take', () => {
    const text = write([{ ...python('a', '1'), semantics: { tags: ['x', 'a,b', 'x'] } }]);
    expect(schemaErrors(text)).toEqual([]);
    expect(parsed(text).cells[0]?.metadata).toEqual({ tags: ['x'] });
  });
});

describe('outputs', () => {
  const digest = `sha256:${'b'.repeat(64)}`;
  const outputs: NotebookToWrite['outputs'] = new Map([
    [
      'a',
      {
        outputs: [
          { type: 'stream', name: 'stdout', text: 'a\nb' },
          { type: 'display', data: { 'image/png': { digest, size_bytes: 2 } }, metadata: { width: 3 } },
          { type: 'result', data: { 'application/json': '{"k":[1]}', 'text/plain': 'p' }, metadata: {} },
          { type: 'display', data: { 'application/vnd.x+json': 'no JSON', 'image/svg+json': '7' }, metadata: {} },
          { type: 'error', name: 'E', message: 'm', traceback: 't1\nt2' },
          { type: 'display', data: { 'image/png': { digest: 'gone', size_bytes: 2 } }, metadata: {} },
        ],
      },
    ],
  ]);
  const blobs = new Map([[digest, new TextEncoder().encode('hi')]]);

  it('have the shapes of nbformat, bytes as Base64', () => {
    const text = write([python('a', '')], { outputs, blobs });
    expect(schemaErrors(text)).toEqual([]);
    expect(parsed(text).cells[0]?.outputs).toEqual([
      { output_type: 'stream', name: 'stdout', text: ['a\n', 'b'] },
      { output_type: 'display_data', data: { 'image/png': 'aGk=' }, metadata: { width: 3 } },
      {
        output_type: 'execute_result',
        data: { 'application/json': { k: [1] }, 'text/plain': ['p'] },
        metadata: {},
        execution_count: null,
      },
      {
        output_type: 'display_data',
        data: { 'application/vnd.x+json': 'no JSON', 'image/svg+json': ['7'] },
        metadata: {},
      },
      { output_type: 'error', ename: 'E', evalue: 'm', traceback: ['t1', 't2'] },
      { output_type: 'display_data', data: {}, metadata: {} },
    ]);
  });

  it('carry what is known about them, which reading does not believe', () => {
    const provenance = { trust: 'verified', language: 'r' };
    const withTrust = new Map([['a', { outputs: outputs.get('a')?.outputs ?? [], provenance }]]);
    const text = write([javascript('a', '1'), python('b', '1')], {
      outputs: withTrust,
      blobs,
      provenance: { revision_id: 'r' },
    });
    expect(schemaErrors(text)).toEqual([]);
    const { cells, metadata } = parsed(text);
    expect(metadata['praxis']).toEqual({ revision_id: 'r' });
    expect(cells[0]?.outputs?.[1]).toMatchObject({ metadata: { width: 3, praxis: { trust: 'verified' } } });
    expect(cells[0]?.metadata).toMatchObject({ praxis: { trust: 'verified', language: 'javascript' } });
  });

  it('of JSON that was kept as bytes are that JSON', () => {
    const display = { data: { 'application/vnd.x+json': { digest, size_bytes: 7 } }, metadata: {} };
    const shown = new Map([['a', { outputs: [{ type: 'display' as const, ...display }] }]]);
    const bytes = new TextEncoder().encode('{"k":1}');
    const cell = cellsOf([python('a', '')], { outputs: shown, blobs: new Map([[digest, bytes]]) })[0];
    expect(cell?.outputs?.[0]).toMatchObject({ data: { 'application/vnd.x+json': { k: 1 } } });
  });

  it('of large binary displays are written whole', () => {
    const bytes = new Uint8Array(100_000).map((_, n) => n % 251);
    const cell = cellsOf([python('a', '')], { outputs, blobs: new Map([[digest, bytes]]) })[0];
    expect(cell?.outputs?.[1]).toMatchObject({ data: { 'image/png': Buffer.from(bytes).toString('base64') } });
  });
});
