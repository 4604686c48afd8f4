/** The programs of `fixtures/programs`: each gives one record, however often and wherever in Node it runs, and its claim is a MATCH. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { prewarm, replay, run, type Language, type RunRecord } from '@praxis/wasm-runtime';
import { describe, expect, it } from 'vitest';
import { currentEnvironment, environments, host, programOf, runSource } from '../../support/node-runs.ts';
import { fixtureInput, fixtureProgram, listFixtures, observed } from '../../support/run-fixtures.ts';

const FOLDER = join(import.meta.dirname, '../../../fixtures/programs');
const PRAXIS = join(import.meta.dirname, '../../../server/bin/praxis.js');

describe('every program', () => {
  const fixtures = listFixtures();
  it('is there', () => expect(fixtures.length).toBeGreaterThanOrEqual(20));

  it.each(fixtures)('$file gives what it must', async (fixture) => {
    const { expected } = fixture;
    const options = { host, environments, stdin: expected.stdin ?? [], inputs: fixtureInput };
    const { record } = await run(fixtureProgram(fixture), options);
    expect(observed(record, expected)).toEqual(expected);
  });

  it.each(fixtures.filter((_fixture, index) => index % 3 === 0))(
    '$file gives it in a warm sandbox as well, and so replays as a MATCH',
    async (fixture) => {
      const { expected, language } = fixture;
      const options = { host, environments, inputs: fixtureInput };
      const first = await run(fixtureProgram(fixture), { ...options, stdin: expected.stdin ?? [] });
      const engines = [language];
      const prewarmed = await prewarm({
        host,
        environments,
        env_version: currentEnvironment(),
        cpu_ms: 60_000,
        engines,
      });
      const { verdict, reason } = await replay(first.program, first.record, { ...options, prewarmed });
      expect(`${verdict}: ${reason}`).toMatch(/^MATCH/);
    },
  );
});

describe('the surroundings of the command line', () => {
  it.each(['time-and-dates.py', 'dates.js', 'random-numbers.py', 'hashing.py'])(
    'leave no trace in the record of %s',
    async (file) => {
      const runs = [
        { TZ: 'Asia/Tokyo', LANG: 'de_DE.UTF-8', HOME: '/nowhere', PYTHONHASHSEED: '7' },
        { TZ: 'America/Bogota', LANG: 'C', HOST_CANARY: 'canary' },
      ].map((env) => {
        const text = execFileSync(process.execPath, [PRAXIS, 'run', join(FOLDER, file), '--json'], {
          env: { PATH: process.env['PATH'], ...env },
          input: '',
          encoding: 'utf8',
        });
        // Printed by the command line.
        return JSON.parse(text) as RunRecord & { run_digest: string };
      });
      expect(runs[0]?.run_digest).toBe(runs[1]?.run_digest);
      expect(JSON.stringify(runs)).not.toContain('canary');
    },
  );
});

describe('a run after one that met its limit', () => {
  const source = 'import random\nprint(random.random(), [hash(str(i)) % 97 for i in range(5)])';

  it('is the same as one before it', async () => {
    const before = await runSource('python', source);
    const stopped = await runSource('python', 'while True: pass', { limits: { fuel: 50_000_000 } });
    expect(stopped.record.error?.code).toBe('FUEL');
    const after = await runSource('python', source);
    expect(after.run_digest).toBe(before.run_digest);
  });
});

describe('a program with two languages', () => {
  it('shares one budget of fuel, and has steps in both', async () => {
    const program = programOf('python', 'print(1)');
    const steps = [
      ...program.steps,
      { object_id: 'second', language: 'javascript' as const, source: 'console.log(2)', parameters: {}, events: [] },
    ];
    const { record } = await run({ ...program, steps }, { host, environments });
    expect(record.outcome).toBe('succeeded');
    expect(record.steps.map((step) => step.outputs)).toEqual([
      [{ type: 'stream', name: 'stdout', text: '1\n' }],
      [{ type: 'stream', name: 'stdout', text: '2\n' }],
    ]);
    expect(record.fuel).toBe(record.steps.reduce((sum, step) => sum + step.fuel, 0));
  });

  it('is not charged for an engine that was kept ready and is not used', async () => {
    const { program, record } = await runSource('javascript', '1 + 1');
    const engines: Language[] = ['python', 'javascript'];
    const prewarmed = await prewarm({ host, environments, env_version: currentEnvironment(), cpu_ms: 60_000, engines });
    const { verdict, reason } = await replay(program, record, { host, environments, prewarmed });
    expect(`${verdict}: ${reason}`).toMatch(/^MATCH/);
  });

  it('says of a limit what the run may use, in whichever step it is reached', async () => {
    const program = programOf('python', 'sum(range(10**5))', { fuel: 200_000_000 });
    const endless = { ...program.steps[0], object_id: 'endless', source: 'while True: pass' };
    // It has every field of a step.
    const steps = [...program.steps, endless as (typeof program.steps)[number]];
    const { record } = await run({ ...program, steps }, { host, environments });
    expect(record.error).toMatchObject({
      code: 'FUEL',
      message: 'the fuel limit of 200000000 was reached',
      details: { step: 'endless', limit: 200_000_000, used: 200_000_000 },
    });
    expect(record.fuel).toBe(200_000_000);
  });
});
