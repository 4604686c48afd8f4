/** The order of a table's rows by one of its columns: stable, numbers as numbers, what is missing last either way. */
import type { CellValue, Column } from './table.ts';

export type Direction = 'ascending' | 'descending';

/** Row numbers in their order; rows that are equal stay as they were. */
export function sortedRows(column: Column, direction: Direction): Uint32Array {
  const keys = column.order ?? column.values;
  const present: number[] = [];
  const missing: number[] = [];
  keys.forEach((key, row) => (key === null ? missing : present).push(row));
  const compare = comparison(column, keys);
  const sign = direction === 'ascending' ? 1 : -1;
  present.sort((one, other) => sign * compare(one, other));
  return Uint32Array.from([...present, ...missing]);
}

function comparison(column: Column, keys: readonly CellValue[]): (one: number, other: number) => number {
  if (column.order === null && column.type !== 'number' && column.type !== 'boolean') {
    const texts = keys.map(String);
    // By code units, as pandas nearly does it (by code points): what is sorted here and there looks the same.
    return (one, other) => compareTwo(texts[one] ?? '', texts[other] ?? '');
  }
  const numbers = Float64Array.from(keys, numberOf);
  return (one, other) => {
    const first = compareTwo(numbers[one] ?? 0, numbers[other] ?? 0);
    return first === 0 ? compareExactly(keys[one], keys[other]) : first;
  };
}

function numberOf(value: CellValue): number {
  if (value === 'inf') return Infinity;
  if (value === '-inf') return -Infinity;
  return Number(value);
}

/** Whole numbers beyond 2^53 are texts, and may be one number when they are rounded. */
function compareExactly(one: CellValue | undefined, other: CellValue | undefined): number {
  const whole = /^-?\d{1,400}$/;
  if (typeof one !== 'string' || typeof other !== 'string' || !whole.test(one) || !whole.test(other)) return 0;
  return compareTwo(BigInt(one), BigInt(other));
}

function compareTwo<T extends string | number | bigint>(one: T, other: T): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
