/** `strftime` of the C locale, for a module whose libc leaves it to its host. The same text as musl's, in UTC. */
import type { CalendarTime } from './calendar.ts';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;
const MONTHS = [
  'January', 'February', 'March', 'April', 'May', 'June',
  'July', 'August', 'September', 'October', 'November', 'December',
] as const; // prettier-ignore

/** What some conversions stand for. */
const COMPOSED: Readonly<Record<string, string>> = {
  c: '%a %b %e %H:%M:%S %Y',
  D: '%m/%d/%y',
  F: '%Y-%m-%d',
  r: '%I:%M:%S %p',
  R: '%H:%M',
  T: '%H:%M:%S',
  x: '%m/%d/%y',
  X: '%H:%M:%S',
};

/** Nobody's year is longer; a wider field is cut to it. */
const MAX_WIDTH = 100;

/** Flag, plus sign, width, modifier and letter of a conversion. */
const CONVERSION = /%([-_0]?)(\+?)(\d*)([EO]?)([^])/g;

interface Piece {
  value: number;
  /** Digits of a number, at least. */
  width: number;
  pad: '0' | ' ';
}

const digits = (value: number, width = 2, pad: Piece['pad'] = '0'): Piece => ({ value, width, pad });

/**
 * @param format bytes as characters from 0 to 255
 * @returns the text in the same form; null where the format has a conversion that C does not know
 */
export function formatTime(format: string, time: CalendarTime): string | null {
  let known = !/%[-_0]?\+?\d*[EO]?$/.test(format.replaceAll('%%', ''));
  const text = format.replace(CONVERSION, (_all, flag: string, _plus, width: string, _modifier, letter: string) => {
    const composed = COMPOSED[letter];
    if (composed !== undefined) return widen(formatTime(composed, time) ?? '', letter, width);
    const piece = convert(letter, time);
    if (piece === null) known = false;
    if (piece === null || typeof piece === 'string') return piece ?? '';
    return widen(numeral(piece, flag), letter, width);
  });
  return known ? text : null;
}

function numeral({ value, width, pad }: Piece, flag: string): string {
  const sign = value < 0 ? '-' : '';
  const bare = String(Math.abs(value));
  if (flag === '-') return sign + bare;
  const filler = flag === '_' ? ' ' : flag === '0' ? '0' : pad;
  return sign + bare.padStart(width - sign.length, filler);
}

/** Only years, centuries and dates have a width. */
function widen(text: string, letter: string, width: string): string {
  return 'CFGY'.includes(letter) && width !== '' ? text.padStart(Math.min(Number(width), MAX_WIDTH), '0') : text;
}

function convert(letter: string, time: CalendarTime): string | Piece | null {
  const year = time.year + 1900;
  switch (letter) {
    case 'a':
      return DAYS[time.weekday]?.slice(0, 3) ?? '-';
    case 'A':
      return DAYS[time.weekday] ?? '-';
    case 'b':
    case 'h':
      return MONTHS[time.month]?.slice(0, 3) ?? '-';
    case 'B':
      return MONTHS[time.month] ?? '-';
    case 'C':
      return digits(Math.floor(year / 100));
    case 'd':
      return digits(time.day);
    case 'e':
      return digits(time.day, 2, ' ');
    case 'g':
      return digits(modulo(weekOfYear(time).year, 100));
    case 'G':
      return digits(weekOfYear(time).year, 4);
    case 'H':
      return digits(time.hour);
    case 'I':
      return digits(time.hour % 12 === 0 ? 12 : time.hour % 12);
    case 'j':
      return digits(time.yearday + 1, 3);
    case 'm':
      return digits(time.month + 1);
    case 'M':
      return digits(time.minute);
    case 'n':
      return '\n';
    case 'p':
      return time.hour >= 12 ? 'PM' : 'AM';
    case 's':
      return digits(secondsSince1970(time), 1);
    case 'S':
      return digits(time.second);
    case 't':
      return '\t';
    case 'u':
      return digits(time.weekday === 0 ? 7 : time.weekday, 1);
    case 'U':
      return digits(Math.floor((time.yearday + 7 - time.weekday) / 7));
    case 'V':
      return digits(weekOfYear(time).week);
    case 'w':
      return digits(time.weekday, 1);
    case 'W':
      return digits(Math.floor((time.yearday + 7 - modulo(time.weekday - 1, 7)) / 7));
    case 'y':
      return digits(modulo(year, 100));
    case 'Y':
      return digits(year, 4);
    case 'z':
      return '+0000';
    case 'Z':
      return 'UTC';
    case '%':
      return '%';
    default:
      return null;
  }
}

/** ISO 8601: a week begins on Monday, and belongs to the year that has its Thursday. */
function weekOfYear({ year, weekday, yearday }: CalendarTime): { year: number; week: number } {
  const monday = yearday - modulo(weekday - 1, 7);
  const thursday = monday + 3;
  const full = year + 1900;
  if (thursday < 0) {
    const before = thursday + daysIn(full - 1);
    return { year: full - 1, week: Math.floor(before / 7) + 1 };
  }
  if (thursday >= daysIn(full)) return { year: full + 1, week: 1 };
  return { year: full, week: Math.floor(thursday / 7) + 1 };
}

function daysIn(year: number): number {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 366 : 365;
}

function secondsSince1970({ year, month, day, hour, minute, second }: CalendarTime): number {
  const at = new Date(0);
  at.setUTCFullYear(year + 1900, month, day);
  at.setUTCHours(hour, minute, second);
  return at.getTime() / 1000;
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
