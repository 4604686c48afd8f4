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

const DAY_SECONDS = 86_400n;
/** Days of 400 years, after which the Gregorian calendar repeats. */
const ERA_DAYS = 146_097;
/** From 0000-03-01, where the arithmetic of leap days is simplest, to 1970-01-01. */
const EPOCH_DAY = 719_468;
/** C's `int` holds years since 1900; a year beyond is none, and stays beyond what CPython's dates have. The call has no way to fail. */
const [FIRST_YEAR, LAST_YEAR] = [-(2 ** 31) + 1900, 2 ** 31 - 1];

/** Of any second that 64 bits hold. After Howard Hinnant, "chrono-compatible low-level date algorithms". */
export function toCalendar(seconds: bigint): CalendarTime {
  let ofDay = Number(seconds % DAY_SECONDS);
  let day = Number(seconds / DAY_SECONDS);
  if (ofDay < 0) {
    ofDay += Number(DAY_SECONDS);
    day -= 1;
  }
  const { year, month, date } = dateOf(day);
  return {
    second: ofDay % 60,
    minute: Math.floor(ofDay / 60) % 60,
    hour: Math.floor(ofDay / 3600),
    day: date,
    month,
    year: Math.min(LAST_YEAR, Math.max(FIRST_YEAR, year)) - 1900,
    weekday: (((day + 4) % 7) + 7) % 7,
    yearday: day - firstDayOf(year),
  };
}

/** @param day since 1970-01-01 */
function dateOf(day: number): { year: number; month: number; date: number } {
  const shifted = day + EPOCH_DAY;
  const era = Math.floor(shifted / ERA_DAYS);
  const ofEra = shifted - era * ERA_DAYS;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  // Years begin in March here, so that the leap day is the last of one.
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * ofYear + 2) / 153);
  const month = (fromMarch + 2) % 12;
  const date = ofYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  return { year: yearOfEra + era * 400 + (month < 2 ? 1 : 0), month, date };
}

/** Day of a year's first of January, since 1970-01-01. */
function firstDayOf(year: number): number {
  const before = year - 1;
  return 365 * (year - 1970) + Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400) - 477;
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
  return { seconds: BigInt(date.getTime() / 1000), normal: toCalendar(BigInt(date.getTime() / 1000)) };
}
