/** Reading JSON from strangers: bytes → value, or a clear 400. What passes here can be canonicalised, stored and walked recursively. */
import { Problem } from '../errors.ts';

/** Deepest nesting that is accepted; far below what a recursive walk can take. */
export const MAXIMUM_DEPTH = 64;

export function parseJson(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Problem('bad_json', { detail: 'The body is not UTF-8.' });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Problem('bad_json');
  }
  checkShape(value);
  return value;
}

/**
 * Refuses what JSON allows and canonical JSON (RFC 8785), SQLite or JavaScript objects do not carry faithfully: lone surrogates,
 * numbers that became Infinity, a key `__proto__`, endless nesting. Iterative, so that nesting cannot exhaust our own stack.
 */
export function checkShape(root: unknown): void {
  const pending: { value: unknown; depth: number }[] = [{ value: root, depth: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value, depth } = next;
    if (depth > MAXIMUM_DEPTH)
      throw new Problem('bad_json', { detail: `The body is nested more than ${MAXIMUM_DEPTH} levels deep.` });
    if (typeof value === 'string') checkText(value);
    else if (typeof value === 'number' && !Number.isFinite(value))
      throw new Problem('bad_json', { detail: 'A number is too large.' });
    else if (Array.isArray(value)) for (const item of value) pending.push({ value: item, depth: depth + 1 });
    else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) {
        if (key === '__proto__') throw new Problem('bad_json', { detail: 'A key may not be __proto__.' });
        checkText(key);
        pending.push({ value: item, depth: depth + 1 });
      }
    }
  }
}

function checkText(text: string): void {
  if (!text.isWellFormed()) throw new Problem('bad_json', { detail: 'A text holds half of a surrogate pair.' });
}
