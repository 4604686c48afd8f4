/** What could stand at the cursor where a module is named. No guest is asked: what can be imported is known outside. */
import type { Answer, Question } from '../../run/ask.ts';

/** The beginning of a name behind `import`, `from` or `import(`, up to the cursor. */
const NAMED = /\b(?:import|from)\s*\(?\s*(['"])([^'"\n]*)$/;
/** So much of the source before the cursor is looked at: no longer name is anybody's to complete. */
const MAX_LOOK = 1000;
const MAX_MATCHES = 200;
const MAX_NAME = 256;

/** @returns null where no module is named */
export function completedImport({ source, cursor }: Question, names: readonly string[]): Answer | null {
  const begun = NAMED.exec(source.slice(Math.max(0, cursor - MAX_LOOK), cursor))?.[2];
  if (begun === undefined) return null;
  const matches = names
    .filter((name) => name.startsWith(begun) && name.length <= MAX_NAME)
    .slice(0, MAX_MATCHES)
    .map((name) => ({ text: name.toWellFormed(), kind: 'module' as const }));
  return { before: begun.length, matches, text: '' };
}
