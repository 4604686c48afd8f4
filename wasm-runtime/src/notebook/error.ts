/** Why a notebook is refused. Notebooks come from outside: every refusal is this one error, never an untyped one. */

const SAVE_AGAIN = 'Open the notebook in Jupyter and save it again.';

/** The notebook cannot be read, and nothing was. The message is for people: where, why, and what to do. */
export class NotebookError extends Error {
  override readonly name = 'NotebookError';
  /** The place that is refused, e.g. `the file`, `cell 3`, `metadata.kernelspec`. */
  readonly where: string;

  /** @param advice a sentence that says what to do */
  constructor(where: string, why: string, advice = SAVE_AGAIN) {
    super(`${where.charAt(0).toUpperCase()}${where.slice(1)} ${why}. ${advice}`);
    this.where = where;
  }
}

/** Something of the notebook's author in a message: short, and without control characters. */
export function quoted(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : String(value);
  return text.toWellFormed();
}
