/** Runs fixtures/attacks/javascript.json on the engine itself. Each program must be refused or bounded, and give the same twice. */
import { readFileSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../../../wasm-runtime/src/run/digest.ts';
import { checkArtifactName, isMediaType } from '../../../../wasm-runtime/src/run/names.ts';
import { openSession, type Ran } from './support.ts';

interface AttackCase {
  id: string;
  title: string;
  code: string;
  limits: { fuel: number; memory_mb: number };
  expect: {
    outcomes: string[];
    must_not_print: string[];
    stdout?: string;
    same_over_runs?: boolean;
    max_record_bytes?: number;
  };
}

// Written by us, and checked by use.
const cases = JSON.parse(
  readFileSync(new URL('../../../../fixtures/attacks/javascript.json', import.meta.url), 'utf8'),
) as AttackCase[];

async function attack({ code, limits }: AttackCase): Promise<Ran> {
  const { run } = await openSession(limits);
  return run(code, { fuel: limits.fuel });
}

function outcomeOf({ trap, error }: Ran): string {
  if (trap) return trap.kind;
  if (error) return error.limit ? 'limit' : 'failed';
  return 'succeeded';
}

/** What enters a record, and so must be the same over runs. */
function recorded(ran: Ran): string {
  const { outputs, artifacts, error, trap, fuel } = ran;
  const shown = artifacts.map(({ name, media_type, bytes }) => [name, media_type, bytes.length]);
  return canonicalJson([
    outputs,
    shown,
    error,
    trap && [trap.code, trap.message, trap.limit ?? null, trap.used ?? null],
    fuel,
  ]);
}

describe('attacks', () => {
  test.each(cases)('$id: $title', async (attackCase) => {
    const { outcomes, must_not_print: forbidden, stdout, max_record_bytes: maxBytes = 2 ** 26 } = attackCase.expect;
    const ran = await attack(attackCase);
    expect(outcomes).toContain(outcomeOf(ran));
    // A fault of the engine, or a message that the prelude would never send, is no way for a program to end.
    expect(ran.trap?.code).not.toBe('ENGINE_FAULT');
    expect(ran.trap?.code).not.toBe('PROTOCOL');
    const record = recorded(ran);
    for (const text of forbidden) expect(record).not.toContain(text);
    expect(record.length).toBeLessThan(maxBytes);
    expect(stdout ?? ran.stdout).toBe(ran.stdout);
    for (const { name, media_type: mediaType } of ran.artifacts)
      expect([checkArtifactName(name), isMediaType(mediaType)]).toEqual([null, true]);
  });

  test.each(cases.filter(({ expect: { same_over_runs: same } }) => same))(
    '$id gives the same twice',
    async (attackCase) => {
      expect(recorded(await attack(attackCase))).toBe(recorded(await attack(attackCase)));
    },
  );

  test('leave nothing for the next program', async () => {
    const before = recorded(
      (await openSession()).run('[Object.keys(globalThis), Math.random(), Date.now(), {}.leak, typeof leak]'),
    );
    for (const { id, code, limits } of cases.filter((one) => /^JS-(?:PERSIST|GLOBAL|REALM|FORGE)/.test(one.id))) {
      const { run } = await openSession(limits);
      run(code, { fuel: limits.fuel });
      const after = recorded(
        (await openSession()).run('[Object.keys(globalThis), Math.random(), Date.now(), {}.leak, typeof leak]'),
      );
      expect([id, after]).toEqual([id, before]);
    }
  });

  test('are seen where there is no wall', () => {
    for (const id of ['JS-REALM-01', 'JS-TIME-01']) {
      const attackCase = cases.find((one) => one.id === id);
      let printed = '';
      const log = (...values: unknown[]) => (printed += `${values.map(String).join(' ')}\n`);
      runInContext(
        attackCase?.code ?? '',
        createContext({ console: { log }, process, performance, require: () => ({}) }),
      );
      expect(printed).toContain('PWNED:');
    }
  });
});
