/** The permissions, written out: whoever changes one changes this list, too. */
import { describe, expect, it } from 'vitest';
import { may, SENTENCES, type Sentence } from '../../../server/src/policy.ts';

const EXPECTED: Record<Sentence, { viewer: boolean; editor: boolean; owner: boolean }> = {
  'see the workspace': { viewer: true, editor: true, owner: true },
  'change the workspace': { viewer: false, editor: false, owner: true },
  'see the members': { viewer: true, editor: true, owner: true },
  'change the members': { viewer: false, editor: false, owner: true },
  'read documents': { viewer: true, editor: true, owner: true },
  'write documents': { viewer: false, editor: true, owner: true },
  'see jobs': { viewer: true, editor: true, owner: true },
  'run documents': { viewer: false, editor: true, owner: true },
  'see artifacts': { viewer: true, editor: true, owner: true },
  'upload artifacts': { viewer: false, editor: true, owner: true },
  'read the audit log': { viewer: false, editor: false, owner: true },
};

describe('who may do what', () => {
  it.each(Object.entries(EXPECTED))('%s', (sentence, roles) => {
    // Safe: the keys of EXPECTED are sentences.
    const known = sentence as Sentence;
    expect({ viewer: may('viewer', known), editor: may('editor', known), owner: may('owner', known) }).toEqual(roles);
  });

  it('is written out completely', () => {
    expect(Object.keys(EXPECTED)).toEqual(Object.keys(SENTENCES));
  });
});
