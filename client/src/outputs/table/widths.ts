/** Widths of a long table's columns, which must not change while it is scrolled. */

const SAMPLE = 400;
const MIN_WIDTH = 48;
const MAX_WIDTH = 280;
/** Padding on both sides, and the arrow of the header. */
const AROUND = 24;
const ARROW = 18;

/**
 * @param texts of each column, by row
 * @param measure pixels of a text, or of a header's text
 * @returns pixels for each column
 */
export function columnWidths(
  headers: readonly (readonly string[])[],
  texts: readonly ((row: number) => string | null)[],
  rows: number,
  measure: (text: string, bold: boolean) => number,
): number[] {
  const step = Math.max(1, Math.floor(rows / SAMPLE));
  return texts.map((text, at) => {
    const header = Math.max(0, ...(headers[at] ?? []).map((level) => measure(level, true))) + ARROW;
    const longest = new Set<string>();
    let length = 0;
    for (let row = 0; row < rows; row += step) {
      const value = text(row) ?? '';
      if (value.length < length) continue;
      if (value.length > length) longest.clear();
      length = value.length;
      if (longest.size < 8) longest.add(value);
    }
    // The last row of a range is its widest.
    if (rows > 0) longest.add(text(rows - 1) ?? '');
    const widest = Math.max(header, ...[...longest].map((value) => measure(value, false)));
    return Math.ceil(Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, widest + AROUND)));
  });
}
