/**
 * Two machines that run the same generated module: an engine, and the interpreter of `wasm-interpreter.ts`. Both give
 * their guest the same imports and report what happened in the same terms.
 */
import { COUNTER_EXPORT, packCounter, readCounter, type Counts } from '@praxis/wasm-runtime/meter';
import { Interpreter, type HostFunction } from './wasm-interpreter.ts';
import { type Value } from './wasm-store.ts';
import { TaggedException, Trap } from './wasm-trap.ts';

/** How a call ended. Traps are told apart as far as engines agree. */
export type Outcome =
  | { readonly kind: 'returned'; readonly values: readonly unknown[] }
  | { readonly kind: 'trapped'; readonly reason: string }
  | { readonly kind: 'threw'; readonly tag: number; readonly values: readonly unknown[] }
  | { readonly kind: 'failed'; readonly value: number };

/** Everything that a call can leave behind. */
export interface MachineState {
  readonly fuel: bigint | undefined;
  readonly depth: number | undefined;
  readonly globals: readonly unknown[];
  readonly memory: string;
  /** Whether each slot of the table holds a function. */
  readonly table: readonly boolean[];
  readonly log: readonly LogEntry[];
}

/** What `log` was told, and where the counters stood then. */
interface LogEntry {
  readonly value: number;
  readonly fuel: bigint | undefined;
  readonly depth: number | undefined;
}

export interface Machine {
  /** Sets both counters, as a host does between calls. */
  supply(fuel: bigint, depth: number): void;
  call(name: string, ...values: Value[]): Outcome;
  state(): MachineState;
}

/** What the import `fail` throws: an exception that is not WebAssembly's. */
class HostFailure extends Error {
  readonly value: number;
  constructor(value: number) {
    super(`failure ${value}`);
    this.value = value;
  }
}

/** Calls back in a call back, at most. */
const MAXIMUM_NESTING = 3;
const TAG_COUNT = 3;

/** `log` notes a number, `fail` throws for an odd one, `call_back` calls `f0` and swallows its end for an odd one. */
function hostFunctions(
  note: (value: number) => void,
  callFirst: (value: number) => void,
): Record<string, HostFunction> {
  let nesting = 0;
  return {
    log(value) {
      note(Number(value));
      return undefined;
    },
    fail(value) {
      if ((Number(value) & 1) === 1) throw new HostFailure(Number(value));
      return undefined;
    },
    call_back(value) {
      if (nesting >= MAXIMUM_NESTING) return -1;
      nesting++;
      try {
        callFirst(Number(value));
        return 0;
      } catch (error) {
        if ((Number(value) & 1) === 0) throw error;
        return 1;
      } finally {
        nesting--;
      }
    },
  };
}

/** Parameters for a call of a function, from its types. */
export function argumentsFor(types: readonly number[], seed: number): Value[] {
  return types.map((type, index) => (type === 0x7e ? BigInt(seed + index) : (seed * (index + 1)) | 0));
}

export interface InterpretedOptions {
  readonly fuel: bigint;
  readonly depth: number;
  readonly countsDepth: (definedFunction: number) => boolean;
  readonly looksAtExit: (definedFunction: number) => boolean;
}

export function interpret(bytes: Uint8Array, options: InterpretedOptions): Machine {
  const log: LogEntry[] = [];
  const imports = hostFunctions(
    (value) => log.push({ value, fuel: machine.fuel, depth: machine.depth }),
    (value) => {
      machine.invoke('f0', ...argumentsFor(machine.module.functions[0]?.type.parameters ?? [], value));
    },
  );
  const machine = new Interpreter(bytes, { ...options, imports });
  return {
    supply(fuel, depth) {
      machine.fuel = fuel;
      machine.depth = depth;
    },
    call(name, ...values) {
      try {
        return { kind: 'returned', values: machine.invoke(name, ...values) };
      } catch (error) {
        if (error instanceof Trap) return { kind: 'trapped', reason: trapKind(error.reason) };
        if (error instanceof TaggedException) return { kind: 'threw', tag: error.tag, values: error.values };
        if (error instanceof HostFailure) return { kind: 'failed', value: error.value };
        throw error;
      }
    },
    state: () => ({
      fuel: machine.fuel,
      depth: machine.depth,
      globals: [...machine.globals],
      memory: memoryText(machine.store.memory),
      table: machine.store.table.map((slot) => slot !== null),
      log: [...log],
    }),
  };
}

/**
 * Runs a module in this process's engine, metered or not. `types` are the parameter types of `f0`.
 * @param counter what a library counts in
 */
export function instantiate(
  bytes: Uint8Array<ArrayBuffer>,
  types: readonly number[],
  counter?: WebAssembly.Global<'i64'>,
): Machine {
  const log: LogEntry[] = [];
  const call = (name: string, values: readonly Value[]): unknown => {
    const exported = instance.exports[name];
    if (typeof exported !== 'function') throw new Error(`no export ${name}`);
    // An exported function takes and gives anything; here numbers and bigints.
    return (exported as (...values: readonly Value[]) => unknown)(...values);
  };
  const host = hostFunctions(
    (number) => log.push({ value: number, fuel: fuel(), depth: depth() }),
    (number) => void call('f0', argumentsFor(types, number)),
  );
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
    host,
    env: counter ? { [COUNTER_EXPORT]: counter } : {},
  });
  const { memory, table } = instance.exports;
  const global = (name: string): WebAssembly.Global | undefined => {
    const exported = name === COUNTER_EXPORT && counter ? counter : instance.exports[name];
    return exported instanceof WebAssembly.Global ? exported : undefined;
  };
  const value = (name: string): unknown => global(name)?.value;
  // An i64; a module that is not metered has none.
  const counts = (): Counts | undefined => {
    const counted = value(COUNTER_EXPORT) as bigint | undefined;
    return counted === undefined ? undefined : readCounter(counted);
  };
  const fuel = (): bigint | undefined => counts()?.fuel;
  const depth = (): number | undefined => counts()?.depth;
  return {
    supply(fuel, depth) {
      const supplied = global(COUNTER_EXPORT);
      if (supplied !== undefined) supplied.value = packCounter({ fuel, depth });
    },
    call(name, ...values) {
      try {
        const result = call(name, values);
        return { kind: 'returned', values: Array.isArray(result) ? result : result === undefined ? [] : [result] };
      } catch (error) {
        return engineOutcome(error, instance);
      }
    },
    state: () => ({
      fuel: fuel(),
      depth: depth(),
      globals: [value('g0'), value('g1')],
      memory: memory instanceof WebAssembly.Memory ? memoryText(new Uint8Array(memory.buffer)) : '',
      table:
        table instanceof WebAssembly.Table
          ? Array.from({ length: table.length }, (_, at) => table.get(at) !== null)
          : [],
      log: [...log],
    }),
  };
}

function engineOutcome(error: unknown, instance: WebAssembly.Instance): Outcome {
  if (error instanceof WebAssembly.RuntimeError) return { kind: 'trapped', reason: trapKind(error.message) };
  if (error instanceof HostFailure) return { kind: 'failed', value: error.value };
  if (error instanceof WebAssembly.Exception) {
    for (let tag = 0; tag < TAG_COUNT; tag++) {
      const exported = instance.exports[`t${tag}`];
      if (!(exported instanceof WebAssembly.Tag) || !error.is(exported)) continue;
      const exception = error;
      const values = Array.from({ length: tag }, (_, index) => exception.getArg(exported, index) as unknown);
      return { kind: 'threw', tag, values };
    }
  }
  throw error;
}

/** Fuel, depth and the program's own `unreachable` look alike to an engine: the counters tell them apart. */
function trapKind(reason: string): string {
  if (/unreachable|^fuel$|^depth$/.test(reason)) return 'unreachable';
  if (/zero/.test(reason)) return 'divide by zero';
  if (/unrepresentable/.test(reason)) return 'divide result unrepresentable';
  if (/memory/.test(reason)) return 'memory access out of bounds';
  if (/table|element segment/.test(reason)) return 'table access out of bounds';
  if (/indirect|signature/.test(reason)) return 'indirect call of another type';
  return reason;
}

/** The length of a memory, and every byte of it that is not 0 with its address. */
function memoryText(memory: Uint8Array): string {
  const parts = [String(memory.length)];
  for (let at = 0; at < memory.length; at++) if (memory[at] !== 0) parts.push(`${at}:${memory[at]}`);
  return parts.join(' ');
}
