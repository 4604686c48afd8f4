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

  it('knows dates far beyond those of ECMAScript', () => {
    // As glibc's gmtime has them.
    expect(toCalendar(1n << 55n)).toEqual({ ...at(1_141_709_097, 5, 13, 6, 26, 8), weekday: 0, yearday: 163 });
    expect(toCalendar(67_768_036_191_676_799n)).toMatchObject({ year: 2 ** 31 - 1 - 1900, month: 11, day: 31 });
  });

  it('is the calendar of ECMAScript where that has one', () => {
    for (let seconds = -8_600_000_000_000; seconds < 8_640_000_000_000; seconds += 12_345_678_901) {
      const date = new Date(seconds * 1000);
      expect(toCalendar(BigInt(seconds))).toEqual({
        ...at(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate(), date.getUTCHours(), date.getUTCMinutes()),
        second: date.getUTCSeconds(),
        weekday: date.getUTCDay(),
        yearday: Math.floor((date.getTime() - new Date(date).setUTCMonth(0, 1)) / 86_400_000),
      });
    }
  });

  it('stays beyond where years end', () => {
    expect(toCalendar(1n << 62n).year).toBe(2 ** 31 - 1 - 1900);
    expect(toCalendar(-(1n << 63n)).year).toBe(-(2 ** 31));
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
