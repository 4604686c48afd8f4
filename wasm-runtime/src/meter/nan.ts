/**
 * Which instructions make NaNs whose bits WebAssembly leaves open, and where nobody could see them: there is nothing to mend before an
 * instruction that computes on, compares or truncates the value. https://webassembly.github.io/spec/core/exec/numerics.html#nan-propagation
 */
import { OPCODE } from './opcodes.ts';
import { VALUE_TYPE } from './reader.ts';

const [F32_CEIL, F32_MAX, F64_CEIL, F64_MAX] = [0x8d, 0x97, 0x9b, 0xa5];
const [F32_DEMOTE, F64_PROMOTE] = [0xb6, 0xbb];
/** f32.eq to f64.ge. */
const [FIRST_COMPARISON, LAST_COMPARISON] = [0x5b, 0x66];
/** i32.trunc_f32_s to i32.trunc_f64_u, and i64.trunc_f32_s to i64.trunc_f64_u. */
const [I32_TRUNC, I32_TRUNC_LAST, I64_TRUNC, I64_TRUNC_LAST] = [0xa8, 0xab, 0xae, 0xb1];

/** Vector instructions, by the shape of their lanes. pmin and pmax are not among them: they give one of their operands. */
const F32X4_MAKERS = new Set([0x5e, 0x67, 0x68, 0x69, 0x6a, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9]);
const F64X2_MAKERS = new Set([0x5f, 0x74, 0x75, 0x7a, 0x94, 0xef, 0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5]);
const VECTOR_PREFIX = 0xfd;

/** How NaNs of a type are made canonical. */
export interface CanonicalNan {
  /** Value type on the stack. */
  readonly type: number;
  /** Code that pushes the canonical NaN, in every lane. */
  readonly push: readonly number[];
  /** The type's equality, which tells a NaN from all other values, lane by lane. */
  readonly equal: readonly number[];
  /** Takes the first of two values where the equality held, else the second. */
  readonly choose: readonly number[];
}

const PUSH_V128 = [VECTOR_PREFIX, 0x0c];
const F32_BITS = [0, 0, 0xc0, 0x7f];
const F64_BITS = [0, 0, 0, 0, 0, 0, 0xf8, 0x7f];
const BITSELECT = [VECTOR_PREFIX, 0x52];
const F32: CanonicalNan = { type: VALUE_TYPE.f32, push: [0x43, ...F32_BITS], equal: [0x5b], choose: [OPCODE.select] };
const F64: CanonicalNan = { type: VALUE_TYPE.f64, push: [0x44, ...F64_BITS], equal: [0x61], choose: [OPCODE.select] };
const F32X4: CanonicalNan = {
  type: VALUE_TYPE.v128,
  push: [...PUSH_V128, ...F32_BITS, ...F32_BITS, ...F32_BITS, ...F32_BITS],
  equal: [VECTOR_PREFIX, 0x41],
  choose: BITSELECT,
};
const F64X2: CanonicalNan = {
  type: VALUE_TYPE.v128,
  push: [...PUSH_V128, ...F64_BITS, ...F64_BITS],
  equal: [VECTOR_PREFIX, 0x47],
  choose: BITSELECT,
};

/** The NaN that an instruction may make; undefined where its bits are determined. */
export function openNan(opcode: number): CanonicalNan | undefined {
  if ((opcode >= F32_CEIL && opcode <= F32_MAX) || opcode === F32_DEMOTE) return F32;
  if ((opcode >= F64_CEIL && opcode <= F64_MAX) || opcode === F64_PROMOTE) return F64;
  if (opcode >> 8 !== VECTOR_PREFIX) return undefined;
  return F32X4_MAKERS.has(opcode & 0xff) ? F32X4 : F64X2_MAKERS.has(opcode & 0xff) ? F64X2 : undefined;
}

/** Whether an instruction takes such a value from the top of the stack, and does the same for all its NaNs. */
export function hidesNan(nan: CanonicalNan, opcode: number): boolean {
  const next = openNan(opcode);
  // What has a NaN in lanes of one width may have none in lanes of another.
  if (nan.type === VALUE_TYPE.v128) return next === nan;
  return (
    next !== undefined ||
    (opcode >= FIRST_COMPARISON && opcode <= LAST_COMPARISON) ||
    (opcode >= I32_TRUNC && opcode <= I32_TRUNC_LAST) ||
    (opcode >= I64_TRUNC && opcode <= I64_TRUNC_LAST)
  );
}
