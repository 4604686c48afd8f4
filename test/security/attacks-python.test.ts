/** Our own attacks in Python: each is denied or bounded, gives a typed outcome, and leaks nothing. */
import { expect, it } from 'vitest';
import { named, OWN_CORPUS, readCorpus } from '../support/attack-corpus.ts';
import { useAttackWorld } from '../support/attack-world.ts';
import { breaches } from '../support/attacks.ts';

const world = useAttackWorld();

it.each(named(readCorpus(OWN_CORPUS, 'python')))('%s', async (_name, entry) => {
  expect(await breaches(entry, 'python', world())).toEqual([]);
});
