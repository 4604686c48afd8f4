/** JSON from strangers. */
import { describe, expect, it } from 'vitest';
import { Problem } from '../../../server/src/errors.ts';
import { MAXIMUM_DEPTH, parseJson } from '../../../server/src/http/json.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const codeOf = (text: string | Uint8Array): string => {
  try {
    parseJson(typeof text === 'string' ? bytes(text) : text);
    return 'accepted';
  } catch (error) {
    return error instanceof Problem ? error.code : String(error);
  }
};

describe('JSON', () => {
  it.each([
    'null',
    '0',
    '""',
    '[]',
    '{}',
    '{"a":[1,{"b":"\\u00e9"}]}',
    ' \n{"a":1}\t',
    '"\\ud83d\\ude00"',
    '1e308',
    '-0',
  ])('accepts %s', (text) => {
    expect(codeOf(text)).toBe('accepted');
  });

  it.each([
    '',
    'undefined',
    "{'a':1}",
    '{"a":1,}',
    '[1,]',
    '01',
    '+1',
    '.5',
    '0x10',
    'Infinity',
    '"\t"',
    '"\\ud800"',
    '["\\udc00x"]',
    '{"\\ud800":1}',
    '1e309',
    '{"__proto__":{}}',
    '[{"a":{"__proto__":1}}]',
  ])('refuses %s', (text) => {
    expect(codeOf(text)).toBe('bad_json');
  });

  it('refuses what is not UTF-8', () => {
    expect(codeOf(new Uint8Array([0x22, 0xc3, 0x28, 0x22]))).toBe('bad_json');
    expect(codeOf(new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]))).toBe('bad_json');
    expect(codeOf(new Uint8Array([0xef, 0xbb, 0xbf, 0x7b, 0x7d]))).toBe('bad_json');
  });

  it('refuses nesting, however deep, without running out of stack', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(codeOf(nested(MAXIMUM_DEPTH))).toBe('accepted');
    expect(codeOf(nested(MAXIMUM_DEPTH + 2))).toBe('bad_json');
    expect(codeOf(nested(500_000))).toBe('bad_json');
    expect(codeOf('{"a":'.repeat(500_000))).toBe('bad_json');
  });
});
