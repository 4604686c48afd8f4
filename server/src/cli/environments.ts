/** The environments that this installation has built. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ENVIRONMENTS_FOLDER } from '@praxis/wasm-runtime/node';
import { UsageError } from './exit-codes.ts';

/** Names and versions of the current environments. @throws UsageError when none is built */
export async function currentEnvironments(folder = ENVIRONMENTS_FOLDER): Promise<ReadonlyMap<string, string>> {
  let text: string;
  try {
    text = await readFile(path.join(folder, 'index.json'), 'utf8');
  } catch {
    throw new UsageError('no environment is built yet: run `npm run build`');
  }
  // Written by the build.
  return new Map(Object.entries(JSON.parse(text) as Record<string, string>));
}

/** @param wanted a name (`python`) or a whole version (`python@sha256:…`). @throws UsageError */
export async function resolveEnvironment(wanted: string): Promise<string> {
  if (wanted.includes('@')) return wanted;
  const current = await currentEnvironments();
  const found = current.get(wanted);
  if (!found) throw new UsageError(`there is no environment ${wanted}; there are: ${[...current.keys()].join(', ')}`);
  return found;
}
