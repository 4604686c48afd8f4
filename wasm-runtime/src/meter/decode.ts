/**
 * Decodes a function body into flat arrays, one entry per instruction. One decoder serves a whole module, so that the
 * millions of instructions of an interpreter cost no object each.
 */
import { skipHeapType } from './constant-expression.ts';
import { MeterError } from './error.ts';
import { type BodyRange, type ModuleShape } from './module.ts';
import {
  BULK_IMMEDIATES,
  IMMEDIATE,
  OPCODE,
  PLAIN_IMMEDIATES,
  refusedName,
  refusedPrefixedName,
  SIMD_IMMEDIATES,
} from './opcodes.ts';
import { BinaryReader, isValueType } from './reader.ts';

/** Engines refuse a function with more locals (WebAssembly JavaScript interface, implementation limits). */
export const MAXIMUM_LOCALS = 50_000;

/** What matters of a block's type to whoever puts code around a branch: whether it only gives values, or takes some too. */
export const LABEL_TYPE = { empty: 0, gives: 1, takes: 2 } as const;

export class BodyDecoder {
  /** Number of instructions, the final `end` included. */
  count = 0;
  /** Opcode of each instruction; prefixed ones as in `OPCODE`. */
  opcodes = new Uint16Array(1 << 12);
  /** Offset of each instruction in the module, and at `count` the end of the body. */
  offsets = new Int32Array((1 << 12) + 1);
  /**
   * What matters of the immediates: a function, label or global index; for `br_table` the position of its first
   * label in `labels`; for a block a `LABEL_TYPE`.
   */
  operands = new Int32Array(1 << 12);
  /** Labels of the body's `br_table`s, each preceded by how many there are (the default included). */
  labels = new Int32Array(1 << 8);
  /** Parameters and declared locals. */
  localCount = 0;
  /** Groups of declared locals, and the bytes that hold them. */
  localGroupCount = 0;
  localsStart = 0;
  localsEnd = 0;

  private readonly module: ModuleShape;
  private readonly functionCount: number;
  private labelCount = 0;

  constructor(module: ModuleShape) {
    this.module = module;
    this.functionCount = module.importedFunctionCount + module.functionTypes.length;
  }

  /** @throws MeterError at the first instruction that is malformed or not known. */
  decode(range: BodyRange, parameterCount: number): void {
    const reader = new BinaryReader(this.module.bytes, range.start, range.end, 'code section');
    this.readLocals(reader, parameterCount);
    const { none, prefix, unknown } = IMMEDIATE;
    const plain = PLAIN_IMMEDIATES;
    let count = 0;
    this.labelCount = 0;
    while (reader.position < range.end) {
      if (count === this.opcodes.length) this.grow();
      const offset = reader.position;
      const first = reader.byte();
      let opcode = first;
      let immediate = plain[first] ?? unknown;
      if (immediate === prefix) {
        const number = reader.u32();
        immediate = (first === 0xfc ? BULK_IMMEDIATES : SIMD_IMMEDIATES)[number] ?? unknown;
        if (immediate === unknown) refuse(refusedPrefixedName(first, number), offset);
        opcode = (first << 8) | number;
      }
      this.opcodes[count] = opcode;
      this.offsets[count] = offset;
      this.operands[count] = immediate === none ? 0 : this.readImmediate(reader, opcode, immediate, offset);
      count++;
    }
    this.count = count;
    this.offsets[count] = reader.position;
  }

  private readLocals(reader: BinaryReader, parameterCount: number): void {
    const offset = reader.position;
    this.localGroupCount = reader.count();
    this.localsStart = reader.position;
    this.localCount = parameterCount;
    for (let group = 0; group < this.localGroupCount; group++) {
      this.localCount += reader.u32();
      reader.valueType();
      if (this.localCount > MAXIMUM_LOCALS)
        throw new MeterError('TOO_LARGE', 'locals', offset, `more than ${MAXIMUM_LOCALS}`);
    }
    this.localsEnd = reader.position;
  }

  private readImmediate(reader: BinaryReader, opcode: number, immediate: number, offset: number): number {
    switch (immediate) {
      // The first three are most of what there is.
      case IMMEDIATE.local:
        return reader.index(this.localCount, 'local');
      case IMMEDIATE.i32:
        reader.skipSigned(32);
        return 0;
      case IMMEDIATE.memoryArgument:
        skipMemoryArgument(reader);
        return 0;
      case IMMEDIATE.label:
      case IMMEDIATE.index:
        return reader.u32();
      case IMMEDIATE.blockType:
        return this.readBlockType(reader);
      case IMMEDIATE.function:
        return reader.index(this.functionCount, 'function');
      case IMMEDIATE.global:
        return reader.index(this.module.globalCount, 'global');
      case IMMEDIATE.labelTable:
        return this.readLabels(reader);
      case IMMEDIATE.i64:
        reader.skipSigned(64);
        return 0;
      case IMMEDIATE.bytes8:
        reader.skip(8);
        return 0;
      case IMMEDIATE.bytes4:
        reader.skip(4);
        return 0;
      case IMMEDIATE.bytes16:
        reader.skip(16);
        return 0;
      case IMMEDIATE.lane:
        reader.skip(1);
        return 0;
      case IMMEDIATE.memoryArgumentLane:
        skipMemoryArgument(reader);
        reader.skip(1);
        return 0;
      case IMMEDIATE.indirect:
        reader.index(this.module.types.length, 'type');
        reader.u32();
        return 0;
      case IMMEDIATE.twoIndexes:
        reader.u32();
        reader.u32();
        return 0;
      case IMMEDIATE.memory:
        expectFirstMemory(reader);
        return 0;
      case IMMEDIATE.twoMemories:
        expectFirstMemory(reader);
        expectFirstMemory(reader);
        return 0;
      case IMMEDIATE.dataMemory:
        reader.u32();
        expectFirstMemory(reader);
        return 0;
      case IMMEDIATE.valueTypes:
        for (let rest = reader.count(); rest > 0; rest--) reader.valueType();
        return 0;
      case IMMEDIATE.heapType:
        skipHeapType(reader);
        return 0;
      default:
        return refuse(refusedName(opcode), offset);
    }
  }

  private readBlockType(reader: BinaryReader): number {
    const offset = reader.position;
    const first = reader.byte();
    if (first === 0x40) return LABEL_TYPE.empty;
    if (isValueType(first)) return LABEL_TYPE.gives;
    // Otherwise a type index, as a signed integer of 33 bits: a negative one is a type that the meter does not know.
    reader.position = offset;
    reader.skipSigned(33);
    const last = this.module.bytes[reader.position - 1] ?? 0;
    if ((last & 0x40) !== 0) reader.refuse('block type of another proposal', offset);
    reader.position = offset;
    const type = this.module.types[reader.index(this.module.types.length, 'type')];
    if (type === undefined || type.parameterCount > 0) return LABEL_TYPE.takes;
    return type.results.length > 0 ? LABEL_TYPE.gives : LABEL_TYPE.empty;
  }

  private readLabels(reader: BinaryReader): number {
    const position = this.labelCount;
    const count = reader.count() + 1;
    while (position + count >= this.labels.length)
      this.labels = larger(this.labels, new Int32Array(this.labels.length * 2));
    this.labels[position] = count;
    for (let index = 1; index <= count; index++) this.labels[position + index] = reader.u32();
    this.labelCount = position + count + 1;
    return position;
  }

  private grow(): void {
    const capacity = this.opcodes.length * 2;
    this.opcodes = larger(this.opcodes, new Uint16Array(capacity));
    this.offsets = larger(this.offsets, new Int32Array(capacity + 1));
    this.operands = larger(this.operands, new Int32Array(capacity));
  }
}

function larger<T extends Uint8Array | Uint16Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

function refuse(name: string, offset: number): never {
  throw new MeterError('UNSUPPORTED', name, offset, 'not an instruction that the meter counts');
}

function skipMemoryArgument(reader: BinaryReader): void {
  const offset = reader.position;
  // Bit 6 of the alignment announces a memory index.
  if (reader.u32() >= 64) reader.refuse('memory index in a load or store (multi-memory)', offset);
  reader.u32();
}

function expectFirstMemory(reader: BinaryReader): void {
  const offset = reader.position;
  if (reader.u32() !== 0) reader.refuse('memory index other than 0 (multi-memory)', offset);
}

const { block, if: ifOpcode, try: tryOpcode } = OPCODE;

/** Whether an instruction opens a block that an `end` (or `delegate`) closes. */
export function opensBlock(opcode: number): boolean {
  return (opcode >= block && opcode <= ifOpcode) || opcode === tryOpcode;
}
