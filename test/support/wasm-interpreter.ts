/**
 * A small interpreter of WebAssembly that counts fuel and depth by the rules written in `wasm-runtime/src/meter/cost.ts`.
 * It runs the module as it is; the tests compare it with an engine that runs the module as metered.
 */
import { runNumeric } from './wasm-numeric.ts';
import { Store, type Value } from './wasm-store.ts';
import { Delegated, TaggedException, Trap } from './wasm-trap.ts';
import {
  type BlockType,
  type FunctionBody,
  type FunctionType,
  type Instruction,
  type Module,
  readTree,
  type Segment,
} from './wasm-tree.ts';

export type HostFunction = (...values: Value[]) => Value | undefined;

export interface InterpreterOptions {
  readonly fuel: bigint;
  readonly depth: number;
  readonly imports?: Readonly<Record<string, HostFunction>>;
  /** Whether a call of the defined function of this number counts depth. */
  readonly countsDepth?: (definedFunction: number) => boolean;
  /** Whether it compares the counter when it is left. */
  readonly looksAtExit?: (definedFunction: number) => boolean;
}

/** Where control goes after an instruction: on (undefined), to the label so many blocks out, or out of the function. */
type Signal = undefined | number | 'return' | TailCall;

interface TailCall {
  readonly index: number;
  readonly values: Value[];
}

interface Frame {
  readonly body: FunctionBody;
  readonly counted: boolean;
  /** Frames that may still be entered once this one is. */
  readonly depthInside: number;
  readonly locals: Value[];
  readonly stack: Value[];
  accumulator: bigint;
  /** For each open block, the exception that its handler caught. */
  readonly caught: unknown[];
}

/** What depth becomes when a call would make it negative. */
const EXHAUSTED = -2048;

export class Interpreter {
  readonly module: Module;
  readonly store: Store;
  readonly globals: Value[];
  fuel: bigint;
  depth: number;
  private readonly options: InterpreterOptions;

  constructor(bytes: Uint8Array, options: InterpreterOptions) {
    this.module = readTree(bytes);
    this.store = new Store(this.module);
    this.globals = [...this.module.globals];
    this.fuel = options.fuel;
    this.depth = options.depth;
    this.options = options;
  }

  /** Calls an exported function. @throws Trap, TaggedException, or what an import threw */
  invoke(name: string, ...values: Value[]): Value[] {
    const exported = this.module.exports.get(name);
    if (exported === undefined) throw new Error(`no export ${name}`);
    return this.call(exported.index, values);
  }

  private call(index: number, values: Value[]): Value[] {
    for (let next: TailCall = { index, values }; ;) {
      const imported = this.module.imports[next.index];
      if (imported !== undefined) {
        const result = this.options.imports?.[imported.name]?.(...next.values);
        return result === undefined ? [] : [result];
      }
      const result = this.callDefined(next.index - this.module.imports.length, next.values);
      if (Array.isArray(result)) return result;
      next = result;
    }
  }

  private callDefined(number: number, values: readonly Value[]): Value[] | TailCall {
    const body = this.module.functions[number];
    if (body === undefined) throw new Error(`no function ${number}`);
    const counted = this.options.countsDepth?.(number) ?? false;
    if (!body.accumulates) this.fuel -= BigInt(body.entry.weight);
    if (counted) this.enterCounted();
    const zeros = body.locals.map((type) => (type === 0x7e ? 0n : type === 0x70 ? null : 0));
    const locals = [...values, ...zeros];
    const frame: Frame = { body, counted, depthInside: this.depth, locals, stack: [], accumulator: 0n, caught: [] };
    if (body.accumulates) frame.accumulator = BigInt(body.entry.weight);
    const arity = body.type.results.length;
    const signal = this.enclosed(frame, { parameters: 0, results: arity }, () => this.run(frame, body.body));
    if (typeof signal === 'object') return signal;
    this.leave(frame, this.options.looksAtExit?.(number) ?? false);
    return frame.stack.splice(frame.stack.length - arity, arity);
  }

  private enterCounted(): void {
    this.depth = this.depth < 1 ? EXHAUSTED : this.depth - 1;
    if (this.depth < 0) throw new Trap('depth');
    this.expectFuel();
  }

  private expectFuel(): void {
    if (this.fuel < 0n) throw new Trap('fuel');
  }

  /** What a bulk operation costs besides its weight. */
  private charge(amount: bigint): void {
    if (this.fuel < amount) {
      this.fuel = -1n;
      throw new Trap('fuel');
    }
    this.fuel -= amount;
  }

  private flush(frame: Frame): void {
    if (!frame.body.accumulates) return;
    this.take(frame);
    this.expectFuel();
  }

  private take(frame: Frame): void {
    this.fuel -= frame.accumulator;
    frame.accumulator = 0n;
  }

  private leave(frame: Frame, looks: boolean): void {
    this.take(frame);
    if (frame.counted) this.depth += 1;
    if (looks) this.expectFuel();
  }

  /** Where frames above this one may have been unwound. */
  private restoreDepth(frame: Frame): void {
    if (this.depth < 0) throw new Trap('depth');
    this.expectFuel();
    this.depth = frame.depthInside;
  }

  private run(frame: Frame, instructions: readonly Instruction[]): Signal {
    for (const instruction of instructions) {
      const signal = this.step(frame, instruction);
      if (signal !== undefined) return signal;
    }
    return undefined;
  }

  /** Runs what a label encloses; a branch to the label ends it with the block's results alone on the stack. */
  private enclosed(frame: Frame, type: BlockType, run: () => Signal): Signal {
    const height = frame.stack.length - type.parameters;
    frame.caught.push(undefined);
    try {
      const signal = run();
      if (signal === 0) this.keep(frame, height, type.results);
      return typeof signal === 'number' ? (signal === 0 ? undefined : signal - 1) : signal;
    } catch (error) {
      if (!(error instanceof Delegated)) throw error;
      if (error.label === 0) throw error.thrown;
      throw new Delegated(error.thrown, error.label - 1);
    } finally {
      frame.caught.pop();
    }
  }

  /** Keeps the topmost values and drops those below them down to a height. */
  private keep(frame: Frame, height: number, count: number): void {
    const kept = frame.stack.splice(frame.stack.length - count, count);
    frame.stack.length = height;
    frame.stack.push(...kept);
  }

  private enter(frame: Frame, segment: Segment | undefined): void {
    if (segment !== undefined) frame.accumulator += BigInt(segment.weight);
  }

  private step(frame: Frame, instruction: Instruction): Signal {
    switch (instruction.kind) {
      case 'plain':
        return this.plain(frame, instruction);
      case 'block': {
        const signal = this.enclosed(frame, instruction.type, () => this.run(frame, instruction.body));
        if (signal === undefined) this.enter(frame, instruction.after);
        return signal;
      }
      case 'loop':
        return this.loop(frame, instruction);
      case 'if': {
        const condition = this.pop32(frame) !== 0;
        const signal = this.enclosed(frame, instruction.type, () => {
          this.enter(frame, condition ? instruction.consequentSegment : instruction.alternativeSegment);
          return this.run(frame, condition ? instruction.consequent : (instruction.alternative ?? []));
        });
        if (signal === undefined) this.enter(frame, instruction.after);
        return signal;
      }
      case 'try': {
        const signal = this.try(frame, instruction);
        if (signal === undefined) this.enter(frame, instruction.after);
        return signal;
      }
    }
  }

  private loop(frame: Frame, instruction: Instruction & { readonly kind: 'loop' }): Signal {
    const { parameters, results } = instruction.type;
    const height = frame.stack.length - parameters;
    for (;;) {
      this.enter(frame, instruction.header);
      if (instruction.flushesAtHeader) this.flush(frame);
      let again = false;
      const signal = this.enclosed(frame, { parameters, results }, () => {
        const inner = this.run(frame, instruction.body);
        again = inner === 0;
        return again ? undefined : inner;
      });
      if (!again) return signal;
      if (!instruction.flushesAtHeader) this.flush(frame);
      this.keep(frame, height, parameters);
    }
  }

  private try(frame: Frame, instruction: Instruction & { readonly kind: 'try' }): Signal {
    const height = frame.stack.length - instruction.type.parameters;
    const { delegate } = instruction;
    let escaping: Delegated | undefined;
    const signal = this.enclosed(frame, instruction.type, () => {
      try {
        return this.run(frame, instruction.body);
      } catch (error) {
        if (error instanceof Delegated && error.label > 0) throw error;
        const thrown: unknown = error instanceof Delegated ? error.thrown : error;
        if (thrown instanceof Trap) throw thrown;
        if (delegate !== undefined) {
          escaping = new Delegated(thrown, delegate);
          return undefined;
        }
        return this.handle(frame, instruction, height, thrown);
      }
    });
    // Only here is the try's own label out of the count.
    if (escaping !== undefined) throw escaping;
    return signal;
  }

  private handle(
    frame: Frame,
    instruction: Instruction & { readonly kind: 'try' },
    height: number,
    thrown: unknown,
  ): Signal {
    const tag = thrown instanceof TaggedException ? thrown.tag : undefined;
    const handler = instruction.handlers.find((each) => each.tag === undefined || each.tag === tag);
    if (handler === undefined) throw thrown;
    frame.stack.length = height;
    // A tagged exception carries the values that its `throw` popped.
    if (handler.tag !== undefined && thrown instanceof TaggedException) frame.stack.push(...(thrown.values as Value[]));
    frame.caught[frame.caught.length - 1] = thrown;
    this.restoreDepth(frame);
    this.enter(frame, handler.segment);
    return this.run(frame, handler.body);
  }

  private pop(frame: Frame): Value {
    const value = frame.stack.pop();
    if (value === undefined) throw new Error('operand stack underflow: the test module is not valid');
    return value;
  }

  // The test modules are valid, so that operands have the types that instructions ask for.
  private pop32(frame: Frame): number {
    return this.pop(frame) as number;
  }

  private popAll(frame: Frame, count: number): Value[] {
    return frame.stack.splice(frame.stack.length - count, count);
  }

  private plain(frame: Frame, instruction: Instruction & { readonly kind: 'plain' }): Signal {
    const { opcode } = instruction;
    const { stack, locals } = frame;
    const first = Number(instruction.operands[0] ?? 0);
    const pop = (): number | bigint => this.pop(frame) as number | bigint;
    if (runNumeric(opcode, pop, (value) => stack.push(value))) return undefined;
    switch (opcode) {
      case 0x00:
        throw new Trap('unreachable');
      case 0x01:
        break;
      case 0x08:
        this.flush(frame);
        throw new TaggedException(first, this.popAll(frame, this.module.tags[first]?.parameters.length ?? 0));
      case 0x09:
        this.flush(frame);
        throw frame.caught.at(-1 - first);
      case 0x0c:
        return first;
      case 0x0d:
        if (this.pop32(frame) !== 0) return first;
        this.enter(frame, instruction.after);
        break;
      case 0x0e: {
        const labels = instruction.operands;
        return Number(labels[Math.min(this.pop32(frame) >>> 0, labels.length - 1)] ?? 0);
      }
      case 0x0f:
        this.keep(frame, 0, frame.body.type.results.length);
        return 'return';
      case 0x10:
        stack.push(...this.call(first, this.popAll(frame, this.typeOf(first).parameters.length)));
        if (first < this.module.imports.length) this.restoreDepth(frame);
        break;
      case 0x11: {
        const at = this.pop32(frame);
        const values = this.popAll(frame, this.module.types[first]?.parameters.length ?? 0);
        stack.push(...this.call(this.indirect(at, first), values));
        break;
      }
      case 0x12: {
        const values = this.popAll(frame, this.typeOf(first).parameters.length);
        this.leave(frame, true);
        return { index: first, values };
      }
      case 0x13: {
        const at = this.pop32(frame);
        const values = this.popAll(frame, this.module.types[first]?.parameters.length ?? 0);
        this.leave(frame, true);
        return { index: this.indirect(at, first), values };
      }
      case 0x1a:
        this.pop(frame);
        break;
      case 0x1b:
      case 0x1c: {
        const condition = this.pop32(frame);
        const [whenTrue = null, whenFalse = null] = this.popAll(frame, 2);
        stack.push(condition !== 0 ? whenTrue : whenFalse);
        break;
      }
      case 0x20:
        stack.push(locals[first] ?? null);
        break;
      case 0x21:
        locals[first] = this.pop(frame);
        break;
      case 0x22:
        locals[first] = stack.at(-1) ?? null;
        break;
      case 0x23:
        stack.push(this.globals[first] ?? null);
        break;
      case 0x24:
        this.globals[first] = this.pop(frame);
        break;
      case 0x41:
      case 0x42:
        stack.push(instruction.operands[0] ?? 0);
        break;
      default:
        this.store.run(
          opcode,
          instruction.operands.map(Number),
          () => this.pop(frame),
          (value) => stack.push(value),
          (amount) => this.charge(BigInt(amount)),
        );
    }
    return undefined;
  }

  private typeOf(index: number): FunctionType {
    const defined = this.module.functions[index - this.module.imports.length];
    const type = this.module.imports[index]?.type ?? defined?.type;
    if (type === undefined) throw new Error(`no function ${index}`);
    return type;
  }

  private indirect(at: number, typeIndex: number): number {
    const reference = this.store.table[at >>> 0];
    if (reference === undefined) throw new Trap('table access out of bounds');
    const expected = JSON.stringify(this.module.types[typeIndex]);
    if (
      reference === null ||
      typeof reference !== 'object' ||
      JSON.stringify(this.typeOf(reference.index)) !== expected
    ) {
      throw new Trap('indirect call of another type');
    }
    return reference.index;
  }
}
