/** What cannot be read: every kind has one typed error, whose sentence says where, why, and what to do. */
import { readFileSync } from 'node:fs';
import {
  MAX_NOTEBOOK_BYTES,
  NotebookError,
  readNotebook,
  readNotebookBytes,
  readNotebookValue,
} from '@praxis/wasm-runtime/notebook';
import { describe, expect, it } from 'vitest';
import { codeCell, fixtureNotebooks, notebookOf, textCell } from '../../support/notebooks.ts';

function refusal(work: () => unknown): NotebookError {
  try {
    work();
  } catch (error) {
    if (error instanceof NotebookError) return error;
    throw error;
  }
  throw new Error('it was read');
}

const praxis = (own: unknown) => notebookOf([codeCell('x', { metadata: { praxis: own } })]);
const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

describe('a file', () => {
  it.each([
    ['', 'the file', 'is empty'],
    [' \n', 'the file', 'is empty'],
    ['{"cells": [', 'the file', 'cut off'],
    ['hello', 'the file', 'is not JSON'],
    ['<!doctype html><html></html>', 'the file', 'a web page'],
    ['{\n<<<<<<< HEAD\n"a": 1\n}', 'the file', 'conflict markers'],
    ['{"a": 1,\n"b": }', 'the file', 'is not JSON'],
    ['null', 'the file', 'its JSON is not an object'],
    ['[]', 'the file', 'its JSON is not an object'],
    ['{}', 'the file', 'no nbformat'],
    [`{"a":${deep(1000)}}`, 'the file, in line 1,', '256 levels'],
    [`{"a":${deep(1_000_000)}}`, 'the file, in line 1,', '256 levels'],
    ['{"nbformat": 4,\n"nbformat": 3}', 'the file, in line 2,', '"nbformat" twice'],
    ['{"a":[{"\\u0073ource": 1, "b": {"source": 1}, "source": 2}]}', 'the file, in line 1,', '"source" twice'],
  ])('case %# is refused', (file, where, why) => {
    const error = refusal(() => readNotebook(file));
    expect(error.where).toBe(where);
    expect(error.message).toContain(why);
    expect(error.message).toMatch(/^The .+\. [A-Z].+\.$/s);
  });

  it('of other JSON, parsed already, is refused', () => {
    for (const value of [null, [], 7, 'x', undefined]) {
      expect(refusal(() => readNotebookValue(value)).message).toContain('its JSON is not an object');
    }
  });

  it('that is no UTF-8 is refused', () => {
    const utf16 = new Uint8Array(Buffer.from(notebookOf([]), 'utf16le'));
    for (const bytes of [new Uint8Array([0x7b, 0xff, 0x7d]), new Uint8Array([0xff, 0xfe, ...utf16])]) {
      expect(refusal(() => readNotebookBytes(bytes)).message).toContain('UTF-8');
    }
  });

  it('that is too large is refused before it is looked at', () => {
    const bytes = new Uint8Array(MAX_NOTEBOOK_BYTES + 1).fill(0xff);
    expect(refusal(() => readNotebookBytes(bytes)).message).toContain('larger than 32 MB');
    expect(refusal(() => readNotebook(' '.repeat(MAX_NOTEBOOK_BYTES + 1))).message).toContain('larger than 32 MB');
  });

  it('may have equal keys in different objects, and quotation marks and backslashes in its texts', () => {
    const tricky = ['"a": "a"', '\\', '\\"', '{"a":1,"a":2}', '\\\\"', '\u2028'];
    const cells = tricky.map((source, n) => textCell(source, { id: `m${n}` }));
    const markdown = readNotebook(notebookOf(cells)).objects.map(
      ({ content }) => 'markdown' in content && content.markdown,
    );
    expect(markdown).toEqual(tricky);
  });
});

describe('the format', () => {
  it.each([5, 2, '4', null, [4], {}])('%j is refused', (nbformat) => {
    const { message } = refusal(() => readNotebook(notebookOf([], {}, { nbformat })));
    expect(message).toContain('formats 3 and 4 can be read');
  });

  it.each([null, '5', -1, 1.5])('with the minor %j is refused', (nbformat_minor) => {
    const { message } = refusal(() => readNotebook(notebookOf([], {}, { nbformat_minor })));
    expect(message).toContain('nbformat_minor');
  });
});

describe('a wrong kind of thing', () => {
  it.each([
    ['the list of cells', notebookOf('cells')],
    ['the list of cells', notebookOf({ 0: codeCell('x') })],
    ['the list of worksheets', notebookOf([], {}, { nbformat: 3 })],
    ['worksheet 1', notebookOf([], {}, { nbformat: 3, worksheets: [7] })],
    ['the list of cells of worksheet 1', notebookOf([], {}, { nbformat: 3, worksheets: [{}] })],
    ['cell 1', notebookOf([], {}, { nbformat: 3, worksheets: [{ cells: [null] }] })],
    ['the metadata of the notebook', notebookOf([], 'x')],
    ['metadata.kernelspec', notebookOf([], { kernelspec: [] })],
    ['metadata.kernelspec.language', notebookOf([], { kernelspec: { language: 7 } })],
    ['metadata.language_info', notebookOf([], { language_info: 'python' })],
    ['metadata.language_info.name', notebookOf([], { language_info: { name: {} } })],
    ['cell 1', notebookOf([7])],
    ['cell 2', notebookOf([codeCell('x'), null])],
    ['cell 1', notebookOf([codeCell('a', { cell_type: 'widget' })])],
    ['cell 1', notebookOf([codeCell('a', { cell_type: undefined })])],
    ['the source of cell 1', notebookOf([codeCell(7)])],
    ['the source of cell 1', notebookOf([codeCell(null)])],
    ['the source of cell 1', notebookOf([{ cell_type: 'code' }])],
    ['line 2 of the source of cell 1', notebookOf([codeCell(['a', 7])])],
    ['the source of cell 1', notebookOf([codeCell('\ud800')])],
    ['the source of cell 1', notebookOf([codeCell('a\0b')])],
    ['the source of cell 1', notebookOf([codeCell('x'.repeat(1_048_577))])],
    ['the metadata of cell 1', notebookOf([codeCell('a', { metadata: [] })])],
    ['the list of outputs of cell 1', notebookOf([codeCell('a', { outputs: {} })])],
    ['the list of attachments of cell 1', notebookOf([textCell('a', { attachments: 'x' })])],
    ['metadata.praxis of cell 1', praxis('x')],
    ['metadata.praxis.language of cell 1', praxis({ language: 7 })],
    ['metadata.praxis.parameters of cell 1', praxis({ parameters: [] })],
    ['metadata.praxis.parameters of cell 1', praxis({ parameters: { 'a b': 1 } })],
    ['metadata.praxis.parameters of cell 1', praxis({ parameters: { a: '\udc00' } })],
    ['metadata.praxis.parameters of cell 1', praxis({ parameters: { a: JSON.parse(deep(40)) as unknown } })],
    ['metadata.praxis.parameters of cell 1', praxis({ parameters: { a: 1 } }).replace('"a":1', '"a":1e999')],
    ['metadata.praxis.parameters of cell 1', praxis({ parameters: { a: 1 } }).replace('"a":1', '"__proto__":{}')],
    ['metadata.praxis.parameters of cell 1', praxis({ parameters: { a: 1 } }).replace('"a":1', '"a":{"__proto__":{}}')],
    ['the notebook', notebookOf(Array.from({ length: 2001 }, () => codeCell('a')))],
  ])('at %s is refused', (where, file) => {
    const { where: found, message } = refusal(() => readNotebook(file));
    expect(found).toBe(where);
    expect(message.length).toBeLessThan(300);
    expect(message).not.toMatch(/\p{Cc}/u);
  });

  it('is refused at a place, whatever it is and wherever it stands', () => {
    const wrong = [null, 7, '', 'x', [], {}, [[]], true, { __proto__: null }];
    const places: ((value: unknown) => string)[] = [
      (value) => notebookOf(value),
      (value) => notebookOf([value]),
      (value) => notebookOf([], value),
      (value) => notebookOf([], { kernelspec: value, title: value }),
      (value) => notebookOf([codeCell(value)]),
      (value) => notebookOf([codeCell('x', { metadata: value })]),
      (value) => notebookOf([codeCell('x', { metadata: { tags: value, praxis: value } })]),
      (value) => notebookOf([codeCell('x', { outputs: value, id: value, execution_count: value })]),
      (value) => notebookOf([textCell('(attachment:a)', { attachments: { a: value } })]),
    ];
    for (const place of places) {
      for (const value of wrong) {
        const read = (): string => {
          try {
            return typeof readNotebook(place(value)).title;
          } catch (error) {
            return error instanceof NotebookError ? 'refused' : String(error);
          }
        };
        expect(['refused', 'string', 'object']).toContain(read());
      }
    }
  });
});

describe('another language', () => {
  it.each([
    [notebookOf([], { language_info: { name: 'R' } }), 'The notebook is written for "R". Only Python and JavaScript'],
    [notebookOf([], { kernelspec: { name: 'ir' } }), 'The notebook is written for "ir"'],
    [notebookOf([], { kernelspec: { language: 'constructor' } }), '"constructor"'],
    [praxis({ language: 'julia' }), 'Cell 1 is written for "julia"'],
    [notebookOf([], { language_info: { name: `a\n${'b'.repeat(500)}` } }), 'written for "a\\nbbb'],
  ])('is refused by its name', (file, message) => {
    expect(refusal(() => readNotebook(file)).message).toContain(message);
  });
});

describe('the prototype of objects', () => {
  it('cannot be reached by a key', () => {
    const key = (text: string): string => text.replaceAll('PROTO', '__proto__');
    const file = key(
      notebookOf([codeCell('x', { metadata: { PROTO: { tags: ['a'] } }, PROTO: { source: 'y' } })], {
        PROTO: { title: 'polluted', kernelspec: { language: 'javascript' } },
      }),
    );
    expect(readNotebook(file)).toEqual({
      title: null,
      objects: [{ id: 'c1', type: 'code', content: { source: 'x' }, runtime: { language: 'python' } }],
      notes: [],
    });
    expect(({} as Record<string, unknown>)['title']).toBeUndefined();
  });
});

describe('an invalid notebook of the fixtures', () => {
  /** Repaired: the kinds of its notes. Refused: where. */
  const expected: Record<string, { notes: string[] } | { where: string }> = {
    'another-language': { where: 'the notebook' },
    'bad-cell-type': { where: 'cell 2' },
    'conflict-markers': { where: 'the file' },
    'cut-off': { where: 'the file' },
    'duplicate-ids': { notes: ['ids'] },
    'duplicate-keys': { where: 'the file, in line 10,' },
    'future-format': { where: 'the notebook' },
    'magics-and-outputs': { notes: ['outputs', 'shell'] },
    'no-cell-ids': { notes: [] },
    'no-kernelspec': { notes: [] },
    'no-minor': { where: 'the notebook' },
    'not-a-notebook': { where: 'the file' },
    'prototype-keys': { notes: [] },
    'source-is-number': { where: 'line 2 of the source of cell 1' },
    surrogates: { where: 'the source of cell 1' },
    'version-3': { notes: ['format', 'outputs'] },
  };
  const files = fixtureNotebooks('invalid');

  it('is there, each of them', () => expect(files.map(({ name }) => name)).toEqual(Object.keys(expected)));

  it.each(files)('$name.ipynb is refused or repaired as is right', ({ name, path }) => {
    const read = (): { notes: string[] } | { where: string } => {
      try {
        return { notes: readNotebookBytes(readFileSync(path)).notes.map(({ kind }) => kind) };
      } catch (error) {
        if (error instanceof NotebookError) return { where: error.where };
        throw error;
      }
    };
    expect(read()).toEqual(expected[name]);
  });
});
