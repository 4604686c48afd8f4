/** Which environments the build has made here: those with packages need archives that not every machine has. */
import { currentEnvironments } from '@praxis/wasm-runtime/node';

const versions = await currentEnvironments();

/** The current version of the environment of that name; undefined where it is not built. */
export function builtEnvironment(name: string): string | undefined {
  return versions.get(name);
}
