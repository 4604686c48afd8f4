/** The environment that a person names. */
import { currentEnvironments } from '@praxis/wasm-runtime/node';
import { UsageError } from './exit-codes.ts';

/** @param wanted a name (`python`) or a whole version (`python@sha256:…`). @throws UsageError; RunFailure when none is built */
export async function resolveEnvironment(wanted: string): Promise<string> {
  if (wanted.includes('@')) return wanted;
  const current = await currentEnvironments();
  const found = current.get(wanted);
  if (!found) throw new UsageError(`there is no environment ${wanted}; there are: ${[...current.keys()].join(', ')}`);
  return found;
}
