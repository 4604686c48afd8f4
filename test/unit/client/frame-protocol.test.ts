import { expect, test } from 'vitest';
import { HELLO, isHello, MAX_HEIGHT, RateCap, readFromFrame } from '../../../client/src/outputs/frame/protocol.ts';

test('only exact messages are read', () => {
  expect(readFromFrame({ kind: 'height', height: 12 })).toEqual({ kind: 'height', height: 12 });
  expect(isHello(HELLO)).toBe(true);
});

test.each([
  [null],
  ['height'],
  [{}],
  [{ kind: 'height' }],
  [{ kind: 'height', height: '12' }],
  [{ kind: 'height', height: -1 }],
  [{ kind: 'height', height: Number.NaN }],
  [{ kind: 'height', height: MAX_HEIGHT + 1 }],
  [{ kind: 'height', height: 1, more: 1 }],
  [{ kind: 'navigate', height: 1 }],
])('%j is refused', (message) => {
  expect(readFromFrame(message)).toBeNull();
  expect(isHello(message)).toBe(false);
});

test('a frame that talks too much is cut off until the window is over', () => {
  const cap = new RateCap(3, 1000);
  expect([0, 1, 2, 3].map((at) => cap.allows(at))).toEqual([true, true, true, false]);
  expect(cap.allows(1500)).toBe(true);
});
