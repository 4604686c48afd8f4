/** Digests hang on the one text of a value: RFC 8785, with its own examples. */
import { describe, expect, it, test } from 'vitest';
import { canonicalJson, jsonDigest } from '../../../wasm-runtime/src/run/digest.ts';

function numberOf(bits: string): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(`0x${bits}`));
  return view.getFloat64(0);
}

describe('the text of a number', () => {
  // Appendix B.
  test.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('%s is %s', (bits, text) => expect(canonicalJson(numberOf(bits))).toBe(text));

  test.each([Number.NaN, Infinity, -Infinity])('%d has none', (value) =>
    expect(() => canonicalJson(value)).toThrow(TypeError),
  );
});

describe('the order of keys', () => {
  // Section 3.2.3: by UTF-16 code units, not by code points and not by any language.
  it('is that of their code units', () => {
    const keys = ['\u20ac', '\r', '\ufb33', '1', '\u{1f600}', '\u0080', '\u00f6'];
    const text = canonicalJson(Object.fromEntries(keys.map((key) => [key, 0])));
    expect(Object.keys(JSON.parse(text) as object)).toEqual([
      '1',
      '\r',
      '\u0080',
      '\u00f6',
      '\u20ac',
      '\u{1f600}',
      '\ufb33',
    ]);
    expect(text.indexOf('\\r')).toBeLessThan(text.indexOf('"1"'));
  });

  it('does not depend on the order in which they were made', () => {
    expect(jsonDigest({ b: [1, { d: 1, c: 2 }], a: null })).toBe(jsonDigest({ a: null, b: [1, { c: 2, d: 1 }] }));
    expect(jsonDigest({ b: [1, { d: 1, c: 2 }], a: null })).not.toBe(jsonDigest({ a: null, b: [{ c: 2, d: 1 }, 1] }));
  });
});
