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

/** The 64 bits at a lane of a vector, made in compiled code. */
function laneOf(expression: string, lane: 0 | 1): bigint {
  const text = `(module (func (export "f") (param f32 f64) (result i64) (i64x2.extract_lane ${lane} ${expression})))`;
  const instance = new WebAssembly.Instance(new WebAssembly.Module(meterModule(assemble(text))));
  // The module exports it so.
  const call = instance.exports['f'] as (single: number, double: number) => bigint;
  return BigInt.asUintN(64, call(Infinity, Infinity));
}

const LANES_32 = '(v128.const i32x4 0xffc12345 0x3f800000 0x7fa00001 0xff800000)';
const LANES_64 = '(v128.const i64x2 0xfff8000000012345 0x3ff0000000000000)';
const PAIR_32 = (QUIET_32 << 32n) | QUIET_32;
const ONE_64 = 0x3ff0n << 48n;

describe('in the lanes of a vector, a NaN is canonical after', () => {
  test.each(['add', 'sub', 'mul', 'div', 'min', 'max'])('f32x4.%s and f64x2.%s', (name) => {
    const single = `(f32x4.${name} ${LANES_32} (v128.const f32x4 1 nan:0x400001 1 nan))`;
    expect([laneOf(single, 0), laneOf(single, 1)]).toEqual([PAIR_32, PAIR_32]);
    const double = `(f64x2.${name} ${LANES_64} (v128.const f64x2 1 1))`;
    expect(laneOf(double, 0)).toBe(QUIET_64);
    expect(laneOf(double, 1)).not.toBe(QUIET_64);
  });

  test.each(['sqrt', 'ceil', 'floor', 'trunc', 'nearest'])('f32x4.%s and f64x2.%s', (name) => {
    expect(laneOf(`(f32x4.${name} ${LANES_32})`, 0)).toBe((0x3f80_0000n << 32n) | QUIET_32);
    const double = `(f64x2.${name} ${LANES_64})`;
    expect([laneOf(double, 0), laneOf(double, 1)]).toEqual([QUIET_64, ONE_64]);
  });

  test('changing the width, and instructions in a row, of lanes of one width or of two', () => {
    expect(laneOf(`(f32x4.demote_f64x2_zero ${LANES_64})`, 0)).toBe((0x3f80_0000n << 32n) | QUIET_32);
    expect(laneOf(`(f64x2.promote_low_f32x4 ${LANES_32})`, 0)).toBe(QUIET_64);
    const sum = `(f32x4.add ${LANES_32} (v128.const f32x4 1 1 1 1))`;
    expect(laneOf(`(f32x4.mul ${sum} (v128.const f32x4 1 1 1 1))`, 0)).toBe((0x4000_0000n << 32n) | QUIET_32);
    // As doubles they are ordinary numbers, so what the first instruction gave is seen.
    expect(laneOf(`(f64x2.add ${sum} (v128.const f64x2 0 0))`, 0)).toBe((0x4000_0000n << 32n) | QUIET_32);
  });

  test.each(['pmin', 'pmax'])('nothing: %s gives one of its operands as it is', (name) => {
    expect(laneOf(`(f64x2.${name} ${LANES_64} (v128.const f64x2 1 1))`, 0)).toBe(0xfff8_0000_0001_2345n);
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
