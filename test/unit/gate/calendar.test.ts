// struct tm, in UTC, against known dates.
import { describe, expect, it } from 'vitest';
import { fromCalendar, toCalendar } from '../../../wasm-runtime/src/gate/calendar.ts';
import type { CalendarTime } from '../../../wasm-runtime/src/gate/calendar.ts';

const at = (year: number, month: number, day: number, hour = 0, minute = 0, second = 0): CalendarTime => ({
  second,
  minute,
  hour,
  day,
  month,
  year: year - 1900,
  weekday: 0,
  yearday: 0,
});

describe('toCalendar', () => {
  it.each([
    [0n, { ...at(1970, 0, 1), weekday: 4, yearday: 0 }],
    [-1n, { ...at(1969, 11, 31, 23, 59, 59), weekday: 3, yearday: 364 }],
    [951_782_400n, { ...at(2000, 1, 29), weekday: 2, yearday: 59 }],
    [4_107_542_399n, { ...at(2100, 1, 28, 23, 59, 59), weekday: 0, yearday: 58 }],
    [1_735_603_200n, { ...at(2024, 11, 31), weekday: 2, yearday: 365 }],
    [-62_135_596_800n, { ...at(1, 0, 1), weekday: 1, yearday: 0 }],
    [253_402_300_799n, { ...at(9999, 11, 31, 23, 59, 59), weekday: 5, yearday: 364 }],
  ])('knows the date of second %d', (seconds, expected) => {
    expect(toCalendar(seconds)).toEqual(expected);
  });

  it('has no date for what is beyond its calendar', () => {
    expect(toCalendar(1n << 62n)).toEqual(at(1900, 0, 0));
    expect(toCalendar(-(1n << 63n))).toEqual(at(1900, 0, 0));
  });
});

describe('fromCalendar', () => {
  it('brings fields into their ranges', () => {
    const made = fromCalendar(at(2024, 0, 31 + 29, 25, -1, 61));
    expect(made?.seconds).toBe(1_709_254_801n);
    expect(made?.normal).toEqual({ ...at(2024, 2, 1, 1, 0, 1), weekday: 5, yearday: 60 });
  });

  it('takes the years 0 to 99 for what they are', () => {
    expect(fromCalendar(at(50, 0, 1))?.seconds).toBe(-60_589_296_000n);
    expect(fromCalendar(at(1, 0, 1))?.seconds).toBe(-62_135_596_800n);
  });

  it('has no second for what is beyond its calendar', () => {
    expect(fromCalendar(at(2_000_000, 0, 1))).toBeNull();
    expect(fromCalendar({ ...at(0, 0, 1), year: 0x7fffffff })).toBeNull();
    expect(fromCalendar({ ...at(0, 0, 1), year: -0x80000000, month: -0x80000000, day: -0x80000000 })).toBeNull();
  });
});
