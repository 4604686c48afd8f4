/** Constant expressions: initialisers of globals, offsets of segments, elements. Includes extended-const. */
import { MeterError } from './error.ts';
import { OPCODE, refusedName } from './opcodes.ts';
import { type BinaryReader, VALUE_TYPE } from './reader.ts';

const ARITHMETIC: ReadonlySet<number> = new Set([
  OPCODE.i32Add,
  OPCODE.i32Sub,
  OPCODE.i32Mul,
  OPCODE.i64Add,
  OPCODE.i64Sub,
  OPCODE.i64Mul,
]);

/** How many functions and globals a constant expression may name. */
export interface ConstantIndexes {
  readonly functions: number;
  readonly globals: number;
}

/** Passes over a constant expression and its `end`. Types, and other indexes, are the engine's to check. */
export function skipConstantExpression(reader: BinaryReader, { functions, globals }: ConstantIndexes): void {
  for (;;) {
    const offset = reader.position;
    const opcode = reader.byte();
    if (opcode === OPCODE.end) return;
    if (opcode === OPCODE.i32Const) reader.skipSigned(32);
    else if (opcode === OPCODE.i64Const) reader.skipSigned(64);
    else if (opcode === OPCODE.f32Const) reader.skip(4);
    else if (opcode === OPCODE.f64Const) reader.skip(8);
    else if (opcode === OPCODE.globalGet) reader.index(globals, 'global that a constant may name');
    else if (opcode === OPCODE.refFunc) reader.index(functions, 'function');
    else if (opcode === OPCODE.refNull) skipHeapType(reader);
    else if (opcode === OPCODE.v128Const >> 8) skipVectorConstant(reader, offset);
    else if (!ARITHMETIC.has(opcode)) {
      throw new MeterError('UNSUPPORTED', refusedName(opcode), offset, 'not counted in a constant expression');
    }
  }
}

/** `func` or `extern`. */
export function skipHeapType(reader: BinaryReader): void {
  const offset = reader.position;
  const type = reader.byte();
  if (type !== VALUE_TYPE.funcref && type !== VALUE_TYPE.externref)
    reader.refuse('ref.null of another heap type', offset);
}

function skipVectorConstant(reader: BinaryReader, offset: number): void {
  if (reader.u32() !== (OPCODE.v128Const & 0xff))
    reader.refuse('a vector instruction in a constant expression', offset);
  reader.skip(16);
}
