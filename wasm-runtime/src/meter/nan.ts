/**
 * Which instructions make NaNs whose bits WebAssembly leaves open, and where nobody could see them: there is nothing to mend before an
 * instruction that computes on, compares or truncates the value. https://webassembly.github.io/spec/core/exec/numerics.html#nan-propagation
 */
import { VALUE_TYPE } from './reader.ts';

const [F32_CEIL, F32_MAX, F64_CEIL, F64_MAX] = [0x8d, 0x97, 0x9b, 0xa5];
const [F32_DEMOTE, F64_PROMOTE] = [0xb6, 0xbb];
/** f32.eq to f64.ge. */
const [FIRST_COMPARISON, LAST_COMPARISON] = [0x5b, 0x66];
/** i32.trunc_f32_s to i32.trunc_f64_u, and i64.trunc_f32_s to i64.trunc_f64_u. */
const [I32_TRUNC, I32_TRUNC_LAST, I64_TRUNC, I64_TRUNC_LAST] = [0xa8, 0xab, 0xae, 0xb1];

/** Code that pushes the canonical NaN of a type, and the type's equality, which tells a NaN from all other values. */
export interface CanonicalNan {
  readonly push: readonly number[];
  readonly equal: number;
}
export const CANONICAL_F32: CanonicalNan = { push: [0x43, 0, 0, 0xc0, 0x7f], equal: 0x5b };
export const CANONICAL_F64: CanonicalNan = { push: [0x44, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f], equal: 0x61 };

/** The type of the NaN that an instruction may make; undefined where its bits are determined. */
export function openNan(opcode: number): number | undefined {
  if ((opcode >= F32_CEIL && opcode <= F32_MAX) || opcode === F32_DEMOTE) return VALUE_TYPE.f32;
  if ((opcode >= F64_CEIL && opcode <= F64_MAX) || opcode === F64_PROMOTE) return VALUE_TYPE.f64;
  return undefined;
}

/** Whether an instruction takes the value on top of the stack, and does the same for all NaNs. */
export function hidesNan(opcode: number): boolean {
  return (
    openNan(opcode) !== undefined ||
    (opcode >= FIRST_COMPARISON && opcode <= LAST_COMPARISON) ||
    (opcode >= I32_TRUNC && opcode <= I32_TRUNC_LAST) ||
    (opcode >= I64_TRUNC && opcode <= I64_TRUNC_LAST)
  );
}
