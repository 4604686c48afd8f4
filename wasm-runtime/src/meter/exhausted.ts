/** The function that a metered module calls before it traps at the entry of a function: the one place that marks the depth as exhausted. */
import { DEPTH_EXHAUSTED, FUEL_UNIT, TOO_DEEP } from './counter.ts';
import { OPCODE } from './opcodes.ts';
import { EMPTY_BLOCK_TYPE, Sequences } from './sequences.ts';
import { BinaryWriter } from './writer.ts';

/** @returns its body, which sets the bits of a negative depth to `DEPTH_EXHAUSTED`, and leaves any other depth */
export function exhaustedBody(counter: number): BinaryWriter {
  const out = new BinaryWriter(64);
  const code = new Sequences(out);
  out.u32(0);
  code.globalGet(counter);
  out.byte(OPCODE.i32WrapI64);
  code.i32Const(TOO_DEEP);
  out.byte(OPCODE.i32And);
  out.byte(OPCODE.if);
  out.byte(EMPTY_BLOCK_TYPE);
  code.globalGet(counter);
  code.i64Const(-FUEL_UNIT);
  out.byte(OPCODE.i64And);
  code.i64Const(DEPTH_EXHAUSTED);
  out.byte(OPCODE.i64Or);
  code.globalSet(counter);
  out.byte(OPCODE.end);
  out.byte(OPCODE.end);
  return out;
}
