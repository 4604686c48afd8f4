import { describe, expect, test } from 'vitest';
import { chooseRendering, pictureFacts, withoutTable } from '../../../client/src/outputs/mime.ts';
import { csvOf } from '../../../client/src/outputs/table/csv.ts';
import { nameOf, textsOf } from '../../../client/src/outputs/table/format.ts';
import { sortedRows } from '../../../client/src/outputs/table/order.ts';
import { rowsInView, ROW_HEIGHT } from '../../../client/src/outputs/table/rows-in-view.ts';
import { readTable, TABLE, type Column, type Table } from '../../../client/src/outputs/table/table.ts';
import { columnWidths } from '../../../client/src/outputs/table/widths.ts';

type Fields = Record<string, unknown>;

const column = (name: string, type: string, values: unknown[], more: Fields = {}): Fields => ({
  name: [name],
  type,
  values,
  ...more,
});

function tableOf(columns: [Fields, ...Fields[]], more: Fields = {}): Table {
  const rows = (columns[0]['values'] as unknown[]).length;
  const source = { rows, columns_of: columns.length, precision: 6, index: [], columns, ...more };
  const table = readTable(JSON.stringify(source));
  if (table === null) throw new Error('expected a table');
  return table;
}

function only(columns: Fields): Column {
  const [first] = tableOf([columns]).columns;
  if (first === undefined) throw new Error('expected a column');
  return first;
}

const shownOf = (fields: Fields, precision = 6): (string | null)[] => {
  const one = only(fields);
  return one.values.map((_, row) => textsOf(one, { precision })(row));
};

describe('reading', () => {
  test('a range is its numbers, and counts are never less than what is here', () => {
    const table = tableOf([column('a', 'number', [1, 2, 3])], {
      rows: 2,
      index: [{ name: [], type: 'number', range: [10, -2] }],
    });
    expect(table.index[0]?.values).toEqual([10, 8, 6]);
    expect(table.rows).toBe(3);
  });

  test.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['no columns', '{"index":[],"columns":[]}'],
    ['columns of other lengths', tableText([column('a', 'number', [1]), column('b', 'number', [1, 2])])],
    ['a type that is none', tableText([column('a', 'function', [1])])],
    ['objects as values', tableText([column('a', 'text', [{ toString: 1 }])])],
    ['an order of another length', tableText([column('a', 'text', ['x'], { order: [1, 2] })])],
    ['texts that are none', tableText([column('a', 'number', [1], { texts: [1] })])],
    [
      'a range of one number',
      JSON.stringify({ index: [{ name: [], type: 'number', range: [1] }], columns: [column('a', 'text', ['x'])] }),
    ],
    ['a name that is no list', tableText([{ name: 'a', type: 'text', values: ['x'] }])],
  ])('%s is no table', (_, source) => expect(readTable(source)).toBeNull());

  function tableText(columns: Fields[]): string {
    return JSON.stringify({ rows: 1, index: [], columns });
  }
});

describe('order', () => {
  const order = (fields: Fields, direction: 'ascending' | 'descending') => [...sortedRows(only(fields), direction)];

  test('numbers as numbers, missing ones last both ways', () => {
    const numbers = column('a', 'number', [10, null, 9, 'inf', -1, '-inf', null]);
    expect(order(numbers, 'ascending')).toEqual([5, 4, 2, 0, 3, 1, 6]);
    expect(order(numbers, 'descending')).toEqual([3, 0, 2, 4, 5, 1, 6]);
  });

  test('equal rows stay as they were, both ways', () => {
    const texts = column('a', 'text', ['b', 'a', 'b', 'a']);
    expect(order(texts, 'ascending')).toEqual([1, 3, 0, 2]);
    expect(order(texts, 'descending')).toEqual([0, 2, 1, 3]);
  });

  test('whole numbers beyond 2^53 differ', () => {
    expect(order(column('a', 'number', ['9007199254740995', '9007199254740993', 5]), 'ascending')).toEqual([2, 1, 0]);
  });

  test('an order of its own comes before the values', () => {
    const sizes = column('size', 'text', ['small', 'large', null, 'medium'], { order: [0, 2, null, 1] });
    expect(order(sizes, 'ascending')).toEqual([0, 3, 1, 2]);
  });

  test('true after false', () => {
    expect(order(column('a', 'boolean', [true, null, false]), 'ascending')).toEqual([2, 0, 1]);
  });
});

describe('texts', () => {
  test('numbers of a column have the same decimals, as many as needed', () => {
    expect(shownOf(column('a', 'number', [1, 2.5, 10.125, null], { float: true }))).toEqual([
      '1.000',
      '2.500',
      '10.125',
      null,
    ]);
    expect(shownOf(column('a', 'number', [1, 2], { float: true }))).toEqual(['1.0', '2.0']);
    expect(shownOf(column('a', 'number', [1 / 3], { float: true }), 3)).toEqual(['0.333']);
    expect(shownOf(column('a', 'number', [12_000, -7]))).toEqual(['12000', '-7']);
  });

  test('very large and very small numbers have powers of ten, and none becomes zero', () => {
    expect(shownOf(column('a', 'number', [1e15, 1], { float: true }), 2)).toEqual(['1.00e+15', '1.00e+0']);
    expect(shownOf(column('a', 'number', [1e-7], { float: true }), 2)).toEqual(['1.00e-7']);
    expect(shownOf(column('a', 'number', [3e-9, 5], { float: true }), 2)).toEqual(['3.0e-9', '5.0']);
    expect(shownOf(column('a', 'number', ['inf', 1], { float: true }))).toEqual(['inf', '1.0']);
  });

  test('texts of its own are shown instead, and truth as Python writes it', () => {
    expect(shownOf(column('a', 'number', [0.5, null], { float: true, texts: ['50 %', null] }))).toEqual(['50 %', null]);
    expect(shownOf(column('a', 'boolean', [true, false, null]))).toEqual(['True', 'False', null]);
  });

  test('the levels of a name are one', () => {
    expect(nameOf(only({ name: ['2024', 'mean'], type: 'text', values: ['x'] }), 'index')).toBe('2024 · mean');
    expect(nameOf(only({ name: [], type: 'text', values: ['x'] }), 'index')).toBe('index');
  });
});

test('CSV has the exact values in the order of the page', () => {
  const table = tableOf([column('a, b', 'number', [1 / 3, null]), column('c', 'text', ['say "x"', 'two\nlines'])], {
    index: [{ name: [], type: 'number', range: [0, 1] }],
  });
  expect(csvOf(table, [1, 0])).toBe(',"a, b",c\r\n1,,"two\nlines"\r\n0,0.3333333333333333,"say ""x"""\r\n');
});

describe('long tables', () => {
  test('have only rows around those in sight', () => {
    expect(rowsInView(100, 1000, 400)).toEqual({ first: 0, end: 100 });
    expect(rowsInView(100_000, 0, 400)).toEqual({ first: 0, end: 54 });
    expect(rowsInView(100_000, 50_000 * ROW_HEIGHT, 400)).toEqual({ first: 49_980, end: 50_054 });
    expect(rowsInView(100_000, 100_000 * ROW_HEIGHT, 400)).toEqual({ first: 99_980, end: 100_000 });
  });

  test('have widths that do not change while they are scrolled', () => {
    const asked: string[] = [];
    const measure = (text: string): number => {
      asked.push(text);
      return text.length * 8;
    };
    const texts = [(row: number) => String(row), () => 'x'.repeat(100), () => null];
    expect(columnWidths([['n'], ['long'], ['none']], texts, 100_000, measure)).toEqual([64, 280, 74]);
    // Measuring is slow: a few texts stand for all.
    expect(asked.length).toBeLessThan(40);
  });
});

describe('which form is shown', () => {
  const blob = { digest: `sha256:${'a'.repeat(64)}`, size_bytes: 3 };

  test('the table before its HTML, which is left when there is none', () => {
    const bundle = { 'text/html': '<table>', [TABLE]: blob, 'text/plain': 't' };
    expect(chooseRendering(bundle)).toEqual({ as: 'table', source: blob });
    expect(chooseRendering({ [TABLE]: '{}' })).toEqual({ as: 'table', source: '{}' });
    expect(chooseRendering(withoutTable(bundle))).toEqual({ as: 'html', source: '<table>' });
  });

  test('of the metadata of a picture only what is sound', () => {
    const metadata = { 'image/png': { width: 320, height: -1, alt: 'Figure. Growth' } };
    expect(pictureFacts(metadata, 'image/png')).toEqual({ width: 320, alt: 'Figure. Growth' });
    expect(pictureFacts({ 'image/png': 'large' }, 'image/png')).toEqual({});
    expect(pictureFacts(JSON.parse('{"__proto__":{"image/png":{"width":1}}}') as Fields, 'image/png')).toEqual({});
  });
});
