/** Reading notebooks: what is kept, what is repaired, and what the notes say. */
import { readNotebook, readNotebookBytes, type NotebookObject } from '@praxis/wasm-runtime/notebook';
import { describe, expect, it } from 'vitest';
import { codeCell, notebookOf, textCell } from '../../support/notebooks.ts';

const code = (id: string, source: string, language: 'python' | 'javascript' = 'python'): NotebookObject => ({
  id,
  type: 'code',
  content: { source },
  runtime: { language },
});
const text = (id: string, markdown: string): NotebookObject => ({ id, type: 'text', content: { markdown } });
const raw = (id: string, markdown: string): NotebookObject => ({
  ...text(id, markdown),
  semantics: { tags: ['notebook-raw'] },
});
const sentences = (file: string): string[] => readNotebook(file).notes.map(({ sentence }) => sentence);

describe('a notebook', () => {
  it('is read as code, text and raw cells, with sources as text or as lines', () => {
    const file = notebookOf([
      codeCell(['a = 1\n', 'a']),
      textCell('# T'),
      { cell_type: 'raw', id: 'r', metadata: {}, source: 'x' },
    ]);
    const { objects, notes } = readNotebook(file);
    expect(objects).toEqual([code('c1', 'a = 1\na'), text('m1', '# T'), raw('r', 'x')]);
    expect(notes).toEqual([]);
  });

  it('may begin with a byte order mark; its line ends become one kind', () => {
    const file = `\uFEFF${notebookOf([codeCell('a\r\nb\rc')])}`;
    expect(readNotebook(file).objects).toEqual([code('c1', 'a\nb\nc')]);
    expect(readNotebookBytes(new TextEncoder().encode(file)).objects).toEqual([code('c1', 'a\nb\nc')]);
  });

  it('has a title that fits in a line, or none', () => {
    const title = (value: unknown) => readNotebook(notebookOf([], { title: value })).title;
    expect(title(' Two\n\tbodies\u202e ')).toBe('Two bodies');
    expect(title('é'.repeat(300))).toBe('é'.repeat(200));
    expect(title(`x${'😀'.repeat(300)}`)).toBe(`x${'😀'.repeat(99)}`);
    expect(title('\ud800')).toBe('\ufffd');
    for (const none of [' \n', 7, null, undefined]) expect(title(none)).toBeNull();
  });

  it('of format 3 is upgraded', () => {
    const cells = [
      { cell_type: 'heading', level: 2, metadata: {}, source: ['Two\n', 'lines'] },
      { cell_type: 'heading', level: 'x', source: 'No level' },
      { cell_type: 'code', input: ['1+1'], language: 'python', metadata: {}, outputs: [{ output_type: 'pyout' }] },
      { cell_type: 'code', input: '1;', language: 'javascript' },
      { cell_type: 'plaintext', metadata: {}, source: 'plain' },
      { cell_type: 'raw', source: 'raw' },
    ];
    const file = JSON.stringify({ nbformat: 3, nbformat_minor: 0, metadata: { name: 'Old' }, worksheets: [{ cells }] });
    const { title, objects } = readNotebook(file);
    expect(title).toBe('Old');
    expect(objects).toEqual([
      text('cell-1', '## Two lines'),
      text('cell-2', '# No level'),
      code('cell-3', '1+1'),
      code('cell-4', '1;', 'javascript'),
      text('cell-5', 'plain'),
      raw('cell-6', 'raw'),
    ]);
    expect(sentences(file)).toEqual([
      'The notebook has format 3 and was read as format 4.',
      'Stored outputs of cell 3 were left out: run the notebook to make them.',
    ]);
  });
});

describe('languages', () => {
  const first = (metadata: object, cell = codeCell('x')) =>
    readNotebook(notebookOf([cell], metadata)).objects[0]?.runtime;

  it.each([
    [{}, 'python'],
    [{ kernelspec: { name: 'python3' } }, 'python'],
    [{ kernelspec: { name: 'venv', language: 'python' } }, 'python'],
    [{ kernelspec: { name: 'venv' }, language_info: { name: 'python' } }, 'python'],
    [{ kernelspec: { name: 'deno', language: 'javascript' } }, 'javascript'],
    [{ language_info: { name: 'javascript' } }, 'javascript'],
    [{ kernelspec: { language: 'JavaScript' }, language_info: { name: 'python' } }, 'javascript'],
  ])('%j is %s', (metadata, language) => expect(first(metadata)).toEqual({ language }));

  it('may be a cell’s own, as may its parameters', () => {
    const own = codeCell('x', {
      metadata: { praxis: { language: 'javascript', parameters: { n: [2, { m: null }] } } },
    });
    expect(first({}, own)).toEqual({ language: 'javascript', parameters: { n: [2, { m: null }] } });
  });

  it.each([
    ['%%javascript\nlet a = 1;', 'let a = 1;'],
    ['%%js  \n', ''],
    ['%%javascript', ''],
  ])('%j makes a cell of JavaScript in a Python notebook', (source, expected) => {
    expect(readNotebook(notebookOf([codeCell(source)])).objects).toEqual([code('c1', expected, 'javascript')]);
  });

  it.each(['%%javascript --flag\n1', '%%javascripts\n1', ' %%js\n1', '# %%js\n1', '\n%%js\n1'])(
    '%j does not',
    (source) => expect(first({}, codeCell(source))).toEqual({ language: 'python' }),
  );

  it('in a JavaScript notebook have no such command', () => {
    const file = notebookOf([codeCell('%%js\n1')], { kernelspec: { language: 'javascript' } });
    expect(readNotebook(file).objects).toEqual([code('c1', '%%js\n1', 'javascript')]);
  });
});

describe('notes', () => {
  it('say whose stored outputs were left out, and name only some of many', () => {
    const cell = (n: number) => codeCell('x', { id: `c${n}`, outputs: [{ output_type: 'what?' }] });
    const file = (count: number) => notebookOf(Array.from({ length: count }, (_, n) => cell(n)));
    expect(sentences(file(1))).toEqual(['Stored outputs of cell 1 were left out: run the notebook to make them.']);
    expect(sentences(file(2))[0]).toContain('of cells 1 and 2 were');
    expect(sentences(file(8))[0]).toContain('of cells 1, 2, 3, 4, 5 and 3 more were');
  });

  it('point out what asks for a shell', () => {
    const commands = ['%pip install x', 'a\n  !ls', '%%bash\nls', 'x = 1\n%conda install y'];
    const none = ['%time x', '%matplotlib inline', '%pipe', 'a % b', 'x = (1\n % 2)', 'a\n!= b', '"!"', '# !'];
    const cells = [...commands, ...none].map((source, n) => codeCell(source, { id: `c${n}` }));
    expect(sentences(notebookOf(cells))).toEqual([
      'There is no shell here, and nothing is installed (!, %pip, %%bash): cells 1, 2, 3 and 4 may ask for it.',
    ]);
    expect(sentences(notebookOf([codeCell('!a;')], { language_info: { name: 'javascript' } }))).toEqual([]);
  });
});

describe('ids', () => {
  const ids = (wanted: unknown[]) =>
    readNotebook(notebookOf(wanted.map((id) => codeCell('x', { id })))).objects.map((object) => object.id);

  it('that are missing are made from the position, the same each time', () => {
    expect(ids([undefined, 'a', undefined])).toEqual(['cell-1', 'a', 'cell-3']);
    expect(sentences(notebookOf([codeCell('x', { id: undefined })]))).toEqual([]);
  });

  it('that are bad or repeated are replaced and noted, and never take another cell’s', () => {
    expect(ids(['x y', 'k', 'k', '__proto__', 7, 'cell-1', 'cell-5', 'a'.repeat(65)])).toEqual([
      'cell-1-2',
      'k',
      'cell-3',
      'cell-4',
      'cell-5-2',
      'cell-1',
      'cell-5',
      'cell-8',
    ]);
    expect(sentences(notebookOf([codeCell('a', { id: 'k' }), codeCell('b', { id: 'k' })]))).toEqual([
      'New ids were given to cell 2: those in the file are not valid or not unique.',
    ]);
  });
});

describe('tags', () => {
  it('are kept as far as they are tags', () => {
    const cell = (tags: unknown) => textCell('x', { metadata: { tags } });
    expect(readNotebook(notebookOf([cell(['a b', 'a b', 'no, comma', 7, ''])])).objects).toEqual([
      { ...text('m1', 'x'), semantics: { tags: ['a b'] } },
    ]);
    const note = ['Tags of cell 1 were left out: they are too many, not valid or not unique.'];
    for (const tags of [['a', 'a'], 'a', null, { a: 1 }]) expect(sentences(notebookOf([cell(tags)]))).toEqual(note);
    expect(sentences(notebookOf([cell([])]))).toEqual([]);
  });
});

describe('attached pictures', () => {
  const cell = (source: string, attachments: unknown) => notebookOf([textCell(source, { attachments })]);
  const note = expect.stringMatching(/^Pictures attached to cell 1 were left out/) as string;

  it('become part of the text', () => {
    const file = cell('![p](attachment:p.png) ![q](attachment:q.svg)', {
      'p.png': { 'image/png': 'aG\nk=' },
      'q.svg': { 'text/plain': 'x', 'image/svg+xml': ['aG', 'k='] },
    });
    expect(readNotebook(file).objects).toEqual([
      text('m1', '![p](data:image/png;base64,aGk=) ![q](data:image/svg+xml;base64,aGk=)'),
    ]);
    expect(sentences(file)).toEqual([]);
  });

  it.each([
    ['are not Base64', { p: { 'image/png': '" onerror=' } }],
    ['are no pictures', { p: { 'text/html': 'aGk=' } }],
    ['are no bundle', { p: 7 }],
    ['are named like what every object has', { constructor: { 'image/png': 'aGk=' } }],
    ['are too large', { p: { 'image/png': 'a'.repeat(1_048_576) } }],
  ])('that %s leave the text as it is, and are noted', (_what, attachments) => {
    const file = cell('![](attachment:p)', attachments);
    expect(readNotebook(file).objects).toEqual([text('m1', '![](attachment:p)')]);
    expect(sentences(file)).toEqual([note]);
  });

  it('that the text does not show are noted; where there are none, there is nothing to note', () => {
    expect(sentences(cell('x', { p: { 'image/png': 'aGk=' } }))).toEqual([note]);
    expect(sentences(cell('![](attachment:p)', {}))).toEqual([]);
  });

  it('cannot make a small file large', () => {
    // 120 cells that show one picture of 10,000 characters a hundred times each: 120 million characters if all were put in.
    const attachments = { p: { 'image/png': 'a'.repeat(10_000) } };
    const cells = Array.from({ length: 120 }, (_, n) =>
      textCell('(attachment:p)'.repeat(100), { id: `m${n}`, attachments }),
    );
    const { objects, notes } = readNotebook(notebookOf(cells));
    const size = objects.reduce((sum, { content }) => sum + ('markdown' in content ? content.markdown.length : 0), 0);
    expect(size).toBeGreaterThan(30_000_000);
    expect(size).toBeLessThan(34_000_000);
    expect(notes.map(({ kind }) => kind)).toEqual(['attachments']);
  });

  it('are looked up once each, however many there are', () => {
    const attachments = Object.fromEntries(Array.from({ length: 200_000 }, (_, n) => [`a${n}`, {}]));
    const file = cell('x'.repeat(1_000_000), attachments);
    expect(readNotebook(file).objects).toHaveLength(1);
  });
});
