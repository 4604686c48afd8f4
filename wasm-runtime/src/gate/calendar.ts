/** Times and `struct tm`, in UTC: the guest's time zone is always UTC. */

/** Fields of musl's `struct tm`, in the order and meaning of C. */
export interface CalendarTime {
  second: number;
  minute: number;
  hour: number;
  day: number;
  /** 0–11. */
  month: number;
  /** Years since 1900. */
  year: number;
  weekday: number;
  yearday: number;
}

const DAY_MS = 86_400_000;
const EPOCH: CalendarTime = { second: 0, minute: 0, hour: 0, day: 0, month: 0, year: 0, weekday: 0, yearday: 0 };

/** All zero, which is no date, beyond the ±8.64e12 seconds that ECMAScript's calendar covers: the call has no way to fail. */
export function toCalendar(seconds: bigint): CalendarTime {
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return EPOCH;
  return fromDate(date);
}

/**
 * Seconds since 1970 of a time whose fields may be out of their ranges, as `mktime` allows, and its normal form.
 * `null` when that is beyond ECMAScript's calendar.
 */
export function fromCalendar(time: CalendarTime): { seconds: bigint; normal: CalendarTime } | null {
  // `Date.UTC` takes the years 0 to 99 for 1900 to 1999; the setters do not.
  const date = new Date(0);
  date.setUTCFullYear(time.year + 1900, time.month, time.day);
  date.setUTCHours(time.hour, time.minute, time.second);
  if (Number.isNaN(date.getTime())) return null;
  return { seconds: BigInt(date.getTime() / 1000), normal: fromDate(date) };
}

function fromDate(date: Date): CalendarTime {
  const startOfYear = new Date(0).setUTCFullYear(date.getUTCFullYear());
  return {
    second: date.getUTCSeconds(),
    minute: date.getUTCMinutes(),
    hour: date.getUTCHours(),
    day: date.getUTCDate(),
    month: date.getUTCMonth(),
    year: date.getUTCFullYear() - 1900,
    weekday: date.getUTCDay(),
    yearday: Math.floor((date.getTime() - startOfYear) / DAY_MS),
  };
}
