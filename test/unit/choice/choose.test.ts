/** Which environment a program gets, and what is said of a module that it lacks. */
import { describe, expect, it } from 'vitest';
import {
  chooseEnvironment,
  explainMissing,
  missingModule,
  missingSentence,
  needsOfSource,
  type Offered,
} from '../../../wasm-runtime/src/choice/index.ts';

const environment = (name: string, size_bytes: number, ...modules: string[]): Offered => ({
  env_version: `${name}@sha256:${'0'.repeat(64)}`,
  name,
  summary: '',
  size_bytes,
  packages: modules.map((module) => ({ name: module, version: '1', licence: 'MIT', modules: [module] })),
});
const OFFERED = [
  environment('science', 300, 'numpy', 'pandas', 'scipy'),
  environment('data', 150, 'numpy', 'pandas', 'sqlite3', '_sqlite3'),
  environment('python', 40),
  environment('records', 50, 'pydantic'),
];
const choose = (source: string, inUse?: string) => {
  const { environment: chosen, has, lacks } = chooseEnvironment(needsOfSource(source), OFFERED, inUse);
  return [chosen.name, has.join(' '), lacks.join(' ')];
};

describe('the environment of a program', () => {
  it.each([
    ['', 'python', '', ''],
    ['import json, sqlite3, _sqlite3, helpers', 'python', '', ''],
    ['import numpy', 'data', 'numpy', ''],
    ['import numpy.linalg\nfrom pandas import DataFrame', 'data', 'numpy pandas', ''],
    ['import scipy, numpy', 'science', 'numpy scipy', ''],
    ['import pydantic', 'records', 'pydantic', ''],
    // No environment has both: the smaller of the two that have one.
    ['import pydantic, numpy', 'records', 'pydantic', 'numpy'],
    ['import pydantic, numpy, pandas', 'data', 'numpy pandas', 'pydantic'],
    ['try: import numpy\nexcept ImportError: numpy = None', 'python', '', ''],
    ['try: import cupy as np\nexcept ImportError: import numpy as np', 'data', 'numpy', ''],
  ])('%j: %s', (source, ...expected) => expect(choose(source)).toEqual(expected));

  it('stays what it is while that lacks nothing more', () => {
    expect(choose('import numpy', 'science')[0]).toBe('science');
    expect(choose('import json', 'data')[0]).toBe('data');
    expect(choose('import scipy', 'data')[0]).toBe('science');
    expect(choose('', `records@sha256:${'0'.repeat(64)}`)[0]).toBe('records');
    expect(choose('import numpy', 'gone')[0]).toBe('data');
  });

  it('is the first by name of two of one size, whatever their order', () => {
    const two = [environment('b', 1, 'numpy'), environment('a', 1, 'numpy')];
    for (const offered of [two, two.toReversed()])
      expect(chooseEnvironment('numpy', offered).environment.name).toBe('a');
    expect(() => chooseEnvironment('numpy', [])).toThrow(RangeError);
  });
});

describe('a module that is not there', () => {
  it('is in an environment', () => {
    const missing = explainMissing('numpy', OFFERED);
    expect(missing.environments.map(({ name }) => name)).toEqual(['data', 'science']);
    expect(missingSentence(missing)).toBe('numpy is in the environments data and science.');
    expect(missingSentence(explainMissing('scipy', OFFERED))).toBe('scipy is in the environment science.');
  });

  it.each([
    ['numpyy', ['numpy']],
    ['panads', ['pandas']],
    ['Numpy', ['numpy']],
    ['jsno', ['json']],
    ['zzzzzzzz', []],
    ['x'.repeat(1000), []],
  ])('%s is like %j', (name, near) => expect(explainMissing(name, OFFERED).near.slice(0, 1)).toEqual(near));

  it('is nowhere: what there is, similar names first', () => {
    expect(missingSentence(explainMissing('scipyy', OFFERED))).toBe(
      'No environment has scipyy. Did you mean scipy? These are available: scipy, numpy, pandas, pydantic and Python’s standard library.',
    );
  });

  it('is read from what the guest says, and from nothing else', () => {
    const message = 'numpy is not in this environment; these are: IPython, praxis and Python’s standard library';
    expect(missingModule({ code: 'PACKAGE_UNAVAILABLE', message })).toBe('numpy');
    expect(missingModule({ code: 'PYTHON_EXCEPTION', message })).toBeNull();
    expect(missingModule({ code: 'PACKAGE_UNAVAILABLE', message: `<b>x</b>${message}` })).toBeNull();
    expect(missingModule(null)).toBeNull();
  });
});
