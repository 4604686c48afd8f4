/** From revisions to programs, and the order of dependencies. */
import { DEFAULT_LIMITS } from '@praxis/wasm-runtime';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIGURATION } from '../../../server/src/configuration.ts';
import { dependencyOrder } from '../../../server/src/documents/content.ts';
import type { ScientificObject } from '../../../server/src/documents/schemas.ts';
import { environmentOf } from '../../../server/src/documents/environment.ts';
import { clampLimits, composeProgram, select } from '../../../server/src/jobs/compose.ts';

const code = (id: string, dependencies: string[] = [], environment?: string): ScientificObject => ({
  id,
  type: 'code',
  content: { source: `# ${id}` },
  semantics: { dependencies },
  runtime: { language: 'python', ...(environment === undefined ? {} : { environment }) },
});
const ids = (objects: readonly ScientificObject[]): string[] => objects.map((object) => object.id);

describe('the order of dependencies', () => {
  it('puts what is needed first, and otherwise keeps the order of the document', () => {
    const objects = [code('plot', ['fit', 'data']), code('other'), code('data'), code('fit', ['data'])];
    expect(ids(dependencyOrder(objects, ['plot']))).toEqual(['data', 'fit', 'plot']);
    expect(ids(dependencyOrder(objects, ['other', 'plot']))).toEqual(['data', 'fit', 'plot', 'other']);
    expect(ids(dependencyOrder(objects, ['data']))).toEqual(['data']);
  });

  it('visits a diamond once', () => {
    const objects = [code('d', ['b', 'c']), code('c', ['a']), code('b', ['a']), code('a')];
    expect(ids(dependencyOrder(objects, ['d']))).toEqual(['a', 'c', 'b', 'd']);
  });

  it('stays linear where paths are exponential', () => {
    const layers = 40;
    const objects = Array.from({ length: layers * 2 }, (_, n) => {
      const below = Math.floor(n / 2) - 1;
      return code(`o${n}`, below < 0 ? [] : [`o${below * 2}`, `o${below * 2 + 1}`]);
    });
    expect(dependencyOrder(objects, [`o${layers * 2 - 1}`])).toHaveLength(layers * 2 - 1);
  });

  it.each([
    ['itself', [code('a', ['a'])]],
    ['each other', [code('a', ['b']), code('b', ['a'])]],
    ['a long way round', [code('a', ['b']), code('b', ['c']), code('c', ['d']), code('d', ['a'])]],
  ])('refuses objects that depend on %s', (_what, objects) => {
    expect(() => dependencyOrder(objects, ids(objects))).toThrow('in a circle');
  });
});

describe('limits', () => {
  const { maximumLimits } = DEFAULT_CONFIGURATION;

  it('are the defaults where nothing is asked for', () => {
    expect(clampLimits({}, maximumLimits)).toEqual(DEFAULT_LIMITS);
  });

  it('are never more than the maximum, each by itself', () => {
    const wild = Object.fromEntries(Object.keys(DEFAULT_LIMITS).map((name) => [name, Number.MAX_SAFE_INTEGER]));
    expect(clampLimits(wild, maximumLimits)).toEqual(maximumLimits);
    expect(clampLimits({ fuel: 1 }, maximumLimits)).toEqual({ ...DEFAULT_LIMITS, fuel: 1 });
  });

  it('follow a maximum below the defaults', () => {
    const small = { ...maximumLimits, fuel: 10, memory_mb: 64 };
    expect(clampLimits({ fuel: 20 }, small)).toMatchObject({ fuel: 10, memory_mb: 64 });
  });
});

describe('a program', () => {
  const content = {
    objects: [code('a'), { id: 't', type: 'text', content: { markdown: '' } } as const, code('b', ['a'])],
    views: [],
  };

  it('knows nothing of whoever asked for it', () => {
    const program = composeProgram(select(content, undefined), 'python@sha256:' + '0'.repeat(64), DEFAULT_LIMITS, {});
    expect(Object.keys(program).toSorted((x, y) => (x < y ? -1 : 1))).toEqual([
      'clock',
      'env_version',
      'epoch_ms',
      'inputs',
      'limits',
      'schema_version',
      'seed',
      'steps',
    ]);
    expect([program.clock, program.seed, program.epoch_ms]).toEqual(['virtual', '0'.repeat(64), 1_767_225_600_000]);
  });

  it('has one environment', () => {
    expect(environmentOf([code('a'), code('b')])).toBeNull();
    expect(environmentOf([code('a'), code('b', [], 'data')])).toBe('data');
    expect(() => environmentOf([code('a', [], 'data'), code('b', [], 'science')])).toThrow('data and science');
  });
});
