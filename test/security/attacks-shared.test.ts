/** The corpus of attacks that lies beside a checkout, when it is there (`../shared/attacks` or PRAXIS_SHARED). */
import { describe, expect, it } from 'vitest';
import { named, readCorpus, SHARED_CORPUS } from '../support/attack-corpus.ts';
import { useAttackWorld } from '../support/attack-world.ts';
import { breaches } from '../support/attacks.ts';

describe.each(['python', 'javascript'] as const)('shared attacks in %s', (language) => {
  const cases = readCorpus(SHARED_CORPUS, language);
  const world = useAttackWorld();

  it('are there', ({ skip }) => {
    skip(cases.length === 0, `there are none at ${SHARED_CORPUS}`);
    expect(cases.length).toBeGreaterThan(20);
  });

  it.each(named(cases))('%s', async (_name, entry) => {
    expect(await breaches(entry, language, world())).toEqual([]);
  });
});
