/** Environments beside `python`: they take long to build, so tests that need one are skipped, and say so, where it is not built. */
import { describe } from 'vitest';
import { currentEnvironments } from '@praxis/wasm-runtime/node';

const versions = await currentEnvironments();

/** The current version of an environment; empty where it is not built. */
export function environmentVersion(name: string): string {
  return versions.get(name) ?? '';
}

/** `describe` in an environment, whose version the tests get. */
export function describeIn(name: string, what: string, tests: (version: string) => void): void {
  const version = environmentVersion(name);
  const reason = version === '' ? `, which is not built (praxis env build ${name})` : '';
  describe.skipIf(version === '')(`in ${name}${reason}: ${what}`, () => {
    tests(version);
  });
}
