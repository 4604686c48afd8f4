/** A table as comma-separated values (RFC 4180): exact values, not as they are rounded to be read. */
import type { CellValue, Column, Table } from './table.ts';

/** @param rows numbers of the rows, in the order in which they are written */
export function csvOf(table: Table, rows: ArrayLike<number>): string {
  const columns = [...table.index, ...table.columns];
  const lines = [columns.map((column) => field(headerOf(column))).join(',')];
  for (let at = 0; at < rows.length; at += 1) {
    const row = rows[at] ?? 0;
    lines.push(columns.map(({ values }) => field(textOf(values[row]))).join(','));
  }
  return `${lines.join('\r\n')}\r\n`;
}

function headerOf({ name }: Column): string {
  return name.filter((level) => level !== '').join('.');
}

function textOf(value: CellValue | undefined): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value);
}

function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
