/**
 * Reads a WebAssembly module into trees of instructions, for `wasm-interpreter.ts`. It shares no code with the meter and
 * works another way, so that a mistake of one shows against the other. It trusts its input: tests give it valid modules.
 */

import { SegmentMarker } from './wasm-segments.ts';

export type Constant = number | bigint;

/** Straight-line code: `weight` is what entering it costs. */
export interface Segment {
  weight: number;
}

export interface BlockType {
  readonly parameters: number;
  readonly results: number;
}

export interface Handler {
  /** Tag index; undefined for `catch_all`. */
  readonly tag: number | undefined;
  readonly body: readonly Instruction[];
  segment: Segment | undefined;
}

export type Instruction =
  | {
      readonly kind: 'plain';
      readonly opcode: number;
      readonly operands: readonly Constant[];
      after: Segment | undefined;
    }
  | {
      readonly kind: 'block';
      readonly type: BlockType;
      readonly body: readonly Instruction[];
      after: Segment | undefined;
    }
  | {
      readonly kind: 'loop';
      readonly type: BlockType;
      readonly body: readonly Instruction[];
      header: Segment | undefined;
      /** Whether the accumulator is flushed behind the header, and not where a branch goes back. */
      flushesAtHeader: boolean;
    }
  | {
      readonly kind: 'if';
      readonly type: BlockType;
      readonly consequent: readonly Instruction[];
      readonly alternative: readonly Instruction[] | undefined;
      consequentSegment: Segment | undefined;
      alternativeSegment: Segment | undefined;
      after: Segment | undefined;
    }
  | {
      readonly kind: 'try';
      readonly type: BlockType;
      readonly body: readonly Instruction[];
      readonly handlers: readonly Handler[];
      /** Label of the block that exceptions are handed to. */
      readonly delegate: number | undefined;
      after: Segment | undefined;
    };

export interface FunctionBody {
  readonly type: FunctionType;
  /** Types of the declared locals, one byte each. */
  readonly locals: readonly number[];
  readonly body: readonly Instruction[];
  readonly entry: Segment;
  /** Whether weight lies outside the entry segment. */
  readonly accumulates: boolean;
}

export interface FunctionType {
  readonly parameters: readonly number[];
  readonly results: readonly number[];
}

export interface Module {
  readonly types: readonly FunctionType[];
  readonly imports: readonly { readonly name: string; readonly type: FunctionType }[];
  readonly functions: readonly FunctionBody[];
  readonly tags: readonly FunctionType[];
  readonly memory: { readonly minimum: number; readonly maximum: number } | undefined;
  readonly table: { readonly minimum: number; readonly maximum: number } | undefined;
  readonly globals: readonly Constant[];
  readonly exports: ReadonlyMap<string, { readonly kind: number; readonly index: number }>;
  /** Function indexes; `offset` is undefined for a passive segment. */
  readonly elements: readonly { readonly offset: number | undefined; readonly functions: readonly number[] }[];
  readonly data: readonly { readonly offset: number | undefined; readonly bytes: Uint8Array }[];
}

const EMPTY: FunctionType = { parameters: [], results: [] };

class Reader {
  position = 8;
  private readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
  get done(): boolean {
    return this.position >= this.bytes.length;
  }
  byte(): number {
    const value = this.bytes[this.position++];
    if (value === undefined) throw new Error('the test module ends too early');
    return value;
  }
  take(length: number): Uint8Array {
    const taken = this.bytes.slice(this.position, this.position + length);
    this.position += length;
    return taken;
  }
  unsigned(): number {
    const low = this.byte();
    return low < 0x80 ? low : (low & 0x7f) + 0x80 * this.unsigned();
  }
  signed(): bigint {
    const low = this.byte();
    if (low < 0x80) return BigInt(low < 0x40 ? low : low - 0x80);
    return BigInt(low & 0x7f) + 0x80n * this.signed();
  }
  list<T>(item: () => T): T[] {
    return Array.from({ length: this.unsigned() }, item);
  }
  name(): string {
    return new TextDecoder().decode(this.take(this.unsigned()));
  }
}

export function readTree(bytes: Uint8Array): Module {
  const reader = new Reader(bytes);
  let types: FunctionType[] = [];
  let imports: Module['imports'][number][] = [];
  let declared: number[] = [];
  let functions: FunctionBody[] = [];
  let tags: FunctionType[] = [];
  let memory: Module['memory'];
  let table: Module['table'];
  let globals: Constant[] = [];
  let exports: [string, { kind: number; index: number }][] = [];
  let elements: Module['elements'][number][] = [];
  let data: Module['data'][number][] = [];
  const typeAt = (index: number): FunctionType => types[index] ?? EMPTY;
  const limits = (): { minimum: number; maximum: number } => {
    const bounded = reader.byte() === 1;
    return { minimum: reader.unsigned(), maximum: bounded ? reader.unsigned() : 65_536 };
  };
  const constant = (): Constant => {
    const opcode = reader.byte();
    const value = opcode === 0x41 ? Number(reader.signed()) : reader.signed();
    reader.byte();
    return value;
  };
  while (!reader.done) {
    const id = reader.byte();
    const length = reader.unsigned();
    if (id === 1) {
      types = reader.list(() => {
        reader.byte();
        return { parameters: reader.list(() => reader.byte()), results: reader.list(() => reader.byte()) };
      });
    } else if (id === 2) {
      imports = reader.list(() => {
        reader.name();
        const name = reader.name();
        reader.byte();
        return { name, type: typeAt(reader.unsigned()) };
      });
    } else if (id === 3) declared = reader.list(() => reader.unsigned());
    else if (id === 4) {
      reader.unsigned();
      reader.byte();
      table = limits();
    } else if (id === 5) {
      reader.unsigned();
      memory = limits();
    } else if (id === 6) {
      globals = reader.list(() => {
        reader.take(2);
        return constant();
      });
    } else if (id === 7)
      exports = reader.list(() => [reader.name(), { kind: reader.byte(), index: reader.unsigned() }]);
    else if (id === 9) {
      elements = reader.list(() => {
        const passive = reader.unsigned() === 1;
        const offset = passive ? void reader.byte() : Number(constant());
        return { offset, functions: reader.list(() => reader.unsigned()) };
      });
    } else if (id === 10) {
      let index = 0;
      functions = reader.list(() => {
        reader.unsigned();
        return readFunction(reader, types, typeAt(declared[index++] ?? -1));
      });
    } else if (id === 11) {
      data = reader.list(() => {
        const passive = reader.unsigned() === 1;
        const offset = passive ? undefined : Number(constant());
        return { offset, bytes: reader.take(reader.unsigned()) };
      });
    } else if (id === 13) {
      tags = reader.list(() => {
        reader.byte();
        return typeAt(reader.unsigned());
      });
    } else reader.take(length);
  }
  return { types, imports, functions, tags, memory, table, globals, exports: new Map(exports), elements, data };
}

function readFunction(reader: Reader, types: readonly FunctionType[], type: FunctionType): FunctionBody {
  const locals = reader
    .list(() => ({ count: reader.unsigned(), type: reader.byte() }))
    .flatMap((group) => new Array<number>(group.count).fill(group.type));
  const body = readList(reader, types).list;
  const marker = new SegmentMarker();
  const entry = marker.function(body);
  return { type, locals, body, entry, accumulates: marker.accumulates };
}

/** Reads instructions up to the byte that ends or divides a block. */
function readList(reader: Reader, types: readonly FunctionType[]): { list: Instruction[]; closedBy: number } {
  const list: Instruction[] = [];
  for (;;) {
    const opcode = reader.byte();
    if (opcode === 0x0b || opcode === 0x05 || opcode === 0x07 || opcode === 0x18 || opcode === 0x19) {
      return { list, closedBy: opcode };
    }
    list.push(readInstruction(reader, types, opcode));
  }
}

function readInstruction(reader: Reader, types: readonly FunctionType[], opcode: number): Instruction {
  if (opcode === 0x02) {
    return { kind: 'block', type: readBlockType(reader, types), body: readList(reader, types).list, after: undefined };
  }
  if (opcode === 0x03) {
    const type = readBlockType(reader, types);
    return { kind: 'loop', type, body: readList(reader, types).list, header: undefined, flushesAtHeader: false };
  }
  if (opcode === 0x04) {
    const type = readBlockType(reader, types);
    const consequent = readList(reader, types);
    const alternative = consequent.closedBy === 0x05 ? readList(reader, types).list : undefined;
    const segments = { consequentSegment: undefined, alternativeSegment: undefined, after: undefined };
    return { kind: 'if', type, consequent: consequent.list, alternative, ...segments };
  }
  if (opcode === 0x06) {
    const type = readBlockType(reader, types);
    let part = readList(reader, types);
    const body = part.list;
    const handlers: Handler[] = [];
    while (part.closedBy === 0x07 || part.closedBy === 0x19) {
      const tag = part.closedBy === 0x07 ? reader.unsigned() : undefined;
      part = readList(reader, types);
      handlers.push({ tag, body: part.list, segment: undefined });
    }
    const delegate = part.closedBy === 0x18 ? reader.unsigned() : undefined;
    return { kind: 'try', type, body, handlers, delegate, after: undefined };
  }
  if (opcode === 0xfc || opcode === 0xfd) {
    const number = reader.unsigned();
    return { kind: 'plain', opcode: opcode * 256 + number, operands: bulkOperands(reader, number), after: undefined };
  }
  return { kind: 'plain', opcode, operands: plainOperands(reader, opcode), after: undefined };
}

function readBlockType(reader: Reader, types: readonly FunctionType[]): BlockType {
  const code = Number(reader.signed());
  if (code === -64) return { parameters: 0, results: 0 };
  if (code < 0) return { parameters: 0, results: 1 };
  const type = types[code] ?? EMPTY;
  return { parameters: type.parameters.length, results: type.results.length };
}

function plainOperands(reader: Reader, opcode: number): Constant[] {
  if (opcode === 0x41) return [Number(reader.signed())];
  if (opcode === 0x42) return [reader.signed()];
  if (opcode === 0x0e) {
    const labels = reader.list(() => reader.unsigned());
    return [...labels, reader.unsigned()];
  }
  if (opcode === 0x11 || opcode === 0x13 || (opcode >= 0x28 && opcode <= 0x3e))
    return [reader.unsigned(), reader.unsigned()];
  if (opcode === 0x1c) return reader.list(() => reader.byte());
  const single = [0x08, 0x09, 0x0c, 0x0d, 0x10, 0x12, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x3f, 0x40, 0xd0, 0xd2];
  return single.includes(opcode) ? [reader.unsigned()] : [];
}

function bulkOperands(reader: Reader, number: number): Constant[] {
  if (number < 8) return [];
  if ([8, 10, 12, 14].includes(number)) return [reader.unsigned(), reader.unsigned()];
  return [reader.unsigned()];
}
