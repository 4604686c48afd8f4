/** Attacks through compiled libraries: each ends as it must, and what is run after it is as it was before. */
import { describe, expect, it } from 'vitest';
import { named, OWN_CORPUS, readCorpus } from '../support/attack-corpus.ts';
import { useAttackWorld } from '../support/attack-world.ts';
import { breaches } from '../support/attacks.ts';
import { builtEnvironment } from '../support/environments.ts';
import { runSource } from '../support/node-runs.ts';
import { notBuilt, PACKAGE_ENVIRONMENTS } from '../support/package-programs.ts';

const cases = readCorpus(OWN_CORPUS, 'packages');
const world = useAttackWorld();
const PROBE = `import numpy as np, pandas as pd, os, sys
print(np.add(1, 1), pd.Series([1, 2]).sum(), np.random.random(), sorted(os.listdir("/job")), np.linalg.det(np.eye(3)), len(sys.modules))`;

describe.each(PACKAGE_ENVIRONMENTS)('in the environment %s', (environment) => {
  const env_version = builtEnvironment(environment);
  const here = cases.filter((entry) => entry.environment === environment);

  it.for(named(here))('%s', async ([_name, entry], { skip }) => {
    skip(env_version === undefined, notBuilt(environment));
    expect(await breaches(entry, 'python', world())).toEqual([]);
  });

  it('leaves the next run as it was', async ({ skip }) => {
    if (env_version === undefined) return skip(notBuilt(environment));
    const before = await runSource('python', PROBE, { env_version });
    const poison = here.find(({ group }) => group === 'kept') ?? here[0];
    if (poison) await runSource('python', poison.code, { env_version });
    const after = await runSource('python', PROBE, { env_version });
    expect(before.record.outcome).toBe('succeeded');
    expect(after.record).toEqual(before.record);
  });
});

it('are attacks on environments that are tested here', () => {
  expect(cases.length).toBeGreaterThan(40);
  expect(cases.filter(({ environment }) => !PACKAGE_ENVIRONMENTS.some((known) => known === environment))).toEqual([]);
});
