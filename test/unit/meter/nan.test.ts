/** NaNs that instructions make are canonical wherever their bits can be seen; all other values pass unchanged. */
import { describe, expect, test } from 'vitest';
import { meterModule } from '../../../wasm-runtime/src/meter/index.ts';
import { assemble } from '../../support/wasm-text.ts';

const QUIET_32 = 0x7fc0_0000n;
const QUIET_64 = 0x7ff8_0000_0000_0000n;
/** Quiet NaNs with payloads and signs of their own. */
const NAN_32 = '(f32.reinterpret_i32 (i32.const 0xffc12345))';
const NAN_64 = '(f64.reinterpret_i64 (i64.const 0xfff8000000012345))';

/** The bits of a value, made in compiled code. */
function bitsOf(expression: string, type: 'f32' | 'f64'): bigint {
  const [integer, reinterpret] = type === 'f32' ? ['i32', 'i32.reinterpret_f32'] : ['i64', 'i64.reinterpret_f64'];
  const text = `(module (func (export "f") (param f32 f64) (result ${integer}) (${reinterpret} ${expression})))`;
  const instance = new WebAssembly.Instance(new WebAssembly.Module(meterModule(assemble(text))));
  // The module exports it so.
  const call = instance.exports['f'] as (single: number, double: number) => number | bigint;
  const bits = call(Infinity, Infinity);
  return typeof bits === 'bigint' ? BigInt.asUintN(64, bits) : BigInt(bits >>> 0);
}

describe('a NaN is canonical after', () => {
  test.each(['add', 'sub', 'mul', 'div', 'min', 'max'])('f32.%s and f64.%s of two NaNs', (name) => {
    expect(bitsOf(`(f32.${name} ${NAN_32} ${NAN_32})`, 'f32')).toBe(QUIET_32);
    expect(bitsOf(`(f64.${name} ${NAN_64} ${NAN_64})`, 'f64')).toBe(QUIET_64);
  });

  test.each(['sqrt', 'ceil', 'floor', 'trunc', 'nearest'])('f32.%s and f64.%s of a NaN', (name) => {
    expect(bitsOf(`(f32.${name} ${NAN_32})`, 'f32')).toBe(QUIET_32);
    expect(bitsOf(`(f64.${name} ${NAN_64})`, 'f64')).toBe(QUIET_64);
  });

  test('changing the width, and of infinities', () => {
    expect(bitsOf(`(f32.demote_f64 ${NAN_64})`, 'f32')).toBe(QUIET_32);
    expect(bitsOf(`(f64.promote_f32 ${NAN_32})`, 'f64')).toBe(QUIET_64);
    expect(bitsOf('(f32.sub (local.get 0) (local.get 0))', 'f32')).toBe(QUIET_32);
    expect(bitsOf('(f64.sub (local.get 1) (local.get 1))', 'f64')).toBe(QUIET_64);
  });

  test('several instructions in a row, and before those that look at the sign', () => {
    expect(bitsOf(`(f64.add (f64.mul ${NAN_64} ${NAN_64}) (f64.sqrt ${NAN_64}))`, 'f64')).toBe(QUIET_64);
    expect(bitsOf('(f64.neg (f64.sub (local.get 1) (local.get 1)))', 'f64')).toBe(QUIET_64 | (1n << 63n));
    expect(bitsOf('(f64.copysign (f64.const 1) (f64.sub (local.get 1) (local.get 1)))', 'f64')).toBe(0x3ff0n << 48n);
  });
});

describe('other bits pass:', () => {
  test.each<[string, string, 'f32' | 'f64', bigint]>([
    ['a NaN that is only moved', NAN_64, 'f64', 0xfff8_0000_0001_2345n],
    ['a NaN whose sign is changed', `(f32.neg ${NAN_32})`, 'f32', 0x7fc1_2345n],
    ['minus zero', '(f64.mul (f64.const -1) (f64.const 0))', 'f64', 1n << 63n],
    ['an infinity', '(f32.add (local.get 0) (f32.const 1))', 'f32', 0x7f80_0000n],
    ['a subnormal number', '(f64.add (f64.const 0x1p-1074) (f64.const 0))', 'f64', 1n],
  ])('%s', (_what, expression, type, bits) => expect(bitsOf(expression, type)).toBe(bits));
});
