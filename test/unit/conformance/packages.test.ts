import { describe, expect, it } from 'vitest';
import { batchesOf } from '../../conformance/packages/batches.ts';
import { compareOutcomes, merged, sameCount } from '../../conformance/packages/compare.ts';
import type { Explanation } from '../../conformance/packages/explanations.ts';
import { readOutcomes, type Outcome } from '../../conformance/packages/outcomes.ts';
import { reportOf, tableOf } from '../../conformance/packages/report.ts';
import { runFiles, type Side, type SideRun } from '../../conformance/packages/side.ts';
import { SUITES } from '../../conformance/packages/suites.ts';

const line = (value: unknown): string => `\u001e${JSON.stringify(value)}\n`;
const started = (id: string): string => line({ start: id });
const ended = (id: string, outcome = 'passed', why = ''): string => line({ id, outcome, why });
const END = line({ end: 0 });

const tests = (outcomes: Readonly<Record<string, string>>, failure: string | null = null) => ({
  tests: new Map<string, Outcome>(Object.entries(outcomes).map(([id, outcome]) => [id, { outcome, why: `${id}!` }])),
  failure,
});

const PARAMETERS = { library: 'numpy', options: [], files: ['numpy/tests/test_a.py'] };

/** A side that answers with one output after the other, and remembers where it was asked to begin. */
function scripted(runs: readonly Partial<SideRun>[]): { side: Side; begins: number[] } {
  const begins: number[] = [];
  const left = [...runs];
  const side: Side = {
    name: 'metered',
    run({ begin_at }) {
      begins.push(begin_at);
      return Promise.resolve({ output: '', fatal: null, fuel: 5, ...left.shift() });
    },
  };
  return { side, begins };
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
    expect(read).toMatchObject({ begun: 2, open: null, isComplete: true });
  });

  it('names the test during which the output ends, even within a line', () => {
    const read = readOutcomes(`${started('a')}${ended('a')}${started('b')}${ended('b').slice(0, 9)}`);
    expect(read).toMatchObject({ begun: 2, open: 'b', isComplete: false });
  });
});

describe('a run that ends in the middle', () => {
  it('goes on behind the test that ended it, whose outcome is what ended it', async () => {
    const { side, begins } = scripted([
      { output: started('a') + ended('a') + started('b'), fatal: DEPTH },
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

  it('is given up where no test was running', async () => {
    const { side } = scripted([{ output: line({ collected: 9 }), fatal: DEPTH }]);
    expect(await runFiles(side, PARAMETERS)).toMatchObject({ failure: 'DEPTH: too deep' });
  });
});

describe('comparing outcomes', () => {
  const explanation: Explanation = { tests: /^b/, from: 'passed', to: 'failed', why: /b!/, reason: 'Because.' };

  it('counts what is the same and explains what is not', () => {
    const stock = tests({ a: 'passed', b: 'passed', c: 'skipped' });
    const comparison = compareOutcomes(stock, tests({ a: 'passed', b: 'failed', c: 'failed' }), [explanation]);
    expect(comparison).toMatchObject({ tests: 3, same: { passed: 1 } });
    expect(comparison.differences.map(({ id, explanation: found }) => [id, found?.reason ?? null])).toEqual([
      ['b', 'Because.'],
      ['c', null],
    ]);
  });

  it.each([
    ['other outcomes', { ...explanation, to: 'error' }],
    ['the other direction', { ...explanation, from: 'failed', to: 'passed' }],
    ['other tests', { ...explanation, tests: /^c/ }],
    ['other messages', { ...explanation, why: /d!/ }],
  ])('does not take an explanation of %s', (_name, other) => {
    const { differences } = compareOutcomes(tests({ b: 'passed' }), tests({ b: 'failed' }), [other]);
    expect(differences[0]?.explanation).toBeNull();
  });

  it('does not lose a test that one side never got to', () => {
    const { differences } = compareOutcomes(tests({ a: 'passed' }), tests({}, 'FUEL: none left'), []);
    expect(differences).toMatchObject([{ id: 'a', metered: { outcome: 'none', why: 'FUEL: none left' } }]);
  });

  it('adds up runs', () => {
    const one = compareOutcomes(tests({ a: 'passed' }), tests({ a: 'passed' }), []);
    const other = compareOutcomes(tests({ b: 'passed', c: 'xfailed' }), tests({ b: 'passed', c: 'xfailed' }), []);
    const total = merged([one, other]);
    expect(total).toEqual({ tests: 3, same: { passed: 2, xfailed: 1 }, differences: [] });
    expect(sameCount(total)).toBe(3);
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
  const [suite] = SUITES;
  const resultOf = (explanations: readonly Explanation[]) => {
    if (!suite) throw new Error('there is no suite');
    const stock = tests({ a: 'passed', b: 'passed' });
    const comparison = compareOutcomes(stock, tests({ a: 'passed', b: 'failed' }), explanations);
    return { suite, files: 1, runs: 1, fuel: 2_000_000_000, comparison };
  };

  it('lists each difference below its reason', () => {
    const explained = { tests: /b/, from: 'passed', to: 'failed', reason: 'Because.' };
    const { text } = reportOf([resultOf([explained])]);
    expect(text).toContain('Because.\n\n- `b`: passed (`b!`) on stock Pyodide, failed (`b!`) metered');
  });

  it('says how many differences have no reason', () => {
    expect(tableOf([resultOf([])]).at(-1)).toMatch(/^\| numpy 2\.0\.2 +\| 1 +\| 1 +\| 2 +\| 1 +\| 1 +\| 1 +\| 2 +\|$/);
  });
});
