// How vitest runs the project's tests: on sources, with nothing built, on two workers.
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** A test of this length hangs; work is bounded by fuel in the tests themselves, never by this clock. */
const seconds = (count: number): number => count * 1000;

/** `source` comes first, so that `@praxis/*` resolves to a package's src folder and not to its compiled output. */
const conditions = ['source', 'module', 'node', 'import', 'default'];

function project(name: string, testTimeout: number) {
  return {
    extends: true as const,
    test: {
      name,
      include: [`test/${name}/**/*.test.{ts,tsx}`],
      testTimeout,
      hookTimeout: Math.max(testTimeout, seconds(60)),
    },
  };
}

/** In the order of the projects' lengths, the longest first: what is left to the end then keeps both workers busy. */
const LONGEST_FIRST = ['security', 'integration', 'properties', 'unit'];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ project: { name } }: TestSpecification): number => LONGEST_FIRST.indexOf(name);
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  test: {
    environment: 'node',
    pool: 'forks',
    maxWorkers: 2,
    // Files of a worker share its modules, which hold no state of a test, so that they are loaded once and not a hundred times.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
    projects: [
      project('unit', seconds(30)),
      project('properties', seconds(120)),
      project('integration', seconds(120)),
      project('security', seconds(120)),
    ],
  },
});
