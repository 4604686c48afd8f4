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

/** How often a function of two parameters and three locals mends what it computes. */
function mendings(body: string): number {
  const locals = '(param $n i32) (param $p f64) (local $a f64) (local $b f64) (local $c f64)';
  const metered = meterModule(assemble(`(module (memory 1) (func (export "f") ${locals} ${body}))`));
  // The canonical NaN as a constant.
  const constant = [0x44, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f];
  return metered.filter((_, at) => constant.every((byte, index) => metered[at + index] === byte)).length;
}

const turn = '(br_if $l (i32.gt_s (local.tee $n (i32.sub (local.get $n) (i32.const 1))) (i32.const 0)))';
const loop = (inside: string): string => `(loop $l ${inside} ${turn})`;
const sum = (local: string, term = '(f64.load (local.get $n))') => `(f64.add (local.get ${local}) ${term})`;

describe('a value is mended', () => {
  test.each<[string, string, number]>([
    ['once, where it is stored', `(f64.store (i32.const 0) ${sum('$p')})`, 1],
    [
      'never, where it is computed on with another one',
      `(drop (f64.lt (f64.mul ${sum('$p')} ${sum('$p')}) (f64.const 1)))`,
      0,
    ],
    ['where an instruction looks at its bits', `(drop (i64.reinterpret_f64 ${sum('$p')}))`, 1],
    ['where it is dropped after a block', `(drop (block (result f64) ${sum('$p')}))`, 1],
    [
      'behind the loop that it is summed up in',
      `${loop(`(local.set $a ${sum('$a')})`)} (f64.store (i32.const 0) (local.get $a))`,
      1,
    ],
    [
      'in the loop where it is seen there',
      loop(`(local.set $a ${sum('$a')}) (f64.store (i32.const 0) (local.get $a))`),
      1,
    ],
    [
      'where it is written, if it is seen more often',
      `(local.set $a ${sum('$p')}) ${loop('(f64.store (i32.const 0) (local.get $a))')}`,
      1,
    ],
    ['where it is kept and seen at once', loop(`(f64.store (i32.const 0) (local.tee $a ${sum('$a')}))`), 1],
    [
      'where it is written, in a parameter',
      `${loop(`(local.set $p ${sum('$p')})`)} (f64.store (i32.const 0) (local.get $p))`,
      1,
    ],
    ['never, from sum to sum', loop(`(local.set $a ${sum('$a')}) (local.set $b ${sum('$b', '(local.get $a)')})`), 0],
  ])('%s', (_where, body, times) => expect(mendings(body)).toBe(times));

  // A sum that is never made, in a loop, of a local that holds something else.
  const unsummed = (local: string) => loop(`(if (i32.const 0) (then (local.set ${local} ${sum(local)})))`);
  test.each([
    [
      'moved',
      `(local.set $a ${NAN_64}) ${unsummed('$a')} (i64.reinterpret_f64 (local.get $a))`,
      0xfff8_0000_0001_2345n,
    ],
    [
      'a constant',
      `(local.set $a (f64.const nan:0x4)) ${unsummed('$a')} (i64.reinterpret_f64 (local.get $a))`,
      0x7ff0_0000_0000_0004n,
    ],
    ['a parameter', `${unsummed('$p')} (i64.reinterpret_f64 (local.get $p))`, 0xfff8_0000_0001_2345n],
  ])('where it is written, in a local that may hold what was not computed: %s', (_what, body, bits) => {
    const text = `(module (memory 1) (func (export "f") (result i64) (call $g ${NAN_64}))
      (func $g (param $p f64) (result i64) (local $n i32) (local $a f64) ${body}))`;
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(meterModule(assemble(text))));
    // The module exports it so.
    expect(BigInt.asUintN(64, (exports['f'] as () => bigint)())).toBe(bits);
  });
});
