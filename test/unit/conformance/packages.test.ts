import { describe, expect, it } from 'vitest';
import { batchesOf } from '../../conformance/packages/batches.ts';
import { compare, paired } from '../../conformance/packages/compare.ts';
import type { Explanation } from '../../conformance/packages/explanations.ts';
import { readOutcomes, type Outcome } from '../../conformance/packages/outcomes.ts';
import { reportOf } from '../../conformance/packages/report.ts';
import { runFiles, type Side, type SideRun } from '../../conformance/packages/side.ts';

const line = (value: unknown): string => `\u001e${JSON.stringify(value)}\n`;
const started = (id: string, place = 0): string => line({ start: id, place });
const ended = (id: string, outcome = 'passed', why = ''): string => line({ id, outcome, why });
const END = line({ end: 0 });

const tests = (outcomes: Readonly<Record<string, string>>, failure: string | null = null) => ({
  tests: new Map<string, Outcome>(Object.entries(outcomes).map(([id, outcome]) => [id, { outcome, why: `${id}!` }])),
  failure,
});

const PARAMETERS = { library: 'numpy', options: [], files: ['numpy/tests/test_a.py'] };

/** A side that answers with one output after the other, and remembers what it was asked for. */
function scripted(runs: readonly Partial<SideRun>[]) {
  const begins: number[] = [];
  const leftOut: (readonly string[])[] = [];
  const left = [...runs];
  const side: Side = {
    name: 'metered',
    run({ begin_at, left_out }) {
      begins.push(begin_at);
      leftOut.push(left_out);
      return Promise.resolve({ output: '', fatal: null, fuel: 5, ...left.shift() });
    },
  };
  return { side, begins, leftOut };
}

const DEPTH = { code: 'DEPTH', message: 'too deep' };

describe('lines of a run of tests', () => {
  it('gives each test its outcome, whatever tests print in between', () => {
    const output = `${line({ collected: 2 })}${started('a')}printed {"id": "x"}\n${ended('a')}${started('b')}${ended('b', 'failed', 'no')}${END}`;
    const read = readOutcomes(output);
    expect([...read.tests]).toEqual([
      ['a', { outcome: 'passed', why: '' }],
      ['b', { outcome: 'failed', why: 'no' }],
    ]);
    expect(read).toMatchObject({ open: null, isComplete: true });
  });

  it('names the test during which the output ends, even within a line', () => {
    const read = readOutcomes(`${started('a')}${ended('a')}${started('b', 1)}${ended('b').slice(0, 9)}`);
    expect(read).toMatchObject({ open: { id: 'b', place: 1 }, isComplete: false });
  });
});

describe('a run that ends in the middle', () => {
  it('goes on behind the test that ended it, whose outcome is what ended it', async () => {
    const { side, begins } = scripted([
      { output: started('a') + ended('a') + started('b', 1), fatal: DEPTH },
      { output: started('c') + ended('c') + END },
    ]);
    const { tests: found, failure, fuel } = await runFiles(side, PARAMETERS);
    expect(Object.fromEntries([...found].map(([id, { outcome }]) => [id, outcome]))).toEqual({
      a: 'passed',
      b: 'DEPTH',
      c: 'passed',
    });
    expect({ begins, failure, fuel }).toEqual({ begins: [0, 2], failure: null, fuel: 10 });
  });

  it('leaves the other tests of a function out when two have ended it', async () => {
    const { side, leftOut } = scripted([
      { output: started('f[1]'), fatal: DEPTH },
      { output: started('f[2]', 1), fatal: DEPTH },
      { output: END },
    ]);
    await runFiles(side, PARAMETERS);
    expect(leftOut).toEqual([[], [], ['f']]);
  });

  it('is given up where no test was running', async () => {
    const { side } = scripted([{ output: line({ collected: 9 }), fatal: DEPTH }]);
    expect(await runFiles(side, PARAMETERS)).toMatchObject({ failure: 'DEPTH: too deep' });
  });
});

describe('comparing outcomes', () => {
  const explanation: Explanation = {
    tests: /^b/,
    stock: ['passed'],
    metered: ['failed'],
    why: /b!/,
    reason: 'Because.',
  };

  it('counts what is the same and explains what is not', () => {
    const pairs = paired(
      tests({ a: 'passed', b: 'passed', c: 'skipped', d: 'xfailed' }),
      tests({ a: 'passed', b: 'failed', c: 'failed', d: 'xfailed' }),
    );
    const comparison = compare(pairs, [explanation]);
    expect(comparison).toMatchObject({ tests: 4, same: 2, outcomes: { passed: 1, xfailed: 1 } });
    expect(comparison.differences.map(({ id, explanation: found }) => [id, found?.reason ?? null])).toEqual([
      ['b', 'Because.'],
      ['c', null],
    ]);
  });

  it.each([
    ['other outcomes', { ...explanation, metered: ['error'] }],
    ['the other direction', { ...explanation, stock: ['failed'], metered: ['passed'] }],
    ['other tests', { ...explanation, tests: /^c/ }],
    ['other messages', { ...explanation, why: /d!/ }],
  ])('does not take an explanation of %s', (_name, other) => {
    const { differences } = compare(paired(tests({ b: 'passed' }), tests({ b: 'failed' })), [other]);
    expect(differences).toMatchObject([{ id: 'b', explanation: null }]);
  });

  it('does not lose a test that one side never got to', () => {
    expect(paired(tests({ a: 'passed' }), tests({ b: 'passed' }, 'FUEL: none left'))).toEqual([
      { id: 'a', stock: { outcome: 'passed', why: 'a!' }, metered: { outcome: 'none', why: 'FUEL: none left' } },
      { id: 'b', stock: { outcome: 'none', why: '' }, metered: { outcome: 'passed', why: 'b!' } },
    ]);
  });
});

describe('files that share a run', () => {
  const file = (name: string, size_bytes: number) => ({ name, size_bytes });

  it('are of one part of the library, and not too large together', () => {
    const files = [file('numpy/a/1', 10), file('numpy/b/2', 449_999), file('numpy/b/3', 1), file('numpy/b/4', 900_000)];
    expect(batchesOf(files, 2)).toEqual([
      { name: 'numpy/a', files: ['numpy/a/1'] },
      { name: 'numpy/b, 1 of 2', files: ['numpy/b/2', 'numpy/b/3'] },
      { name: 'numpy/b, 2 of 2', files: ['numpy/b/4'] },
    ]);
  });
});

describe('the report', () => {
  const pairs = paired(tests({ a: 'passed', b: 'passed' }), tests({ a: 'passed', b: 'failed' }));
  const results = [{ library: 'numpy 2.0.2', files: 1, runs: 1, fuel: 2_000_000_000, pairs }];

  it('lists each difference below its reason', () => {
    const because = { tests: /b/, stock: ['passed'], metered: ['failed'], reason: 'Because.' };
    const { text, same, unexplained } = reportOf(results, [because]);
    expect(text).toContain('Because.\n\n- `b`: stock passed (`b!`); metered failed (`b!`)');
    expect({ same, unexplained }).toEqual({ same: 1, unexplained: 0 });
  });

  it('says how many differences have no reason', () => {
    const { table, unexplained } = reportOf(results, []);
    expect(unexplained).toBe(1);
    expect(table.at(-1)).toMatch(/^\| numpy 2\.0\.2 \| 1 +\| 2 +\| 1 +\| 1 +\| 1 +\| 2 +\|$/);
  });
});
