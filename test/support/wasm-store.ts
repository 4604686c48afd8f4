/** Memory, table and reference instructions for `wasm-interpreter.ts`. */
import { Trap } from './wasm-trap.ts';
import { type Module } from './wasm-tree.ts';

/** A function reference is the function's index in a box. */
export interface FunctionReference {
  readonly index: number;
}
export type Value = number | bigint | null | FunctionReference;

export const PAGE = 65_536;

/** Bytes that each load or store touches; the tests use those of integers. */
const WIDTHS: ReadonlyMap<number, 1 | 4 | 8> = new Map([
  [0x28, 4],
  [0x29, 8],
  [0x2d, 1],
  [0x36, 4],
  [0x37, 8],
  [0x3a, 1],
]);

export class Store {
  memory: Uint8Array<ArrayBuffer>;
  readonly table: Value[];
  private readonly module: Module;
  private readonly droppedData = new Set<number>();
  private readonly droppedElements = new Set<number>();

  constructor(module: Module) {
    this.module = module;
    this.memory = new Uint8Array((module.memory?.minimum ?? 0) * PAGE);
    this.table = new Array<Value>(module.table?.minimum ?? 0).fill(null);
    for (const [index, { offset, functions }] of module.elements.entries()) {
      if (offset === undefined) continue;
      for (const [at, target] of functions.entries()) this.table[offset + at] = { index: target };
      this.droppedElements.add(index);
    }
    for (const [index, { offset, bytes }] of module.data.entries()) {
      if (offset === undefined) continue;
      this.memory.set(bytes, offset);
      this.droppedData.add(index);
    }
  }

  /** Runs a memory, table or reference instruction. `charge` is told of every bulk length before anything is done. */
  run(
    opcode: number,
    operands: readonly number[],
    pop: () => Value,
    push: (value: Value) => void,
    charge: (amount: number) => void,
  ): void {
    const [first = 0, second = 0] = operands;
    // The test modules are valid, so that operands have the types that instructions ask for.
    const pop32 = (): number => (pop() as number) >>> 0;
    const width = WIDTHS.get(opcode);
    if (width !== undefined) {
      this.access(opcode, width, second, pop, push);
      return;
    }
    switch (opcode) {
      case 0x25:
        push(this.table[this.slot(pop32(), 1)] ?? null);
        return;
      case 0x26: {
        const value = pop();
        this.table[this.slot(pop32(), 1)] = value;
        return;
      }
      case 0x3f:
        push(this.memory.length / PAGE);
        return;
      case 0x40: {
        const pages = pop32();
        charge(pages * PAGE);
        push(this.grow(pages));
        return;
      }
      case 0xd0:
        push(null);
        return;
      case 0xd1:
        push(pop() === null ? 1 : 0);
        return;
      case 0xd2:
        push({ index: first });
        return;
      case 0xfc09:
        this.droppedData.add(first);
        return;
      case 0xfc0d:
        this.droppedElements.add(first);
        return;
      case 0xfc10:
        push(this.table.length);
        return;
      case 0xfc0f: {
        const count = pop32();
        charge(count);
        const value = pop();
        push(this.growTable(count, value));
        return;
      }
      default:
        this.bulk(opcode, first, pop, charge);
    }
  }

  /** Instructions that take a destination, a source or value, and a length. */
  private bulk(opcode: number, segment: number, pop: () => Value, charge: (amount: number) => void): void {
    const length = (pop() as number) >>> 0;
    charge(length);
    const source = pop();
    const from = typeof source === 'number' ? source >>> 0 : 0;
    const to = (pop() as number) >>> 0;
    switch (opcode) {
      case 0xfc08: {
        const bytes = this.droppedData.has(segment)
          ? new Uint8Array(0)
          : (this.module.data[segment]?.bytes ?? new Uint8Array(0));
        if (from + length > bytes.length) throw new Trap('memory access out of bounds');
        this.memory.set(bytes.subarray(from, from + length), this.address(to, length));
        return;
      }
      case 0xfc0a:
        this.memory.copyWithin(this.address(to, length), this.address(from, length), from + length);
        return;
      case 0xfc0b:
        this.memory.fill(from & 0xff, this.address(to, length), to + length);
        return;
      case 0xfc0c: {
        const functions = this.droppedElements.has(segment) ? [] : (this.module.elements[segment]?.functions ?? []);
        if (from + length > functions.length) throw new Trap('table access out of bounds');
        this.slot(to, length);
        for (let at = 0; at < length; at++) this.table[to + at] = { index: functions[from + at] ?? 0 };
        return;
      }
      case 0xfc0e:
        this.slot(to, length);
        this.slot(from, length);
        this.table.copyWithin(to, from, from + length);
        return;
      case 0xfc11:
        this.slot(to, length);
        this.table.fill(source, to, to + length);
        return;
      default:
        throw new Error(`the interpreter does not know opcode ${opcode.toString(16)}`);
    }
  }

  private access(
    opcode: number,
    width: 1 | 4 | 8,
    offset: number,
    pop: () => Value,
    push: (value: Value) => void,
  ): void {
    const stores = opcode >= 0x36;
    const value = stores ? pop() : 0;
    const address = this.address(((pop() as number) >>> 0) + offset, width);
    const view = new DataView(this.memory.buffer);
    if (stores) {
      if (typeof value === 'bigint') view.setBigInt64(address, value, true);
      else if (width === 4) view.setInt32(address, Number(value), true);
      else view.setInt8(address, Number(value));
    } else if (width === 8) push(view.getBigInt64(address, true));
    else push(width === 4 ? view.getInt32(address, true) : view.getUint8(address));
  }

  private address(start: number, length: number): number {
    if (start + length > this.memory.length) throw new Trap('memory access out of bounds');
    return start;
  }

  private slot(start: number, length: number): number {
    if (start + length > this.table.length) throw new Trap('table access out of bounds');
    return start;
  }

  private grow(pages: number): number {
    const before = this.memory.length / PAGE;
    if (before + pages > (this.module.memory?.maximum ?? 0)) return -1;
    const larger = new Uint8Array((before + pages) * PAGE);
    larger.set(this.memory);
    this.memory = larger;
    return before;
  }

  private growTable(count: number, value: Value): number {
    const before = this.table.length;
    if (before + count > (this.module.table?.maximum ?? 0)) return -1;
    for (let at = 0; at < count; at++) this.table.push(value);
    return before;
  }
}
