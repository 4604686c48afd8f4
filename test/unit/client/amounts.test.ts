import { expect, test } from 'vitest';
import { formatBytes, formatDuration, formatExact, formatFuel } from '../../../client/src/kernel/amounts.ts';

test.each([
  [0, '0'],
  [812, '812'],
  [999, '999'],
  [1000, '1.00 k'],
  [12_406_221, '12.4 M'],
  [999_499, '999 k'],
  [999_500, '1.00 M'],
  [1_204_000_000, '1.20 G'],
  [20e9, '20.0 G'],
  [2.5e12, '2.50 T'],
])('%d fuel is %s', (fuel, text) => {
  expect(formatFuel(fuel)).toBe(text);
});

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 kB'],
  [38 * 2 ** 20, '38 MB'],
  [999.6 * 2 ** 20, '1.0 GB'],
  [3 * 2 ** 40, '3072 GB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [420, '0.42 s'],
  [12_100, '12.1 s'],
  [59_960, '60.0 s'],
  [125_000, '2 min 05 s'],
])('%d ms are %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test('all digits, grouped', () => {
  expect(formatExact(12_406_221)).toBe('12,406,221');
});
