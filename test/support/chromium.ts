/** Finds the Chromium that browser tests drive: the one named by PRAXIS_CHROMIUM, else the system's. */
import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

const SYSTEM_NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'] as const;

/** No sandbox of Chromium's own, because tests run as root in containers; nothing that reaches for the network by itself. */
export const CHROMIUM_ARGUMENTS: readonly string[] = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  isExecutable(path: string): boolean;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export const thisMachine: Surroundings = { env: process.env, isExecutable };

/** The first of `names` on PATH, as an absolute path. */
export function findProgram(
  names: readonly string[],
  { env, isExecutable }: Surroundings = thisMachine,
): string | undefined {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  for (const name of names) {
    const found = folders.map((folder) => join(folder, name)).find(isExecutable);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * The path of a Chromium, or undefined where there is none.
 * @throws Error when PRAXIS_CHROMIUM names something that cannot be run: using another one silently would hide the mistake.
 */
export function findChromium(surroundings: Surroundings = thisMachine): string | undefined {
  const named = surroundings.env['PRAXIS_CHROMIUM'];
  if (named === undefined || named === '') return findProgram(SYSTEM_NAMES, surroundings);
  if (!surroundings.isExecutable(named)) throw new Error(`PRAXIS_CHROMIUM names ${named}, which is not a program`);
  return named;
}

/** @throws Error when there is no Chromium. */
export function requireChromium(surroundings: Surroundings = thisMachine): string {
  const found = findChromium(surroundings);
  if (found === undefined) {
    throw new Error('no Chromium found: run `npm run tools`, or set PRAXIS_CHROMIUM to the path of one');
  }
  return found;
}
