/**
 * Tables as data, as the guest library sends them (`guest/_praxis/tables.py` says the form). They come from guests: what is not of
 * this form is none, and is shown in another way.
 */

export const TABLE = 'application/vnd.praxis.table+json';

export type CellValue = string | number | boolean | null;
export type ColumnType = 'number' | 'text' | 'boolean' | 'date';

export interface Column {
  /** One text for each level of the columns' names. */
  name: readonly string[];
  type: ColumnType;
  /** Of each row. Texts of a number column are numbers that JSON has not, such as `inf` and what is beyond 2^53. */
  values: readonly CellValue[];
  /** What rows are sorted by instead of the values. */
  order: readonly (number | null)[] | null;
  /** What is shown instead of the values. */
  texts: readonly (string | null)[] | null;
  /** Numbers with decimals, even where all of them are whole. */
  float: boolean;
}

export interface Table {
  /** Rows that are here. */
  shown: number;
  /** Rows and columns that there are. */
  rows: number;
  columnsOf: number;
  /** Decimals that a number is shown with at most. */
  precision: number;
  index: readonly Column[];
  columns: readonly Column[];
}

const TYPES: readonly string[] = ['number', 'text', 'boolean', 'date'] satisfies ColumnType[];
const MAX_ROWS = 1_000_000;
const MAX_COLUMNS = 1000;
const MAX_PRECISION = 20;

/** @returns null for what is no table */
export function readTable(source: string): Table | null {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch {
    return null;
  }
  if (!isObject(value) || !isList(value['columns'], isObject) || !isList(value['index'], isObject)) return null;
  const [first] = value['columns'];
  const shown = Array.isArray(first?.['values']) ? first['values'].length : -1;
  if (shown < 0 || shown > MAX_ROWS) return null;
  const columns = readColumns(value['columns'], shown);
  const index = readColumns(value['index'], shown);
  if (columns === null || index === null) return null;
  const rows = countOf(value['rows'], shown);
  const columnsOf = countOf(value['columns_of'], columns.length);
  const precision = Math.min(MAX_PRECISION, countOf(value['precision'] ?? 6, 0));
  return { shown, rows, columnsOf, precision, index, columns };
}

function readColumns(values: readonly Record<string, unknown>[], shown: number): Column[] | null {
  if (values.length > MAX_COLUMNS) return null;
  const columns = values.map((value) => readColumn(value, shown));
  return columns.every((column) => column !== null) ? columns : null;
}

function readColumn(value: Record<string, unknown>, shown: number): Column | null {
  const { name, type } = value;
  if (!isList(name, isText) || !isType(type)) return null;
  const values = value['range'] === undefined ? value['values'] : counted(value['range'], shown);
  const order = value['order'] ?? null;
  const texts = value['texts'] ?? null;
  if (!isList(values, isCell) || values.length !== shown) return null;
  if (order !== null && !(isList(order, isNumberOrNull) && order.length === shown)) return null;
  if (texts !== null && !(isList(texts, isTextOrNull) && texts.length === shown)) return null;
  return { name, type, values, order, texts, float: value['float'] === true };
}

/** The numbers of a range: where it starts, and its step. */
function counted(range: unknown, shown: number): number[] | null {
  if (!isList(range, isNumber) || range.length !== 2) return null;
  const [start = 0, step = 1] = range;
  return Array.from({ length: shown }, (_, row) => start + row * step);
}

function countOf(value: unknown, least: number): number {
  return typeof value === 'number' && Number.isSafeInteger(value) ? Math.max(least, value) : least;
}

function isList<T>(value: unknown, is: (item: unknown) => item is T): value is T[] {
  return Array.isArray(value) && value.every(is);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): value is number => typeof value === 'number';
const isTextOrNull = (value: unknown): value is string | null => value === null || isText(value);
const isNumberOrNull = (value: unknown): value is number | null => value === null || isNumber(value);
const isCell = (value: unknown): value is CellValue =>
  isTextOrNull(value) || isNumber(value) || value === true || value === false;
const isType = (value: unknown): value is ColumnType => isText(value) && TYPES.includes(value);
