import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { inTurn } from '../../../client/src/outputs/in-turn.ts';

/** The clock of the page: work says how long it takes. */
let now = 0;
let done: string[] = [];
const work = (name: string, ms: number) => () => {
  now += ms;
  done.push(name);
};

beforeEach(() => {
  now = 0;
  done = [];
  vi.useFakeTimers();
  vi.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => {
  vi.runAllTimers();
  vi.useRealTimers();
});

describe('work on the page', () => {
  test('is done at once while it fits into a slice, and the rest slice by slice in its order', () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) inTurn(work(name, 25));
    expect(done).toEqual(['a', 'b']);
    vi.advanceTimersToNextTimer();
    expect(done).toEqual(['a', 'b', 'c', 'd']);
    vi.advanceTimersToNextTimer();
    expect(done).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('that comes after a pause has a slice of its own', () => {
    inTurn(work('long', 100));
    vi.runAllTimers();
    inTurn(work('next', 1));
    expect(done).toEqual(['long', 'next']);
  });

  test('may make more work, which comes behind what waits already', () => {
    inTurn(work('long', 100));
    inTurn(() => void inTurn(work('made', 1)));
    inTurn(work('waiting', 1));
    vi.runAllTimers();
    expect(done).toEqual(['long', 'waiting', 'made']);
  });

  test('can be taken back until it is done', () => {
    const first = inTurn(work('first', 100));
    const second = inTurn(work('second', 1));
    first();
    second();
    vi.runAllTimers();
    expect(done).toEqual(['first']);
  });

  test('that fails is reported, and does not keep the rest', () => {
    const reported = vi.fn<(error: unknown) => void>();
    vi.stubGlobal('reportError', reported);
    inTurn(work('long', 100));
    inTurn(() => {
      throw new RangeError('one text');
    });
    inTurn(work('other', 1));
    vi.runAllTimers();
    expect(done).toEqual(['long', 'other']);
    expect(reported.mock.calls).toEqual([[new RangeError('one text')]]);
  });
});
