import { describe, expect, test } from 'vitest';
import { matching } from '../../../client/src/shell/match.ts';
import { addressOf, parsePlace } from '../../../client/src/shell/places.ts';
import { pollDelay } from '../../../client/src/trust/poll.ts';

describe('addresses', () => {
  test.each([
    ['/', '', { kind: 'scratch' }],
    ['/d/0192-ab', '', { kind: 'document', id: '0192-ab', revisionId: null }],
    ['/d/0192-ab/', '?revision=r1', { kind: 'document', id: '0192-ab', revisionId: 'r1' }],
    ['/d/0192-ab', '?revision=<script>', { kind: 'document', id: '0192-ab', revisionId: null }],
    ['/d/../x', '', { kind: 'unknown' }],
    ['/other', '', { kind: 'unknown' }],
  ] as const)('%s%s', (path, query, place) => {
    expect(parsePlace(path, query)).toEqual(place);
  });

  test('an address leads back to its place', () => {
    const place = { kind: 'document', id: 'd1', revisionId: 'r1' } as const;
    const [path = '', query = ''] = addressOf(place).split('?');
    expect(parsePlace(path, query)).toEqual(place);
  });
});

describe('finding an action', () => {
  const names = ['Restart and run all', 'Run all cells', 'Run cell', 'Save'];
  const find = (query: string) => matching(names, query, (name) => name);

  test('nothing typed lists everything in order', () => expect(find(' ')).toEqual(names));
  test('names that begin with it come first', () =>
    expect(find('run')).toEqual(['Run all cells', 'Run cell', 'Restart and run all']));
  test('all words must be there', () => expect(find('run all')).toEqual(['Run all cells', 'Restart and run all']));
  test('nothing matches', () => expect(find('xyz')).toEqual([]));
});

test('polling slows down, and ends', () => {
  const delays = Array.from({ length: 400 }, (_, attempt) => pollDelay(attempt));
  const asked = delays.filter((delay) => delay !== null);
  expect(delays[0]).toBe(400);
  expect(Math.max(...asked)).toBe(5000);
  expect(delays.at(-1)).toBeNull();
  expect(asked.reduce((sum, delay) => sum + delay, 0)).toBeLessThanOrEqual(10 * 60_000 + 5000);
  expect(asked.length).toBeLessThan(130);
});
