import { describe, expect, test } from 'vitest';
import { interpret, PAIR_MS, type KeyPress, type Waiting } from '../../../client/src/notebook/command-keys.ts';

const press = (key: string, at = 0, marks: Partial<KeyPress> = {}): KeyPress => ({
  key,
  at,
  shiftKey: false,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...marks,
});

test.each([
  ['a', {}, 'add-above'],
  ['b', {}, 'add-below'],
  ['j', {}, 'select-next'],
  ['k', {}, 'select-previous'],
  ['m', {}, 'to-markdown'],
  ['y', {}, 'to-code'],
  ['z', {}, 'undo-delete'],
  ['Enter', {}, 'edit'],
  ['Enter', { shiftKey: true }, 'run-advance'],
  ['Enter', { ctrlKey: true }, 'run'],
  ['Enter', { metaKey: true }, 'run'],
  ['Enter', { altKey: true }, 'run-insert'],
  ['V', { shiftKey: true }, 'paste-above'],
  ['?', { shiftKey: true }, 'shortcuts'],
] as const)('%s %j means %s', (key, marks, action) => {
  expect(interpret(press(key, 0, marks), null)).toEqual({ action, waiting: null });
});

describe('pairs', () => {
  const type = (...keys: [string, number][]) => {
    let waiting: Waiting | null = null;
    let last: string | null = null;
    for (const [key, at] of keys) {
      const result = interpret(press(key, at), waiting);
      waiting = result.waiting;
      last = result.action;
    }
    return last;
  };

  test('two keys of a pair do its action', () => {
    expect(type(['d', 0], ['d', 200])).toBe('delete');
    expect(type(['0', 0], ['0', 200])).toBe('restart');
    expect(type(['i', 0], ['i', 200])).toBe('stop');
  });

  test('one alone, or two that are too far apart, do nothing', () => {
    expect(type(['d', 0])).toBeNull();
    expect(type(['d', 0], ['d', PAIR_MS + 1])).toBeNull();
  });

  test('another key between them breaks the pair', () => {
    expect(type(['d', 0], ['x', 50], ['d', 100])).toBeNull();
  });

  test('a pair does not run on into a third key', () => {
    expect(type(['d', 0], ['d', 50], ['d', 100])).toBeNull();
  });

  test('the second half with a modifier is another key', () => {
    expect(interpret(press('d', 50, { ctrlKey: true }), { key: 'd', at: 0 }).action).toBeNull();
  });
});

test('names of the object prototype are no keys', () => {
  expect(interpret(press('constructor'), null)).toEqual({ action: null, waiting: null });
  expect(interpret(press('__proto__'), null)).toEqual({ action: null, waiting: null });
});
