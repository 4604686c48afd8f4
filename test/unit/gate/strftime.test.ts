/** `strftime` of the C locale. Expected texts are those of the C standard's own words, and of ISO 8601's examples of weeks. */
import { describe, expect, it } from 'vitest';
import { fromCalendar, toCalendar } from '../../../wasm-runtime/src/gate/calendar.ts';
import { formatTime } from '../../../wasm-runtime/src/gate/strftime.ts';

const at = (text: string) => toCalendar(BigInt(Date.parse(text) / 1000));
const format = (pattern: string, text = '2024-02-29T13:05:09Z') => formatTime(pattern, at(text));

describe('formatTime', () => {
  it.each([
    ['%a %A %b %B %h', 'Thu Thursday Feb February Feb'],
    ['%c', 'Thu Feb 29 13:05:09 2024'],
    ['%C %y %Y %G %g', '20 24 2024 2024 24'],
    ['%d %e %j %m', '29 29 060 02'],
    ['%D %F %x', '02/29/24 2024-02-29 02/29/24'],
    ['%H %I %M %S %p', '13 01 05 09 PM'],
    ['%r %R %T %X', '01:05:09 PM 13:05 13:05:09 13:05:09'],
    ['%s %z %Z', '1709211909 +0000 UTC'],
    ['%u %w %U %V %W', '4 4 08 09 09'],
    ['%n%t%%', '\n\t%'],
    ['%Ey %Od', '24 29'],
    ['%-d/%-m/%_H/%0e', '29/2/13/29'],
    ['%6Y', '002024'],
    ['', ''],
    ['x\u00e9', 'x\u00e9'],
  ])('%s', (pattern, expected) => {
    expect(format(pattern)).toBe(expected);
  });

  it.each([
    ['2005-01-01T00:00:00Z', '2004-53'],
    ['2005-12-31T00:00:00Z', '2005-52'],
    ['2008-12-29T00:00:00Z', '2009-01'],
    ['2010-01-03T00:00:00Z', '2009-53'],
    ['2007-01-01T00:00:00Z', '2007-01'],
  ])('the week of %s is %s', (text, expected) => {
    expect(format('%G-%V', text)).toBe(expected);
  });

  it('has midnight as 12 AM, days with a space, and years before 1000 in four digits', () => {
    expect(format('%I %p %e', '2024-03-05T00:00:00Z')).toBe('12 AM  5');
    expect(format('%Y', '0099-03-05T00:00:00Z')).toBe('0099');
  });

  it('tells the seconds of any time as the calendar does', () => {
    for (const text of ['1969-12-31T23:59:59Z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z']) {
      expect(format('%s', text)).toBe(String(fromCalendar(at(text))?.seconds));
    }
  });

  it.each(['%Q', '%', 'a%', '%-', '%10'])('%s is none', (pattern) => {
    expect(format(pattern)).toBeNull();
  });

  it('bounds what a width asks for', () => {
    expect(format('%999999999Y')?.length).toBeLessThan(200);
  });

  it('takes fields that are no day of the week or month', () => {
    expect(formatTime('%a %B', { ...at('2024-01-01T00:00:00Z'), weekday: 9, month: -1 })).toBe('- -');
  });
});
