/** Tests in an environment that takes long to build: skipped, and said so, where it is not built. */
import { describe } from 'vitest';
import { builtEnvironment, needsEnvironment } from './environments.ts';

/** `describe` in an environment, whose version the tests get. */
export function describeIn(name: string, what: string, tests: (version: string) => void): void {
  const version = builtEnvironment(name);
  describe.skipIf(version === undefined)(`in ${name}${needsEnvironment(name)}: ${what}`, () => {
    tests(version ?? '');
  });
}
