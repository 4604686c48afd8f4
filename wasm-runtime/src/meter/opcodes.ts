/**
 * The instructions the meter knows (WebAssembly 2.0, legacy exceptions, tail calls) and the shape of their immediates.
 * Sources: WebAssembly core specification 2.0, binary format; the exception-handling proposal's legacy text.
 */
import { hexByte } from './error.ts';

/** Opcodes that the meter treats by name. A prefixed opcode is `prefix << 8 | number`. */
export const OPCODE = {
  unreachable: 0x00,
  nop: 0x01,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  try: 0x06,
  catch: 0x07,
  throw: 0x08,
  rethrow: 0x09,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  returnCall: 0x12,
  returnCallIndirect: 0x13,
  delegate: 0x18,
  catchAll: 0x19,
  drop: 0x1a,
  select: 0x1b,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  memoryGrow: 0x40,
  i32Const: 0x41,
  i64Const: 0x42,
  f32Const: 0x43,
  f64Const: 0x44,
  i64Ne: 0x52,
  i64LtS: 0x53,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32Mul: 0x6c,
  i32And: 0x71,
  i64Add: 0x7c,
  i64Sub: 0x7d,
  i64Mul: 0x7e,
  i64And: 0x83,
  i64Or: 0x84,
  i64Shl: 0x86,
  i32WrapI64: 0xa7,
  i64ExtendI32U: 0xad,
  refNull: 0xd0,
  refFunc: 0xd2,
  memoryInit: 0xfc08,
  memoryCopy: 0xfc0a,
  memoryFill: 0xfc0b,
  tableInit: 0xfc0c,
  tableCopy: 0xfc0e,
  tableGrow: 0xfc0f,
  tableFill: 0xfc11,
  v128Const: 0xfd0c,
} as const;

/** What follows an opcode. */
export const IMMEDIATE = {
  none: 0,
  blockType: 1,
  label: 2,
  labelTable: 3,
  local: 4,
  global: 5,
  function: 6,
  /** Type index, table index. */
  indirect: 7,
  /** An index whose range does not matter to the meter: the engine checks it. */
  index: 8,
  twoIndexes: 9,
  /** Memory index: 0, as there is one memory. */
  memory: 10,
  twoMemories: 11,
  /** Data segment, memory index. */
  dataMemory: 12,
  /** Alignment, offset. */
  memoryArgument: 13,
  memoryArgumentLane: 14,
  lane: 15,
  i32: 16,
  i64: 17,
  bytes4: 18,
  bytes8: 19,
  bytes16: 20,
  valueTypes: 21,
  heapType: 22,
  /** A second opcode follows, unsigned LEB128. */
  prefix: 23,
  unknown: 24,
} as const;

type Immediate = (typeof IMMEDIATE)[keyof typeof IMMEDIATE];

function table(
  size: number,
  rows: readonly (readonly [first: number, last: number, immediate: Immediate])[],
): Uint8Array {
  const immediates = new Uint8Array(size).fill(IMMEDIATE.unknown);
  for (const [first, last, immediate] of rows) immediates.fill(immediate, first, last + 1);
  return immediates;
}

/** Immediates by one-byte opcode. */
export const PLAIN_IMMEDIATES = table(256, [
  [0x00, 0x01, IMMEDIATE.none],
  [0x02, 0x04, IMMEDIATE.blockType],
  [0x05, 0x05, IMMEDIATE.none],
  [0x06, 0x06, IMMEDIATE.blockType],
  [0x07, 0x08, IMMEDIATE.index],
  [0x09, 0x09, IMMEDIATE.label],
  [0x0b, 0x0b, IMMEDIATE.none],
  [0x0c, 0x0d, IMMEDIATE.label],
  [0x0e, 0x0e, IMMEDIATE.labelTable],
  [0x0f, 0x0f, IMMEDIATE.none],
  [0x10, 0x10, IMMEDIATE.function],
  [0x11, 0x11, IMMEDIATE.indirect],
  [0x12, 0x12, IMMEDIATE.function],
  [0x13, 0x13, IMMEDIATE.indirect],
  [0x18, 0x18, IMMEDIATE.label],
  [0x19, 0x1b, IMMEDIATE.none],
  [0x1c, 0x1c, IMMEDIATE.valueTypes],
  [0x20, 0x22, IMMEDIATE.local],
  [0x23, 0x24, IMMEDIATE.global],
  [0x25, 0x26, IMMEDIATE.index],
  [0x28, 0x3e, IMMEDIATE.memoryArgument],
  [0x3f, 0x40, IMMEDIATE.memory],
  [0x41, 0x41, IMMEDIATE.i32],
  [0x42, 0x42, IMMEDIATE.i64],
  [0x43, 0x43, IMMEDIATE.bytes4],
  [0x44, 0x44, IMMEDIATE.bytes8],
  [0x45, 0xc4, IMMEDIATE.none],
  [0xd0, 0xd0, IMMEDIATE.heapType],
  [0xd1, 0xd1, IMMEDIATE.none],
  [0xd2, 0xd2, IMMEDIATE.function],
  [0xfc, 0xfd, IMMEDIATE.prefix],
]);

/** Immediates by the number after 0xfc: saturating conversions, bulk memory and tables. */
export const BULK_IMMEDIATES = table(18, [
  [0, 7, IMMEDIATE.none],
  [8, 8, IMMEDIATE.dataMemory],
  [9, 9, IMMEDIATE.index],
  [10, 10, IMMEDIATE.twoMemories],
  [11, 11, IMMEDIATE.memory],
  [12, 12, IMMEDIATE.twoIndexes],
  [13, 13, IMMEDIATE.index],
  [14, 14, IMMEDIATE.twoIndexes],
  [15, 17, IMMEDIATE.index],
]);

/** Immediates by the number after 0xfd: fixed-width SIMD. The gaps are numbers that were never assigned. */
export const SIMD_IMMEDIATES = table(256, [
  [0x00, 0x0b, IMMEDIATE.memoryArgument],
  [0x0c, 0x0d, IMMEDIATE.bytes16],
  [0x0e, 0x14, IMMEDIATE.none],
  [0x15, 0x22, IMMEDIATE.lane],
  [0x23, 0x53, IMMEDIATE.none],
  [0x54, 0x5b, IMMEDIATE.memoryArgumentLane],
  [0x5c, 0x5d, IMMEDIATE.memoryArgument],
  [0x5e, 0xff, IMMEDIATE.none],
  ...(
    [
      0x9a, 0xa2, 0xa5, 0xa6, 0xaf, 0xb0, 0xb2, 0xb3, 0xb4, 0xbb, 0xc2, 0xc5, 0xc6, 0xcf, 0xd0, 0xd2, 0xd3, 0xd4, 0xe2,
      0xee,
    ] as const
  ).map((number) => [number, number, IMMEDIATE.unknown] as const),
]);

/** Opcodes of proposals that the meter does not count, so that a refusal can say which. */
const REFUSED: ReadonlyMap<number, string> = new Map([
  [0x0a, 'throw_ref'],
  [0x14, 'call_ref'],
  [0x15, 'return_call_ref'],
  [0x1f, 'try_table'],
  [0xd3, 'ref.eq'],
  [0xd4, 'ref.as_non_null'],
  [0xd5, 'br_on_null'],
  [0xd6, 'br_on_non_null'],
  [0xfb, 'garbage-collection instruction'],
  [0xfe, 'atomic instruction'],
]);

/** The name to refuse a one-byte opcode by. */
export function refusedName(opcode: number): string {
  return REFUSED.get(opcode) ?? `opcode ${hexByte(opcode)}`;
}

/** The name to refuse a prefixed opcode by. */
export function refusedPrefixedName(prefix: number, number: number): string {
  const family = prefix === 0xfd && number >= 0x100 ? 'relaxed SIMD instruction' : 'opcode';
  return `${family} ${hexByte(prefix)} ${hexByte(number)}`;
}
