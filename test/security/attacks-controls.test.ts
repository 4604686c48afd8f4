/** The same attacks on engines without our walls: there each does what it is kept from here, so the tests of attacks can fail. */
import { afterAll, describe, expect, it } from 'vitest';
import { named, OWN_CORPUS, readCorpus, type AttackCase, type ControlEngine } from '../support/attack-corpus.ts';
import { Control } from '../support/attack-controls.ts';
import { useAttackWorld } from '../support/attack-world.ts';

describe.each([
  ['stock-node', 'python'],
  ['stock-node', 'javascript'],
  ['node-vm', 'javascript'],
] as const)('on %s, attacks in %s', (engine: ControlEngine, language) => {
  const world = useAttackWorld();
  const cases = readCorpus(OWN_CORPUS, language).filter((entry) => entry.control === engine);
  let control: Control | undefined;
  afterAll(() => control?.close());

  it.each(named(cases))('%s', async (_name, entry: AttackCase) => {
    control ??= new Control(engine, language, world());
    expect(await control.sights(entry)).toContain(entry.control_saw);
  });
});

describe.each(['python', 'javascript', 'packages'] as const)('each group of attacks in %s', (language) => {
  it('has a control, or says why not', () => {
    const cases = readCorpus(OWN_CORPUS, language).filter(({ group }) => group !== 'works');
    const explained = cases.filter(({ control, control_note: note }) => control ?? note).map(({ group }) => group);
    expect(cases.map(({ group }) => group).filter((group) => !explained.includes(group))).toEqual([]);
  });
});
