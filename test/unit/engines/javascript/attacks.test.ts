/** Attacks leave nothing in a process for the program that runs in it next. What each may do at all is tested in test/security. */
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../../../wasm-runtime/src/run/digest.ts';
import { OWN_CORPUS, readCorpus } from '../../../support/attack-corpus.ts';
import { openSession } from './support.ts';

const CHANGES_WHAT_ALL_SHARE: ReadonlySet<string> = new Set([
  'persistence',
  'globals',
  'realm',
  'prototype',
  'forgery',
]);
const LOOK =
  '[Object.keys(globalThis), Math.random(), Date.now(), {}.leak, typeof leak, String([].map), console.log.mark]';

async function look(): Promise<string> {
  const { outputs, error, fuel } = (await openSession()).run(LOOK);
  return canonicalJson([outputs, error, fuel]);
}

describe('after an attack', () => {
  const cases = readCorpus(OWN_CORPUS, 'javascript').filter(({ group }) => CHANGES_WHAT_ALL_SHARE.has(group));
  test.each(cases)('$id the next program sees the same', async ({ code, limits }) => {
    const before = await look();
    const { run } = await openSession(limits);
    run(code, { fuel: limits.fuel });
    expect(await look()).toBe(before);
  });
});
