/** What to say of a module that the environment of a run does not have: which one has it, or what there is instead. */
import type { RunError } from '../run/record.ts';
import { modulesIn, type Offered } from './choose.ts';
import { STANDARD_LIBRARY } from './standard-library.ts';

/** How near a name must come: so many edits of an edit for each three characters, as a slip of the finger is. */
const CHARACTERS_OF_AN_EDIT = 3;
const MAX_NEAR = 3;
/** No module that anybody has is longer. */
const MAX_NAME = 64;

export interface Missing {
  readonly module: string;
  /** Environments that have it, the smallest first. */
  readonly environments: readonly Offered[];
  /** Where none has it: what there is, the most similar names first. */
  readonly near: readonly string[];
  readonly available: readonly string[];
}

/**
 * The module that a step could not import because the environment has no such package: what the guest's `packages.py` wrote.
 * @returns null for every other error
 */
export function missingModule(error: Pick<RunError, 'code' | 'message'> | null): string | null {
  if (error?.code !== 'PACKAGE_UNAVAILABLE') return null;
  return /^([\p{XID_Start}_][\p{XID_Continue}]{0,255}) is not in this environment; /u.exec(error.message)?.[1] ?? null;
}

export function explainMissing(module: string, offered: readonly Offered[]): Missing {
  const environments = offered
    .filter((environment) => modulesIn(environment).has(module))
    .toSorted((one, other) => one.size_bytes - other.size_bytes || (one.name < other.name ? -1 : 1));
  const modules = [...new Set(offered.flatMap((environment) => [...modulesIn(environment)]))];
  return { module, environments, ...listed(module, modules) };
}

function listed(module: string, modules: readonly string[]): Pick<Missing, 'near' | 'available'> {
  const limit = Math.ceil(module.length / CHARACTERS_OF_AN_EDIT);
  const near = [...new Set([...modules, ...STANDARD_LIBRARY])]
    .map((name) => ({ name, edits: distance(module.toLowerCase(), name.toLowerCase(), limit) }))
    .filter(({ edits }) => edits <= limit)
    .toSorted((one, other) => one.edits - other.edits || (one.name < other.name ? -1 : 1))
    .slice(0, MAX_NEAR)
    .map(({ name }) => name);
  return { near, available: modules.filter((name) => !near.includes(name)).sort() };
}

/** Edits between two names (insert, delete, replace, exchange neighbours), or more than `limit`. Wagner and Fischer's table by rows. */
function distance(one: string, other: string, limit: number): number {
  if (one.length > MAX_NAME || Math.abs(one.length - other.length) > limit) return limit + 1;
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1];
      const exchanged = one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      next.push(
        Math.min(
          (row[j] ?? 0) + 1,
          (next[j - 1] ?? 0) + 1,
          (row[j - 1] ?? 0) + (same ? 0 : 1),
          exchanged && i > 1 && j > 1 ? (before[j - 2] ?? 0) + 1 : Infinity,
        ),
      );
    }
    [before, row] = [row, next];
  }
  return row[other.length] ?? 0;
}

/** One sentence for a terminal or a page. */
export function missingSentence({ module, environments, near, available }: Missing): string {
  const names = environments.map(({ name }) => name);
  if (names.length > 0) return `${module} is in the environment${names.length > 1 ? 's' : ''} ${joined(names, 'and')}.`;
  const meant = near.length === 0 ? '' : ` Did you mean ${joined(near, 'or')}?`;
  return `No environment has ${module}.${meant} These are available: ${joined([...near.filter((name) => !STANDARD_LIBRARY.has(name)), ...available, 'Python’s standard library'], 'and')}.`;
}

/** `a, b and c` */
export function joined(names: readonly string[], word: 'and' | 'or'): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} ${word} ${names.at(-1) ?? ''}`;
}
