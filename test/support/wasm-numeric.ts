/** Numeric instructions for `wasm-interpreter.ts`: integers of both widths, and the conversions between them. */
import { Trap } from './wasm-trap.ts';

type Binary32 = (a: number, b: number) => number;
type Binary64 = (a: bigint, b: bigint) => bigint;

const bool = (value: boolean): number => (value ? 1 : 0);
const s32 = (value: number): number => value | 0;
const s64 = (value: bigint): bigint => BigInt.asIntN(64, value);
const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);

function divisor(b: number | bigint): void {
  if (b === 0 || b === 0n) throw new Trap('divide by zero');
}

/** i32 operations from 0x46, `i32.eq`, to 0x4f, `i32.ge_u`. */
const COMPARE_32: readonly Binary32[] = [
  (a, b) => bool(a === b),
  (a, b) => bool(a !== b),
  (a, b) => bool(a < b),
  (a, b) => bool(a >>> 0 < b >>> 0),
  (a, b) => bool(a > b),
  (a, b) => bool(a >>> 0 > b >>> 0),
  (a, b) => bool(a <= b),
  (a, b) => bool(a >>> 0 <= b >>> 0),
  (a, b) => bool(a >= b),
  (a, b) => bool(a >>> 0 >= b >>> 0),
];

/** i64 operations from 0x51, `i64.eq`, to 0x5a, `i64.ge_u`. */
const COMPARE_64: readonly ((a: bigint, b: bigint) => number)[] = [
  (a, b) => bool(a === b),
  (a, b) => bool(a !== b),
  (a, b) => bool(a < b),
  (a, b) => bool(u64(a) < u64(b)),
  (a, b) => bool(a > b),
  (a, b) => bool(u64(a) > u64(b)),
  (a, b) => bool(a <= b),
  (a, b) => bool(u64(a) <= u64(b)),
  (a, b) => bool(a >= b),
  (a, b) => bool(u64(a) >= u64(b)),
];

/** i32 operations from 0x6a, `i32.add`, to 0x78, `i32.rotr`. */
const ARITHMETIC_32: readonly Binary32[] = [
  (a, b) => a + b,
  (a, b) => a - b,
  (a, b) => Math.imul(a, b),
  (a, b) => {
    divisor(b);
    if (a === -0x8000_0000 && b === -1) throw new Trap('divide result unrepresentable');
    return a / b;
  },
  (a, b) => {
    divisor(b);
    return (a >>> 0) / (b >>> 0);
  },
  (a, b) => {
    divisor(b);
    return a % b;
  },
  (a, b) => {
    divisor(b);
    return (a >>> 0) % (b >>> 0);
  },
  (a, b) => a & b,
  (a, b) => a | b,
  (a, b) => a ^ b,
  (a, b) => a << b,
  (a, b) => a >> b,
  (a, b) => a >>> b,
  (a, b) => (a << b) | (a >>> -b),
  (a, b) => (a >>> b) | (a << -b),
];

/** i64 operations from 0x7c, `i64.add`, to 0x88, `i64.shr_u`. */
const ARITHMETIC_64: readonly Binary64[] = [
  (a, b) => a + b,
  (a, b) => a - b,
  (a, b) => a * b,
  (a, b) => {
    divisor(b);
    if (a === -(1n << 63n) && b === -1n) throw new Trap('divide result unrepresentable');
    return a / b;
  },
  (a, b) => {
    divisor(b);
    return u64(a) / u64(b);
  },
  (a, b) => {
    divisor(b);
    return a % b;
  },
  (a, b) => {
    divisor(b);
    return u64(a) % u64(b);
  },
  (a, b) => a & b,
  (a, b) => a | b,
  (a, b) => a ^ b,
  (a, b) => a << (b & 63n),
  (a, b) => a >> (b & 63n),
  (a, b) => u64(a) >> (b & 63n),
];

export type Numeric = number | bigint;

/** Runs a numeric instruction on the operand stack. Returns false when `opcode` is not one. */
export function runNumeric(opcode: number, pop: () => Numeric, push: (value: Numeric) => void): boolean {
  // The test modules are valid, so operands have the type that the opcode says.
  const pop32 = (): number => pop() as number;
  const pop64 = (): bigint => pop() as bigint;
  const binary32 = (operation: Binary32): void => {
    const b = pop32();
    push(s32(operation(pop32(), b)));
  };
  const compare32 = COMPARE_32[opcode - 0x46];
  const compare64 = COMPARE_64[opcode - 0x51];
  const arithmetic32 = ARITHMETIC_32[opcode - 0x6a];
  const arithmetic64 = ARITHMETIC_64[opcode - 0x7c];
  if (compare32 !== undefined) binary32(compare32);
  else if (arithmetic32 !== undefined) binary32(arithmetic32);
  else if (compare64 !== undefined) {
    const b = pop64();
    push(compare64(pop64(), b));
  } else if (arithmetic64 !== undefined) {
    const b = pop64();
    push(s64(arithmetic64(pop64(), b)));
  } else if (opcode === 0x45) push(bool(pop32() === 0));
  else if (opcode === 0x50) push(bool(pop64() === 0n));
  else if (opcode === 0x67) push(Math.clz32(pop32()));
  else if (opcode === 0xa7) push(Number(BigInt.asIntN(32, pop64())));
  else if (opcode === 0xac) push(BigInt(pop32()));
  else if (opcode === 0xad) push(BigInt(pop32() >>> 0));
  else if (opcode === 0xc0) push((pop32() << 24) >> 24);
  else if (opcode === 0xc1) push((pop32() << 16) >> 16);
  else return false;
  return true;
}
