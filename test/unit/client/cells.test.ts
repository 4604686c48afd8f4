import { describe, expect, test } from 'vitest';
import {
  codeCell,
  contentKey,
  fromObject,
  markdownCell,
  toObject,
  type Cell,
} from '../../../client/src/notebook/cell.ts';
import { uuidv7 } from '../../../client/src/notebook/identifiers.ts';
import * as operations from '../../../client/src/notebook/operations.ts';

const cells: Cell[] = [
  codeCell('a', 'python', 'x = 1'),
  markdownCell('b', '# Title'),
  codeCell('c', 'javascript', 'let y'),
];
const ids = (list: readonly Cell[]) => list.map((cell) => cell.id).join('');

describe('the list', () => {
  test('insert, also beyond the ends', () => {
    const extra = markdownCell('x', '');
    expect(ids(operations.insertAt(cells, 1, extra))).toBe('axbc');
    expect(ids(operations.insertAt(cells, -5, extra))).toBe('xabc');
    expect(ids(operations.insertAt(cells, 99, extra))).toBe('abcx');
  });

  test('remove and restore are inverse', () => {
    for (const { id } of cells) {
      const { cells: rest, deleted } = operations.remove(cells, id);
      expect(rest).toHaveLength(2);
      if (deleted === null) throw new Error(`${id} is there`);
      expect(operations.restore(rest, deleted)).toEqual(cells);
    }
  });

  test('removing what is not there changes nothing', () => {
    expect(operations.remove(cells, 'zz')).toEqual({ cells, deleted: null });
  });

  test('restoring twice does not double', () => {
    const { cells: rest, deleted } = operations.remove(cells, 'b');
    if (deleted === null) throw new Error('b is there');
    expect(ids(operations.restore(operations.restore(rest, deleted), deleted))).toBe('abc');
  });

  test('move stops at the ends', () => {
    expect(ids(operations.move(cells, 'a', 1))).toBe('bac');
    expect(ids(operations.move(cells, 'a', -1))).toBe('abc');
    expect(ids(operations.move(cells, 'c', 5))).toBe('abc');
  });

  test('nothing changes the list it was given', () => {
    const before = JSON.stringify(cells);
    operations.move(cells, 'a', 2);
    operations.setSource(cells, 'a', 'other');
    operations.setKind(cells, 'a', 'markdown');
    expect(JSON.stringify(cells)).toBe(before);
  });

  test('split cuts at the caret and swallows the line break', () => {
    const two = operations.split([codeCell('a', 'javascript', 'one\ntwo')], 'a', 3, 'n');
    expect(two).toMatchObject([
      { id: 'a', source: 'one' },
      { id: 'n', source: 'two', language: 'javascript' },
    ]);
  });

  test('a new code cell speaks the language of the one above', () => {
    expect(operations.languageNear(cells, 2)).toBe('python');
    expect(operations.languageNear(cells, 3)).toBe('javascript');
    expect(operations.languageNear([], 0)).toBe('python');
  });

  test('setLanguage makes code of text', () => {
    expect(operations.setLanguage(cells, 'b', 'javascript')[1]).toMatchObject({
      kind: 'code',
      language: 'javascript',
      source: '# Title',
    });
  });
});

describe('outline', () => {
  test('headings, without marks and without those in fenced code', () => {
    const source = '# *One* `x`\n\n```\n# not one\n```\n## [Two](http://x) ##\n#nothing';
    expect(operations.outline([markdownCell('m', source)])).toEqual([
      { cellId: 'm', level: 1, text: 'One x' },
      { cellId: 'm', level: 2, text: 'Two' },
    ]);
  });

  test('the first heading is the suggested title', () => {
    expect(operations.suggestedTitle(cells, 'other')).toBe('Title');
    expect(operations.suggestedTitle([], 'other')).toBe('other');
  });
});

describe('objects of a revision', () => {
  test('cells survive the way there and back', () => {
    const parameterised: Cell = { ...codeCell('p', 'python', 's'), parameters: { n: 3 } };
    for (const cell of [...cells, parameterised]) {
      const back = fromObject(toObject(cell));
      expect(contentKey([back])).toBe(contentKey([cell]));
    }
  });

  test('what the notebook does not edit is kept', () => {
    const object = {
      id: 'k',
      type: 'code',
      content: { source: 'a' },
      semantics: { tags: ['t'] },
      runtime: { language: 'python', entrypoint: 'main', environment: 'python', parameters: { n: 1 } },
    };
    expect(toObject(fromObject(object))).toEqual(object);
    const equation = { id: 'e', type: 'equation', content: { latex: 'x^2' } };
    expect(fromObject(equation)).toEqual({ id: 'e', kind: 'object', origin: equation });
    expect(toObject(fromObject(equation))).toBe(equation);
  });

  test('a language that does not run here stays an object', () => {
    const object = { id: 'r', type: 'code', content: { source: 'a' }, runtime: { language: 'julia' } };
    expect(fromObject(object).kind).toBe('object');
  });

  test('the key of the content does not depend on the order of keys', () => {
    const one: Cell = { ...codeCell('p', 'python', 's'), parameters: { a: 1, b: 2 } };
    const two: Cell = { ...codeCell('p', 'python', 's'), parameters: { b: 2, a: 1 } };
    expect(contentKey([one])).toBe(contentKey([two]));
    expect(contentKey([one])).not.toBe(contentKey([{ ...one, parameters: { a: 1, b: 3 } }]));
  });
});

test('ids are UUIDs of version 7 and sort by time', () => {
  const early = uuidv7(1_700_000_000_000, new Uint8Array(10).fill(255));
  const late = uuidv7(1_700_000_000_001, new Uint8Array(10));
  expect(early).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(early < late).toBe(true);
  // RFC 9562, appendix A.6: the time stamp of its example.
  expect(uuidv7(0x017f22e279b0, new Uint8Array(10)).slice(0, 13)).toBe('017f22e2-79b0');
});
