/** How the values of a column are written: numbers of a column with the same decimals, so that they can be compared by eye. */
import type { Column, Table } from './table.ts';

/** Where more digits stand before the point, or nothing but small ones behind it, powers of ten are easier to read. */
const LARGE = 1e12;
const SMALL = 1e-3;

/** Text of a row's value; null where it is missing. */
export type CellText = (row: number) => string | null;

export function textsOf(column: Column, { precision }: Pick<Table, 'precision'>): CellText {
  const { values, texts } = column;
  const ofNumber = column.type === 'number' ? numberText(column, precision) : String;
  return (row) => {
    const text = texts?.[row];
    if (typeof text === 'string') return text;
    const value = values[row];
    if (value === null || value === undefined) return null;
    if (typeof value === 'number') return ofNumber(value);
    if (typeof value === 'boolean') return value ? 'True' : 'False';
    return value;
  };
}

function numberText({ values, float }: Column, precision: number): (value: number) => string {
  if (!float) return String;
  let largest = 0;
  for (const value of values) if (typeof value === 'number') largest = Math.max(largest, Math.abs(value));
  if (largest >= LARGE || (largest > 0 && largest < SMALL)) return (value) => value.toExponential(precision);
  const decimals = decimalsOf(values, precision);
  return (value) => {
    const text = value.toFixed(decimals);
    // What is so small beside the others that nothing of it would be seen.
    return value !== 0 && Number(text) === 0 ? value.toExponential(1) : text;
  };
}

/** As many as any of the values needs, from 1 to `most`. */
function decimalsOf(values: Column['values'], most: number): number {
  let decimals = Math.min(1, most);
  for (const value of values) {
    while (decimals < most && typeof value === 'number' && needsMore(value, decimals, most)) decimals += 1;
    if (decimals === most) break;
  }
  return decimals;
}

function needsMore(value: number, decimals: number, most: number): boolean {
  return Number(value.toFixed(decimals)) !== Number(value.toFixed(most));
}

/** The name of a column in one line. */
export function nameOf(column: Column, fallback: string): string {
  return column.name.filter((level) => level !== '').join(' · ') || fallback;
}

export function countText(count: number, one: string, many: string): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}
