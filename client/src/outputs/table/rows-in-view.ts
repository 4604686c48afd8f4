/** Which rows of a long table are in the page: those in sight, and some around them. */

/** Pixels of a row of a long table; `table.css` has it, too. */
export const ROW_HEIGHT = 29;
/** Up to so many rows are all there, and as wide as they need. */
export const SHORT = 100;
/** Rows come and go in such steps, so that not every pixel of scrolling draws the table anew. */
const STEP = 20;

export interface RowsInView {
  first: number;
  /** One past the last. */
  end: number;
}

/** @param height of what is in sight, in pixels, as is `scrolled` */
export function rowsInView(rows: number, scrolled: number, height: number): RowsInView {
  if (rows <= SHORT) return { first: 0, end: rows };
  const top = Math.floor(Math.max(0, scrolled) / ROW_HEIGHT / STEP) * STEP;
  const first = Math.max(0, Math.min(top - STEP, rows - STEP));
  return { first, end: Math.min(rows, top + Math.ceil(height / ROW_HEIGHT) + 2 * STEP) };
}
