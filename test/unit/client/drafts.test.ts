import { describe, expect, test } from 'vitest';
import {
  asDraft,
  decideDraft,
  DRAFT_VERSION,
  isOverwrite,
  SCRATCH,
  type Draft,
} from '../../../client/src/documents/drafts.ts';
import { markdownCell } from '../../../client/src/notebook/cell.ts';
import { isStale, queuedRun, runFromStored, storedRuns, type CellRun } from '../../../client/src/notebook/runs.ts';

const draft: Draft = {
  version: DRAFT_VERSION,
  key: SCRATCH,
  base_revision_id: 'r1',
  title: 't',
  cells: [markdownCell('a', 'x')],
  runs: {},
  saved_at: '2026-01-01T00:00:00Z',
  stamp: 's1',
};

describe('opening a document that has a draft', () => {
  test.each([
    ['no draft', null, 'r1', false, 'open-head'],
    ['a draft that says what the head says', draft, 'r2', true, 'open-head'],
    ['a draft of the head', draft, 'r1', false, 'resume'],
    ['a draft of an older revision', draft, 'r2', false, 'ask'],
    ['a draft of a document that lost its head', draft, null, false, 'ask'],
  ] as const)('%s', (_name, kept, head, same, kind) => {
    expect(decideDraft(kept, head, same).kind).toBe(kind);
  });
});

test('a write replaces only what this page has seen', () => {
  expect(isOverwrite(null, null)).toBe(false);
  expect(isOverwrite({ stamp: 's1' }, 's1')).toBe(false);
  expect(isOverwrite({ stamp: 's2' }, 's1')).toBe(true);
  expect(isOverwrite({ stamp: 's1' }, null)).toBe(true);
});

describe('reading storage', () => {
  test('what was written is a draft', () => {
    expect(asDraft(structuredClone(draft))).toEqual(draft);
  });

  test.each([
    [null],
    ['x'],
    [{}],
    [{ ...draft, version: 2 }],
    [{ ...draft, cells: {} }],
    [{ ...draft, stamp: 1 }],
    [{ ...draft, runs: null }],
  ])('anything else is none: %j', (value) => {
    expect(asDraft(value)).toBeNull();
  });
});

describe('runs', () => {
  const done = (bytes: number): CellRun => ({
    ...queuedRun('x', 'python', {}, null),
    phase: 'done',
    outcome: 'succeeded',
    blobs: new Map([['d', new Uint8Array(bytes)]]),
  });

  test('a finished run comes back from a draft', () => {
    const run = done(10);
    const stored = storedRuns(new Map([['a', run]]));
    expect(Object.values(stored).map(runFromStored)).toEqual([run]);
  });

  test('runs that are not over are not kept', () => {
    expect(storedRuns(new Map([['a', queuedRun('x', 'python', {}, null)]]))).toEqual({});
  });

  test('bytes are kept up to a bound; what does not fit leaves its outputs', () => {
    const large = 15 * 2 ** 20;
    const stored = storedRuns(
      new Map([
        ['a', done(large)],
        ['b', done(large)],
        ['c', done(10)],
      ]),
    );
    expect(Object.keys(stored['a']?.blobs ?? {})).toHaveLength(1);
    expect(Object.keys(stored['b']?.blobs ?? {})).toHaveLength(0);
    expect(Object.keys(stored['c']?.blobs ?? {})).toHaveLength(1);
  });

  test('a run is stale when source, language or parameters differ', () => {
    const run = done(0);
    expect(isStale(run, 'x', 'python', {})).toBe(false);
    expect(isStale(run, 'x ', 'python', {})).toBe(true);
    expect(isStale(run, 'x', 'javascript', {})).toBe(true);
    expect(isStale(run, 'x', 'python', { n: 1 })).toBe(true);
    expect(isStale({ ...run, phase: 'running' }, 'y', 'python', {})).toBe(false);
  });
});
