/** Instructions of counting code, and the short sequences that every use of a counter is made of. */
import { type CanonicalNan } from './nan.ts';
import { OPCODE } from './opcodes.ts';
import { type BinaryWriter } from './writer.ts';

export const EMPTY_BLOCK_TYPE = 0x40;

export class Sequences {
  readonly out: BinaryWriter;
  /** Offsets in `out` of the branches that are taken once in the life of an instance, if at all. */
  readonly traps: number[] = [];

  constructor(out: BinaryWriter) {
    this.out = out;
  }

  /** Adds a constant, which may be 0 or negative, to an i64 local. */
  addToLocal(index: number, amount: number): void {
    if (amount === 0) return;
    this.localGet(index);
    this.i64Const(amount);
    this.out.byte(OPCODE.i64Add);
    this.localSet(index);
  }

  /** Subtracts a constant from the i64 on top of the stack. */
  subtract(amount: number): void {
    if (amount === 0) return;
    this.i64Const(amount);
    this.out.byte(OPCODE.i64Sub);
  }

  /** Traps where the i64 on top of the stack is negative, after `before`. */
  trapIfNegative(before?: () => void): void {
    this.i64Const(0);
    this.out.byte(OPCODE.i64LtS);
    this.trapIf(before);
  }

  /** Traps where the i32 on top of the stack is not 0, after `before`. */
  trapIf(before?: () => void): void {
    this.traps.push(this.out.size);
    this.out.byte(OPCODE.if);
    this.out.byte(EMPTY_BLOCK_TYPE);
    before?.();
    this.out.byte(OPCODE.unreachable);
    this.out.byte(OPCODE.end);
  }

  /** Traps where the i64 on top of the stack has a bit in common with `bits`, after `before`. */
  trapIfAny(bits: bigint, before?: () => void): void {
    this.out.byte(OPCODE.i64Const);
    this.out.s64(bits);
    this.out.byte(OPCODE.i64And);
    this.i64Const(0);
    this.out.byte(OPCODE.i64Ne);
    this.trapIf(before);
  }

  /** Puts the canonical NaN in the place of any NaN on top of the stack; `local` is of its type. */
  canonicalNan(local: number, { push, equal, choose }: CanonicalNan): void {
    this.localTee(local);
    this.bytes(push);
    this.localGet(local);
    this.localGet(local);
    this.bytes(equal);
    this.bytes(choose);
  }

  private bytes(bytes: readonly number[]): void {
    for (const byte of bytes) this.out.byte(byte);
  }

  call(index: number): void {
    this.out.byte(OPCODE.call);
    this.out.u32(index);
  }

  localGet(index: number): void {
    this.out.byte(OPCODE.localGet);
    this.out.u32(index);
  }

  localSet(index: number): void {
    this.out.byte(OPCODE.localSet);
    this.out.u32(index);
  }

  localTee(index: number): void {
    this.out.byte(OPCODE.localTee);
    this.out.u32(index);
  }

  globalGet(index: number): void {
    this.out.byte(OPCODE.globalGet);
    this.out.u32(index);
  }

  globalSet(index: number): void {
    this.out.byte(OPCODE.globalSet);
    this.out.u32(index);
  }

  i32Const(value: number): void {
    this.out.byte(OPCODE.i32Const);
    this.out.s32(value);
  }

  /** An integer that a double holds exactly. */
  i64Const(value: number): void {
    this.out.byte(OPCODE.i64Const);
    if (value === (value | 0)) this.out.s32(value);
    else this.out.s64(BigInt(value));
  }
}
