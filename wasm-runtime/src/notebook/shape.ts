/** What stands at a place of a notebook, checked for its kind. Only `null` and absence count as "nothing there". */
import { NotebookError, quoted } from './error.ts';

export type Json = Readonly<Record<string, unknown>>;

/** Characters (UTF-16 code units) of one cell: as many as a program's step may have. */
export const MAX_SOURCE = 1_048_576;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws NotebookError */
export function objectAt(value: unknown, where: string): Json {
  if (!isObject(value)) throw new NotebookError(where, 'is not an object');
  return value;
}

/** @throws NotebookError */
export function optionalObjectAt(value: unknown, where: string): Json {
  return value === undefined || value === null ? {} : objectAt(value, where);
}

/** @throws NotebookError */
export function listAt(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new NotebookError(where, 'is not a list');
  return value;
}

/** @throws NotebookError */
export function optionalTextAt(value: unknown, where: string): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') throw new NotebookError(where, `is not text but ${quoted(value)}`);
  return value;
}

/** Text as nbformat writes it, with line ends of one kind: one string, or a list of lines that keep their ends. @throws NotebookError */
export function sourceAt(value: unknown, where: string): string {
  const lines: readonly unknown[] = Array.isArray(value) ? value : [value];
  const wrong = lines.findIndex((line) => typeof line !== 'string');
  if (wrong >= 0) {
    const why = value === undefined ? 'is missing' : 'is not text';
    throw new NotebookError(Array.isArray(value) ? `line ${wrong + 1} of ${where}` : where, why);
  }
  const text = lines.join('').replace(/\r\n?/g, '\n');
  if (text.length > MAX_SOURCE) {
    throw new NotebookError(where, `is longer than ${MAX_SOURCE} characters`, 'Split the cell.');
  }
  if (!text.isWellFormed() || text.includes('\0')) {
    throw new NotebookError(
      where,
      'holds characters that are not text (half a surrogate pair, or a zero)',
      'Remove them.',
    );
  }
  return text;
}

/** Deepest nesting of a value that is kept: it lies some levels down in requests, which may have 64. */
const MAX_VALUE_DEPTH = 32;

/**
 * JSON that canonical JSON (RFC 8785) and JavaScript objects carry faithfully. Iterative, so that nesting cannot exhaust the stack.
 * @throws NotebookError
 */
export function checkValue(root: unknown, where: string): void {
  const refuse = (why: string): never => {
    throw new NotebookError(where, why, 'Change it, or remove it from the cell’s metadata.');
  };
  const pending: { value: unknown; depth: number }[] = [{ value: root, depth: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value, depth } = next;
    if (depth > MAX_VALUE_DEPTH) refuse(`is nested more than ${MAX_VALUE_DEPTH} levels deep`);
    if (typeof value === 'number' && !Number.isFinite(value)) refuse('holds a number that is too large');
    if (typeof value === 'string' && !value.isWellFormed()) refuse('holds half of a surrogate pair');
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, inner] of Object.entries(value)) {
      if (key === '__proto__' || !key.isWellFormed()) refuse(`has a key that cannot be kept, ${quoted(key)}`);
      pending.push({ value: inner, depth: depth + 1 });
    }
  }
}
