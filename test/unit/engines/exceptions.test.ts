/** Exceptions that JavaScript throws for a guest: what is caught where, what is put back, and what passes through. */
import { describe, expect, it } from 'vitest';
import { packCounter, readCounter } from '@praxis/wasm-runtime/meter';
import { Gate, type ImportFunction } from '../../../wasm-runtime/src/gate/gate.ts';
import { GuestTrap } from '../../../wasm-runtime/src/gate/trap.ts';
import { Exceptions, isOfExceptions } from '../../../wasm-runtime/src/engines/python/exceptions.ts';

const OBJECT = 512;
const OTHER = 768;
const [TYPE, BASE, POINTER] = [64, 68, 72];

/** A module of which only what exceptions need is there: `BASE` catches `TYPE`, and `POINTER` is a type of pointers. */
function guest() {
  const counter = new WebAssembly.Global(
    { value: 'i64', mutable: true },
    packCounter({ fuel: 1_000_000n, depth: 100 }),
  );
  const gate = new Gate();
  gate.connect({ __counter: counter });
  gate.flip();
  const memory = new WebAssembly.Memory({ initial: 1 });
  const threw: number[] = [];
  const references: [string, number][] = [];
  let type = -1;
  const functions = new Map<number, ImportFunction>();
  const exceptions = new Exceptions({
    gate,
    memory,
    counter,
    stackPointer: new WebAssembly.Global({ value: 'i32', mutable: true }, 4096),
    functionAt(address) {
      const found = functions.get(address);
      if (!found) throw new TypeError('no function');
      return found;
    },
    call(name, first = 0, second = 0) {
      if (name === 'setThrew') threw.push(first);
      if (name === '_emscripten_tempret_set') type = first;
      if (name.endsWith('_refcount')) references.push([name.includes('increment') ? '+' : '-', first]);
      if (name === '__cxa_can_catch') return first === BASE && second === TYPE ? 1 : 0;
      if (name === '__cxa_is_pointer_type') return first === POINTER ? 1 : 0;
      return 0;
    },
  });
  const call = (name: string, ...args: unknown[]): unknown => exceptions.import(name)(...args);
  /** Runs `work` as a function of the guest. */
  const invoke = (work: ImportFunction, name = 'invoke_v', ...args: unknown[]): unknown => {
    functions.set(1, work);
    return call(name, 1, ...args);
  };
  return { exceptions, gate, counter, memory, threw, references, functions, call, invoke, type: () => type };
}

describe('an exception', () => {
  it('ends the call of an invoke, which says so and answers nothing', () => {
    const { invoke, call, threw } = guest();
    expect(invoke(() => call('__cxa_throw', OBJECT, TYPE, 0), 'invoke_i')).toBe(0);
    expect(invoke(() => call('__cxa_throw', OBJECT, TYPE, 0), 'invoke_j')).toBe(0n);
    expect(threw).toEqual([1, 1]);
  });

  it('leaves depth as the call found it, and takes the fuel that was used', () => {
    const { invoke, call, counter } = guest();
    invoke(() => {
      counter.value = packCounter({ fuel: 900_000n, depth: 70 });
      call('__cxa_throw', OBJECT, TYPE, 0);
    });
    const { fuel, depth } = readCounter(counter.value);
    expect(depth).toBe(100);
    expect(fuel).toBeLessThan(900_000n);
    expect(fuel).toBeGreaterThan(890_000n);
  });

  it.each([
    ['its own type', [TYPE], TYPE],
    ['a base of it', [BASE], BASE],
    ['anything', [0], TYPE],
    ['nothing of it, for its clean-up', [POINTER], TYPE],
  ])('is found by a handler of %s', (_what, handlers, type) => {
    const { invoke, call, type: found } = guest();
    invoke(() => call('__cxa_throw', OBJECT, TYPE, 0));
    expect(call('__cxa_find_matching_catch_3', ...handlers)).toBe(OBJECT);
    expect(found()).toBe(type);
  });

  it('is held by its handler, and released behind it', () => {
    const { invoke, call, references, exceptions } = guest();
    invoke(() => call('__cxa_throw', OBJECT, TYPE, 0));
    expect(call('__cxa_uncaught_exceptions')).toBe(1);
    call('__cxa_find_matching_catch_2');
    expect(call('__cxa_begin_catch', OBJECT)).toBe(OBJECT);
    expect([call('__cxa_uncaught_exceptions'), exceptions.atRest]).toEqual([0, false]);
    call('__cxa_end_catch');
    expect(references).toEqual([
      ['+', OBJECT],
      ['-', OBJECT],
    ]);
    expect(exceptions.atRest).toBe(true);
  });

  it('that is a pointer gives what it points to', () => {
    const { invoke, call, memory } = guest();
    invoke(() => call('__cxa_throw', OBJECT, POINTER, 0));
    new DataView(memory.buffer).setUint32(OBJECT, 1234, true);
    expect(call('__cxa_begin_catch', OBJECT)).toBe(1234);
  });

  it('is thrown again out of a handler, and caught further out', () => {
    const { invoke, call, functions, threw } = guest();
    functions.set(2, () => {
      invoke(() => call('__cxa_throw', OBJECT, TYPE, 0));
      call('__cxa_begin_catch', OBJECT);
      call('__cxa_rethrow');
    });
    call('invoke_v', 2);
    expect(threw).toEqual([1, 1]);
    expect(call('__cxa_find_matching_catch_3', TYPE)).toBe(OBJECT);
    expect(call('__cxa_uncaught_exceptions')).toBe(1);
  });

  it('goes on after a clean-up', () => {
    const { invoke, call, threw } = guest();
    invoke(() => call('__cxa_throw', OTHER, TYPE, 0));
    invoke(() => call('__resumeException', OTHER));
    expect(threw).toEqual([1, 1]);
    expect(call('__cxa_find_matching_catch_3', TYPE)).toBe(OTHER);
  });
});

describe('what passes an invoke', () => {
  it('is a trap of the gate, an engine error, and a call of no function', () => {
    const { invoke, call } = guest();
    const trap = new GuestTrap('limit', 'FUEL', 'out of fuel');
    for (const error of [trap, new WebAssembly.RuntimeError('unreachable'), new RangeError('stack')]) {
      expect(() =>
        invoke(() => {
          throw error;
        }),
      ).toThrow(error);
    }
    expect(() => call('invoke_v', 99)).toThrow(TypeError);
  });

  it('is the end of a guest that met a limit and threw afterwards', () => {
    const { invoke, call, counter } = guest();
    expect(() =>
      invoke(() => {
        call('__cxa_throw', OBJECT, TYPE, ((counter.value = packCounter({ fuel: -1n, depth: 5 })), 0));
      }),
    ).toThrow(GuestTrap);
  });
});

it('longjmp leaves as an exception without an object', () => {
  const { invoke, call, threw, exceptions } = guest();
  invoke(() => call('_emscripten_throw_longjmp'));
  expect(threw).toEqual([1]);
  expect(exceptions.atRest).toBe(true);
});

it('a handler that is left twice is the failure of the module', () => {
  const { call } = guest();
  expect(() => call('__cxa_end_catch')).toThrow(WebAssembly.RuntimeError);
});

it('knows its names', () => {
  expect(['invoke_viiii', '__cxa_find_matching_catch_14', '__cxa_throw'].every(isOfExceptions)).toBe(true);
  expect(['invoke', 'invoke_', '__cxa_can_catch', 'xinvoke_v'].some(isOfExceptions)).toBe(false);
});
