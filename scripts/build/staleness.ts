/**
 * When a build step has to run again: when the content of its inputs, or of what it made, is not what it was after its last run.
 * Content and not time, since a checkout gives every file a new time.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';

/** What lies in a source folder without being a source. */
const NEVER_INPUT = new Set(['node_modules', 'dist', '.vite']);

export interface Stamp {
  /** sha256 over the inputs, hexadecimal. */
  inputs: string;
  /** sha256 over everything the step made, hexadecimal. */
  outputs: string;
}

export interface Watched {
  name: string;
  /** Files and folders relative to the root; folders are taken whole. */
  inputs: readonly string[];
  outputs: readonly string[];
}

async function filesBelow(path: string, keep: (name: string) => boolean): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return [];
  if (found.isFile()) return [path];
  const entries = await readdir(path, { withFileTypes: true });
  const below = entries
    .filter((entry) => (entry.isDirectory() || entry.isFile()) && keep(entry.name))
    .map((entry) => filesBelow(join(path, entry.name), keep));
  return (await Promise.all(below)).flat();
}

/** Names and contents of all files below `paths`, as one digest. A path that does not exist counts as empty. */
export async function fingerprint(
  root: string,
  paths: readonly string[],
  keep: (name: string) => boolean = () => true,
): Promise<string> {
  const files = (await Promise.all(paths.map((path) => filesBelow(join(root, path), keep)))).flat();
  const unique = [...new Set(files)].sort();
  const whole = createHash('sha256');
  for (const file of unique) {
    const content = createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
    whole.update(`${relative(root, file).split(sep).join('/')}\0${content}\n`);
  }
  return whole.digest('hex');
}

const inputsOf = (root: string, step: Watched): Promise<string> =>
  fingerprint(root, step.inputs, (name) => !NEVER_INPUT.has(name));

// The compiler rewrites its notes on every type check, also where nothing that runs has changed.
const outputsOf = (root: string, step: Watched): Promise<string> =>
  fingerprint(root, step.outputs, (name) => !name.endsWith('.tsbuildinfo'));

const stampFile = (root: string, step: Watched): string => join(root, 'dist', 'stamps', `${step.name}.json`);

async function readStamp(root: string, step: Watched): Promise<Stamp | undefined> {
  try {
    const stamp: unknown = JSON.parse(await readFile(stampFile(root, step), 'utf8'));
    if (typeof stamp !== 'object' || stamp === null || !('inputs' in stamp) || !('outputs' in stamp)) return undefined;
    const { inputs, outputs } = stamp;
    return typeof inputs === 'string' && typeof outputs === 'string' ? { inputs, outputs } : undefined;
  } catch {
    // No stamp, or one cut short by a crash: build again.
    return undefined;
  }
}

export async function isFresh(root: string, step: Watched): Promise<boolean> {
  const stamp = await readStamp(root, step);
  if (stamp === undefined || stamp.inputs !== (await inputsOf(root, step))) return false;
  return stamp.outputs === (await outputsOf(root, step));
}

/**
 * Runs `work` and remembers what it was made from. The inputs are read before: what changes meanwhile makes it stale again.
 * A step that fails is forgotten, so that it runs the next time.
 */
export async function recordRun(root: string, step: Watched, work: () => Promise<void>): Promise<void> {
  const file = stampFile(root, step);
  await rm(file, { force: true });
  const inputs = await inputsOf(root, step);
  await work();
  const stamp: Stamp = { inputs, outputs: await outputsOf(root, step) };
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(stamp)}\n`);
}
