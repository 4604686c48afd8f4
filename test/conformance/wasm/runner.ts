/** Runs a script of the WebAssembly test suite in this engine, in Node or a browser, with its modules as they are or rewritten. */
import { COUNTER_EXPORT, MAX_FUEL, MeterError, packCounter, readCounter } from '@praxis/wasm-runtime/meter';
import { callThroughMemory, isPlain } from './caller.ts';
import {
  isExpected,
  writeValue,
  type Action,
  type Command,
  type Script,
  type ScriptValue,
  type ValueType,
} from './script.ts';

export interface Outcome {
  line: number;
  command: Command['type'];
  /** What happened, in words and bits that can be compared. */
  what: string;
  /** Whether that is what the suite wants. */
  expected: boolean;
}

export interface Variant {
  /** What is done to a module before it is compiled. */
  rewrite: (bytes: Uint8Array) => Uint8Array;
  /** Frames that may be live at once, where the modules count them. */
  maxDepth: number;
}

export const AS_IT_IS: Variant = { rewrite: (bytes) => bytes, maxDepth: 0 };

/** A module that the rewriter refuses, though the engine takes it. */
class Refused extends Error {}

class Instances {
  #current: WebAssembly.Instance | null = null;
  readonly #variant: Variant;
  readonly #named = new Map<string, WebAssembly.Instance>();
  readonly #counters: WebAssembly.Global<'i64'>[] = [];
  readonly #imports: Record<string, WebAssembly.ModuleImports> = { spectest: spectest() };

  constructor(variant: Variant) {
    this.#variant = variant;
  }

  instantiate(bytes: Uint8Array): WebAssembly.Instance {
    // A plain buffer: from a file or from an answer.
    const original = bytes as Uint8Array<ArrayBuffer>;
    const isValid = WebAssembly.validate(original);
    let rewritten: Uint8Array;
    try {
      rewritten = this.#variant.rewrite(original);
    } catch (error) {
      if (!(error instanceof MeterError)) throw error;
      if (isValid) throw new Refused(error.message);
      throw new WebAssembly.CompileError(error.message);
    }
    const instance = new WebAssembly.Instance(
      new WebAssembly.Module(rewritten as Uint8Array<ArrayBuffer>),
      this.#imports,
    );
    const counter = instance.exports[COUNTER_EXPORT];
    // The rewriter makes it so.
    if (counter instanceof WebAssembly.Global) this.#counters.push(counter as WebAssembly.Global<'i64'>);
    return instance;
  }

  add(bytes: Uint8Array, name: string | undefined): void {
    this.#current = null;
    const instance = this.instantiate(bytes);
    this.#current = instance;
    if (name !== undefined) this.#named.set(name, instance);
  }

  register(as: string, name: string | undefined): void {
    this.#imports[as] = this.#get(name).exports as WebAssembly.ModuleImports;
  }

  perform(action: Action, results: readonly ScriptValue[]): unknown[] {
    for (const counter of this.#counters)
      counter.value = packCounter({ fuel: MAX_FUEL, depth: this.#variant.maxDepth });
    const exported = this.#get(action.module).exports[action.field];
    if (exported === undefined) throw new Error(`no export ${action.field}`);
    if (action.type === 'get') return [(exported as WebAssembly.Global).value];
    const { args = [] } = action;
    if (!isPlain(args) || !isPlain(results)) {
      // A function, since it is invoked.
      const answer = (exported as (...values: unknown[]) => unknown)(...args.map(toJavaScript));
      return results.length > 1 ? [...(answer as Iterable<unknown>)] : results.map(() => answer);
    }
    const typesOf = (values: readonly ScriptValue[]): ValueType[] => values.map(({ type }) => type);
    return callThroughMemory(exported, typesOf(args), typesOf(results), (memory) => {
      for (const [index, value] of args.entries()) writeValue(value, memory, 16 * index);
    });
  }

  /** Whether a depth guard ended the last call. */
  get exhausted(): boolean {
    return this.#counters.some(({ value }) => readCounter(value).depth < 0);
  }

  #get(name: string | undefined): WebAssembly.Instance {
    const instance = name === undefined ? this.#current : this.#named.get(name);
    if (!instance) throw new Error(`there is no module ${name ?? 'before this command'}`);
    return instance;
  }
}

/** @param load the bytes of a module by its file name */
export function runScript(script: Script, load: (filename: string) => Uint8Array, variant: Variant): Outcome[] {
  const instances = new Instances(variant);
  return script.commands.flatMap((command) => {
    if ('module_type' in command && command.module_type === 'text') return [];
    return [{ line: command.line, command: command.type, ...runCommand(command, instances, load) }];
  });
}

function runCommand(
  command: Command,
  instances: Instances,
  load: (filename: string) => Uint8Array,
): Pick<Outcome, 'what' | 'expected'> {
  try {
    switch (command.type) {
      case 'module':
        instances.add(load(command.filename), command.name);
        return { what: 'instantiated', expected: true };
      case 'register':
        instances.register(command.as, command.name);
        return { what: 'registered', expected: true };
      case 'action':
        instances.perform(command.action, command.expected);
        return { what: 'returned', expected: true };
      case 'assert_return': {
        const found = instances.perform(command.action, command.expected);
        const expected = command.expected.every((value, index) => fits(value, found[index]));
        return { what: found.map(show).join(' '), expected };
      }
      case 'assert_trap':
      case 'assert_exhaustion':
      case 'assert_exception':
        instances.perform(command.action, command.expected);
        return { what: 'returned', expected: false };
      case 'assert_invalid':
      case 'assert_malformed':
      case 'assert_unlinkable':
      case 'assert_uninstantiable':
        instances.instantiate(load(command.filename));
        return { what: 'instantiated', expected: false };
    }
  } catch (error) {
    const kind = kindOf(error, instances);
    return {
      what: kind === 'trap' ? `trap: ${(error as Error).message}` : kind,
      expected: WANTED[command.type] === kind,
    };
  }
}

const WANTED: Partial<Record<Command['type'], string>> = {
  assert_trap: 'trap',
  assert_uninstantiable: 'trap',
  assert_exhaustion: 'exhausted',
  assert_exception: 'exception',
  assert_invalid: 'rejected',
  assert_malformed: 'rejected',
  assert_unlinkable: 'unlinkable',
};

function kindOf(error: unknown, instances: Instances): string {
  if (error instanceof Refused) return `refused: ${error.message}`;
  if (error instanceof WebAssembly.CompileError) return 'rejected';
  if (error instanceof WebAssembly.LinkError) return 'unlinkable';
  if (error instanceof WebAssembly.Exception) return 'exception';
  if (error instanceof RangeError || instances.exhausted) return 'exhausted';
  if (error instanceof WebAssembly.RuntimeError) return 'trap';
  return `error: ${String(error)}`;
}

function toJavaScript({ type, value }: ScriptValue): unknown {
  const text = String(value);
  if (text === 'null') return null;
  switch (type) {
    case 'i64':
      return BigInt(text);
    case 'i32':
      return Number(text) | 0;
    case 'externref':
      return `external ${text}`;
    default:
      throw new TypeError(`a value of type ${type} cannot be passed on`);
  }
}

function fits(wanted: ScriptValue, found: unknown): boolean {
  if (found instanceof Uint8Array) return isExpected(wanted, found);
  if (wanted.value === undefined) return true;
  switch (wanted.type) {
    case 'externref':
      return found === toJavaScript(wanted);
    case 'funcref':
      return wanted.value === 'null' ? found === null : typeof found === 'function';
    case 'i64':
      return typeof found === 'bigint' && BigInt.asUintN(64, found) === BigInt(String(wanted.value));
    case 'i32':
      return typeof found === 'number' && found >>> 0 === Number(wanted.value);
    default: {
      const bytes = new DataView(new ArrayBuffer(8));
      if (wanted.type === 'f32') bytes.setFloat32(0, Number(found), true);
      else bytes.setFloat64(0, Number(found), true);
      return isExpected(wanted, new Uint8Array(bytes.buffer));
    }
  }
}

function show(value: unknown): string {
  if (value instanceof Uint8Array) return [...value].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return typeof value === 'function' ? 'a function' : String(value);
}

/** The host module that the suite's scripts import. */
function spectest(): WebAssembly.ModuleImports {
  const print = (): void => undefined;
  return {
    print,
    print_i32: print,
    print_i64: print,
    print_i32_f32: print,
    print_f64_f64: print,
    print_f32: print,
    print_f64: print,
    global_i32: 666,
    global_i64: new WebAssembly.Global({ value: 'i64' }, 666n),
    global_f32: new WebAssembly.Global({ value: 'f32' }, 666.6),
    global_f64: 666.6,
    table: new WebAssembly.Table({ initial: 10, maximum: 20, element: 'anyfunc' }),
    memory: new WebAssembly.Memory({ initial: 1, maximum: 2 }),
  };
}
