/**
 * How many values an instruction takes from the operand stack and puts there, for those that take and give the same whatever function
 * they are in and go on with the next one. WebAssembly core specification 2.0, validation of instructions.
 */
import { OPCODE } from './opcodes.ts';

type Effect = readonly [pops: number, pushes: number];

/** Plain opcodes, from one to another. */
const RANGES: readonly (readonly [from: number, to: number, effect: Effect])[] = [
  [0x01, 0x01, [0, 0]], // nop
  [OPCODE.drop, OPCODE.drop, [1, 0]],
  [OPCODE.select, OPCODE.select, [3, 1]],
  [OPCODE.localGet, OPCODE.localGet, [0, 1]],
  [OPCODE.localSet, OPCODE.localSet, [1, 0]],
  [OPCODE.localTee, OPCODE.localTee, [1, 1]],
  [OPCODE.globalGet, OPCODE.globalGet, [0, 1]],
  [OPCODE.globalSet, OPCODE.globalSet, [1, 0]],
  [0x28, 0x35, [1, 1]], // loads
  [0x36, 0x3e, [2, 0]], // stores
  [0x3f, 0x3f, [0, 1]], // memory.size
  [OPCODE.i32Const, OPCODE.f64Const, [0, 1]],
  [0x45, 0x45, [1, 1]], // i32.eqz
  [0x46, 0x4f, [2, 1]], // comparisons of i32
  [0x50, 0x50, [1, 1]], // i64.eqz
  [0x51, 0x66, [2, 1]], // comparisons of i64, f32 and f64
  [0x67, 0x69, [1, 1]], // i32.clz, ctz, popcnt
  [0x6a, 0x78, [2, 1]],
  [0x79, 0x7b, [1, 1]], // i64.clz, ctz, popcnt
  [0x7c, 0x8a, [2, 1]],
  [0x8b, 0x91, [1, 1]], // f32.abs to f32.sqrt
  [0x92, 0x98, [2, 1]],
  [0x99, 0x9f, [1, 1]], // f64.abs to f64.sqrt
  [0xa0, 0xa6, [2, 1]],
  [0xa7, 0xc4, [1, 1]], // conversions, reinterpretations, sign extensions
];

const PLAIN: readonly (Effect | undefined)[] = Array.from(
  { length: 0x100 },
  (_, opcode) => RANGES.find(([from, to]) => opcode >= from && opcode <= to)?.[2],
);

/** @returns undefined for an instruction that is not of that kind */
export function stackEffect(opcode: number): Effect | undefined {
  return PLAIN[opcode];
}
