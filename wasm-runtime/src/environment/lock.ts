/** The committed digests: what a build must give. Node only. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ENGINE_FILES, type EnvironmentManifest } from './manifest.ts';
import { PACKAGE_ROOT } from './package-root.ts';

export const LOCK_FILE = path.join(PACKAGE_ROOT, 'environments.lock.json');

/** The digests of a build differ from the committed lock. */
export class LockMismatch extends Error {
  override readonly name = 'LockMismatch';
}

export interface LockedEnvironment {
  env_version: string;
  manifest: EnvironmentManifest;
}

export type Lock = Record<string, LockedEnvironment>;

export async function readLock(file = LOCK_FILE): Promise<Lock> {
  try {
    // Our own file, written below.
    return JSON.parse(await readFile(file, 'utf8')) as Lock;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw error;
  }
}

/** @throws LockMismatch */
export async function checkLock(name: string, built: LockedEnvironment, file?: string): Promise<void> {
  const locked = (await readLock(file))[name];
  if (locked?.env_version === built.env_version) return;
  throw new LockMismatch(
    `the environment ${name} came out as ${built.env_version}, but the lock has ${locked?.env_version ?? 'none'}. ` +
      `${locked ? `Different: ${differences(locked.manifest, built.manifest).join(', ')}. ` : ''}` +
      `If the change is meant, run \`npx praxis env build ${name} --update-lock\` and commit the lock.`,
  );
}

export async function updateLock(name: string, built: LockedEnvironment, file = LOCK_FILE): Promise<void> {
  const next = Object.entries({ ...(await readLock(file)), [name]: built }).toSorted(([a], [b]) => (a < b ? -1 : 1));
  await writeFile(file, `${JSON.stringify(Object.fromEntries(next), null, 2)}\n`);
}

function differences(locked: EnvironmentManifest, built: EnvironmentManifest): string[] {
  const found: string[] = [];
  if (locked.cost_model !== built.cost_model) found.push('cost model');
  if (locked.gate_policy !== built.gate_policy) found.push('gate policy');
  if (JSON.stringify(locked.packages) !== JSON.stringify(built.packages)) found.push('packages');
  for (const engine of ['python', 'javascript'] as const) {
    for (const role of ENGINE_FILES) {
      const [before, after] = [locked.engines[engine].files[role], built.engines[engine].files[role]];
      if (before?.digest !== after?.digest) found.push(`${engine} ${role}`);
    }
    const [before, after] = [locked.engines[engine].libraries, built.engines[engine].libraries];
    if (JSON.stringify(before) !== JSON.stringify(after)) found.push(`${engine} libraries`);
  }
  return found;
}
