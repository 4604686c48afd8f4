/**
 * Exceptions of C++ and longjmp, where a module was built to have JavaScript throw and catch them (Emscripten's `invoke_*`, before
 * WebAssembly had exceptions of its own). Nothing but these goes through a catch: a trap ends the guest. What is thrown here carries no
 * value; where its object lies, the memory and this state say. Follows the Itanium C++ ABI as Emscripten's library does.
 */
import { packCounter, readCounter } from '../../meter/counter.ts';
import { Errno } from '../../gate/errno.ts';
import type { Gate, ImportFunction } from '../../gate/gate.ts';
import { GuestMemory } from '../../gate/memory.ts';

/** Leaves the frames of a guest up to an `invoke_*`. */
class Unwinding extends Error {
  override readonly name = 'Unwinding';
}

/** What the functions here need of the module. */
export interface Thrower {
  readonly gate: Gate;
  readonly memory: WebAssembly.Memory;
  readonly stackPointer: WebAssembly.Global<'i32'>;
  readonly counter: WebAssembly.Global<'i64'>;
  functionAt(address: number): ImportFunction;
  call(name: string, ...args: number[]): number;
}

/** `__cxa_exception`, which stands before the thrown object, and the object's first word. */
const HEADER = { type: 4, destructor: 8, caught: 12, rethrown: 13, adjusted: 16, object: 24 } as const;
const VIEW_BYTES = 28;

const CATCH = /^__cxa_find_matching_catch_\d+$/;
const INVOKE = /^invoke_([ijfdv])/;

/** Whether `Exceptions` gives an import of that name. */
export function isOfExceptions(name: string): boolean {
  return INVOKE.test(name) || CATCH.test(name) || NAMES.has(name);
}

const NAMES: ReadonlySet<string> = new Set([
  '__cxa_throw', '__cxa_rethrow', '__cxa_begin_catch', '__cxa_end_catch', '__resumeException', '__cxa_uncaught_exceptions',
  '__cxa_current_primary_exception', '__cxa_rethrow_primary_exception', '_emscripten_throw_longjmp', 'llvm_eh_typeid_for',
]); // prettier-ignore

/** Beyond every table, so that nothing but an `invoke_*` finds a function there. */
const FIRST_ADDRESS = 0x7fff_0000;

/** Where C++ that throws inside of a `try` has `__cxa_throw` called through `invoke_*`: by its address. 0 for other names. */
export function addressInExceptions(name: string): number {
  return NAMES.has(name) ? FIRST_ADDRESS + [...NAMES].indexOf(name) : 0;
}

export class Exceptions {
  readonly #of: Thrower;
  readonly #memory: GuestMemory;
  /** Address of the object thrown last, or 0. */
  #last = 0;
  /** Addresses of the objects that handlers hold, the innermost last. */
  readonly #caught: number[] = [];
  #uncaught = 0;

  constructor(of: Thrower) {
    this.#of = of;
    this.#memory = new GuestMemory(() => of.memory);
  }

  /** Nothing is thrown or caught: a snapshot holds none of this state. */
  get atRest(): boolean {
    return this.#last === 0 && this.#caught.length === 0 && this.#uncaught === 0;
  }

  /** What stands at an address that `addressInExceptions` gave. */
  at(address: number): ImportFunction | undefined {
    const name = [...NAMES][address - FIRST_ADDRESS];
    return name === undefined ? undefined : this.import(name);
  }

  /** The import of that name. @throws TypeError when it is none of these */
  import(name: string): ImportFunction {
    const result = INVOKE.exec(name)?.[1];
    if (result !== undefined) return this.#invoke(result === 'j' ? 0n : 0);
    const work = CATCH.test(name) ? (...types: number[]) => this.#findMatchingCatch(types) : this.#calls[name];
    if (!work) throw new TypeError(`python: nothing implements ${name}`);
    return (...args: number[]) => {
      this.#of.gate.admit();
      try {
        return work(...args.map((arg) => arg >>> 0));
      } catch (error) {
        // Addresses are the guest's.
        throw error instanceof Errno ? new WebAssembly.RuntimeError('an exception lies outside of the memory') : error;
      }
    };
  }

  /** Calls a function of the table, and says by a flag of the module whether it threw. The counter's depth is put back. */
  #invoke(nothing: 0 | 0n): ImportFunction {
    const of = this.#of;
    return (address: number, ...args: unknown[]) => {
      const stack = of.stackPointer.value;
      const { depth } = readCounter(of.counter.value);
      try {
        return of.functionAt(address)(...args);
      } catch (error) {
        if (!(error instanceof Unwinding)) throw error;
        // A limit may have been met on the way, and what was thrown then hides it.
        of.gate.settle();
        of.counter.value = packCounter({ fuel: readCounter(of.counter.value).fuel, depth });
        of.stackPointer.value = stack;
        of.call('setThrew', 1, 0);
        return nothing;
      }
    };
  }

  readonly #calls: Readonly<Record<string, (...args: number[]) => unknown>> = {
    __cxa_throw: (object = 0, type = 0, destructor = 0) => {
      const view = this.#header(object);
      view.setUint32(HEADER.adjusted, 0, true);
      view.setUint32(HEADER.type, type, true);
      view.setUint32(HEADER.destructor, destructor, true);
      this.#uncaught++;
      return this.#throw(object);
    },
    __cxa_begin_catch: (object = 0) => {
      const view = this.#header(object);
      if (view.getInt8(HEADER.caught) === 0) {
        view.setInt8(HEADER.caught, 1);
        this.#uncaught--;
      }
      view.setInt8(HEADER.rethrown, 0);
      this.#caught.push(object);
      this.#of.call('__cxa_increment_exception_refcount', object);
      if (this.#of.call('__cxa_is_pointer_type', view.getUint32(HEADER.type, true)) !== 0) {
        return this.#header(object).getUint32(HEADER.object, true);
      }
      return this.#header(object).getUint32(HEADER.adjusted, true) || object;
    },
    __cxa_end_catch: () => {
      this.#of.call('setThrew', 0, 0);
      const object = this.#popCaught();
      this.#of.call('__cxa_decrement_exception_refcount', object);
      this.#last = 0;
    },
    __cxa_rethrow: () => this.#rethrow(),
    __cxa_rethrow_primary_exception: (object = 0) => {
      if (object === 0) return;
      this.#caught.push(object);
      this.#header(object).setInt8(HEADER.rethrown, 1);
      this.#rethrow();
    },
    __cxa_current_primary_exception: () => {
      const object = this.#caught.at(-1) ?? 0;
      if (object !== 0) this.#of.call('__cxa_increment_exception_refcount', object);
      return object;
    },
    __cxa_uncaught_exceptions: () => this.#uncaught,
    __resumeException: (object = 0) => this.#throw(this.#last || object),
    _emscripten_throw_longjmp: () => {
      throw new Unwinding('longjmp');
    },
    llvm_eh_typeid_for: (type = 0) => type,
  };

  #findMatchingCatch(types: readonly number[]): number {
    const thrown = this.#last;
    const answer = (type: number, object: number): number => {
      this.#of.call('_emscripten_tempret_set', type);
      return object;
    };
    if (thrown === 0) return answer(0, 0);
    const view = this.#header(thrown);
    view.setUint32(HEADER.adjusted, thrown, true);
    const thrownType = view.getUint32(HEADER.type, true);
    if (thrownType === 0) return answer(0, thrown);
    for (const type of types) {
      // 0 catches everything.
      if (type === 0 || type === thrownType) break;
      if (this.#of.call('__cxa_can_catch', type, thrownType, thrown - HEADER.object + HEADER.adjusted) !== 0)
        return answer(type, thrown);
    }
    return answer(thrownType, thrown);
  }

  #rethrow(): never {
    const object = this.#popCaught();
    const view = this.#header(object);
    if (view.getInt8(HEADER.rethrown) === 0) {
      this.#caught.push(object);
      view.setInt8(HEADER.rethrown, 1);
      view.setInt8(HEADER.caught, 0);
      this.#uncaught++;
    }
    return this.#throw(object);
  }

  #throw(object: number): never {
    this.#last = object;
    throw new Unwinding('a C++ exception');
  }

  /** @throws WebAssembly.RuntimeError where no handler holds anything: the module's own failure */
  #popCaught(): number {
    const object = this.#caught.pop();
    if (object === undefined) throw new WebAssembly.RuntimeError('no exception is being handled');
    return object;
  }

  /** @throws Errno */
  #header(object: number): DataView {
    return this.#memory.view(object - HEADER.object, VIEW_BYTES);
  }
}
