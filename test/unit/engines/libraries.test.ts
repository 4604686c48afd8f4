/** The dynamic linker: where libraries lie, whose symbols they see, and that a restored one lies where it lay. */
import { describe, expect, it } from 'vitest';
import { meterLibrary, meterModule } from '@praxis/wasm-runtime/meter';
import { readDylink } from '../../../wasm-runtime/src/engines/python/dylink.ts';
import { Libraries, type MainModule } from '../../../wasm-runtime/src/engines/python/libraries.ts';
import { assemble } from '../../support/wasm-text.ts';

const MEMORY_BASE = 1024;
const HANDLE = 256;
const NAME = 36;

/** Grants memory from 4096 on; `shout` has a place in the table, `whisper` has none. */
const MAIN = `(module
  (memory (export "memory") 1) (table (export "__indirect_function_table") 3 funcref)
  (global (export "__stack_pointer") (mut i32) (i32.const 2048))
  (global $next (mut i32) (i32.const 4096))
  (global (export "answer") i32 (i32.const 76))
  (elem (i32.const 1) $shout)
  (func $shout (export "shout") (result i32) (i32.const 7))
  (func (export "whisper") (result i32) (i32.const 3))
  (func (export "__dl_seterr") (param i32 i32))
  (func (export "emscripten_builtin_memalign") (param i32 i32) (result i32)
    (global.set $next (i32.and (i32.add (global.get $next) (i32.sub (local.get 0) (i32.const 1)))
                               (i32.sub (i32.const 0) (local.get 0))))
    (global.get $next)
    (global.set $next (i32.add (global.get $next) (local.get 1)))))`;

interface Shape {
  memory?: number;
  align?: number;
  table?: number;
  needed?: readonly string[];
}

function library(text: string, { memory = 0, align = 0, table = 0, needed = [] }: Shape = {}): WebAssembly.Module {
  const name = (value: string) => [value.length, ...new TextEncoder().encode(value)];
  const info = [memory, align, table, 0];
  const needs = [needed.length, ...needed.flatMap(name)];
  const content = [...name('dylink.0'), 1, info.length, ...info, 2, needs.length, ...needs];
  const bytes = assemble(text);
  const section = Uint8Array.from([...bytes.subarray(0, 8), 0, content.length, ...content, ...bytes.subarray(8)]);
  return new WebAssembly.Module(meterLibrary(section, { provides: (symbol) => symbol === 'shout' }));
}

class Refused extends Error {}

function open(modules: Readonly<Record<string, WebAssembly.Module>>) {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(meterModule(assemble(MAIN))));
  const object = <T>(name: string, kind: new (...args: never[]) => T): T => {
    const value = exports[name];
    if (!(value instanceof kind)) throw new Error(`no ${name}`);
    return value;
  };
  const table = object('__indirect_function_table', WebAssembly.Table);
  const memory = object('memory', WebAssembly.Memory);
  const charged = { units: 0 };
  const main: MainModule = {
    memory,
    table,
    ownTableLength: table.length,
    stackPointer: object('__stack_pointer', WebAssembly.Global),
    memoryBase: MEMORY_BASE,
    exported: (name) => exports[name],
    hostFunction: (name) => (name === 'host_add' ? (a: number) => a + 1000 : null),
    hostAddress: (name) => (name === '__cxa_throw' ? 0x7fff_0000 : 0),
    refuseCall: (name) => {
      throw new Refused(`call ${name}`);
    },
    refuseCode: (what) => {
      throw new Refused(`code ${what}`);
    },
    call: (name, ...args) => Number((exports[name] as (...args: number[]) => unknown)(...args)),
    charge: (units) => void (charged.units += units),
  };
  const libraries = new Libraries(main, {
    find(pathOrName) {
      const path = Object.keys(modules).find((each) => each === pathOrName || each.endsWith(`/${pathOrName}`));
      const module = path === undefined ? undefined : modules[path];
      return path !== undefined && module ? { path, module } : undefined;
    },
  });
  const put = (address: number, text: string) =>
    new Uint8Array(memory.buffer).set(new TextEncoder().encode(`${text}\0`), address);
  return {
    libraries,
    memory,
    table,
    charged,
    open(path: string, handle = HANDLE, flags = 0): number {
      new DataView(memory.buffer).setInt32(handle + 4, flags, true);
      put(handle + NAME, path);
      return libraries.open(handle);
    },
    symbol(name: string, handle = HANDLE): number {
      put(3000, name);
      return libraries.symbol(handle, 3000);
    },
    /** Calls the function at that place of the table. */
    at(slot: number, ...args: number[]): unknown {
      return (table.get(slot) as (...args: number[]) => unknown)(...args);
    },
    view: () => new DataView(memory.buffer),
  };
}

const IMPORTS = `(import "env" "memory" (memory 1)) (import "env" "__indirect_function_table" (table 0 funcref))
  (import "env" "__memory_base" (global $base i32)) (import "env" "__table_base" (global $tableBase i32))`;

const COUNTING = library(
  `(module ${IMPORTS} (data (global.get $base) "\\2a\\00\\00\\00") (elem (global.get $tableBase) $get)
    (global (export "value") i32 (i32.const 0))
    (func $get (export "get") (result i32) (i32.load (global.get $base)))
    (func (export "__wasm_call_ctors") (i32.store offset=4 (global.get $base) (i32.const 9))))`,
  { memory: 8, align: 4, table: 1 },
);

describe('an opened library', () => {
  it('has memory and a part of the table of its own, which the loader is told of', () => {
    const { open: load, symbol, at, view, table } = open({ '/lib/a.so': COUNTING });
    expect(load('/lib/a.so')).toBe(1);
    const base = view().getUint32(HANDLE + 12, true);
    expect(base).toBe(4096);
    expect([16, 20, 24].map((offset) => view().getUint32(HANDLE + offset, true))).toEqual([8, 3, 1]);
    expect(table.length).toBe(4);
    expect([symbol('value'), symbol('get')]).toEqual([base, 3]);
    expect(at(3)).toBe(42);
    expect(view().getUint32(base + 4, true), 'constructors ran').toBe(9);
  });

  it('is opened once', () => {
    const { open: load, libraries } = open({ '/lib/a.so': COUNTING });
    load('/lib/a.so');
    load('/lib/a.so', HANDLE + 128);
    expect(libraries.count).toBe(1);
  });

  it('pays for what the linker does', () => {
    const { open: load, charged } = open({ '/lib/a.so': COUNTING });
    load('/lib/a.so');
    const { units } = charged;
    expect(units).toBeGreaterThan(8);
    load('/lib/a.so');
    expect(charged.units).toBe(units);
  });

  it('is refused where the environment has none at that path', () => {
    const { open: load } = open({ '/lib/a.so': COUNTING });
    expect(() => load('/job/a.so')).toThrow(new Refused('code /job/a.so'));
  });

  it('has no symbol that nobody gave it, and keeps those of the linker for itself', () => {
    const { open: load, symbol } = open({ '/lib/a.so': COUNTING });
    load('/lib/a.so');
    expect(symbol('nothing')).toBe(0);
    expect(symbol('__wasm_call_ctors')).toBe(0);
    expect(() => symbol('get', HANDLE + 1000)).toThrow(Refused);
  });
});

describe('what a library imports', () => {
  const using = (imports: string, body: string) =>
    library(`(module ${IMPORTS} ${imports} (func (export "f") (result i32) ${body}))`);
  const result = (modules: Readonly<Record<string, WebAssembly.Module>>, path = '/lib/b.so'): unknown => {
    const opened = open(modules);
    opened.open(path);
    return opened.at(opened.symbol('f'));
  };

  it('is of the interpreter, or else of the host', () => {
    const b = using(
      '(import "env" "shout" (func $shout (result i32))) (import "env" "host_add" (func $add (param i32) (result i32)))',
      '(call $add (call $shout))',
    );
    expect(result({ '/lib/b.so': b })).toBe(1007);
  });

  it('ends the guest when it is nowhere and is called', () => {
    const b = using('(import "env" "nowhere" (func $f (result i32)))', '(call $f)');
    expect(() => result({ '/lib/b.so': b })).toThrow(new Refused('call nowhere'));
  });

  it('is an address: of data with the base of their memory, of a function where its module put it', () => {
    const b = using(
      '(import "GOT.mem" "answer" (global $m (mut i32))) (import "GOT.func" "shout" (global $s (mut i32)))',
      '(i32.add (i32.mul (global.get $m) (i32.const 10)) (global.get $s))',
    );
    expect(result({ '/lib/b.so': b })).toBe((MEMORY_BASE + 76) * 10 + 1);
  });

  it('is the address that stands for a function of the host, the same at each start', () => {
    const b = using('(import "GOT.func" "__cxa_throw" (global $t (mut i32)))', '(global.get $t)');
    const modules = { '/lib/b.so': b };
    const first = open(modules);
    first.open('/lib/b.so');
    expect(first.at(first.symbol('f'))).toBe(0x7fff_0000);
    expect(first.libraries.save().symbols).toEqual([['__cxa_throw', 0]]);
    const second = open(modules);
    second.libraries.restore(first.libraries.save());
    expect(second.at(second.symbol('f'))).toBe(0x7fff_0000);
  });

  it('gets a place in the table where it had none, the same for everybody', () => {
    const b = using('(import "GOT.func" "whisper" (global $w (mut i32)))', '(global.get $w)');
    const opened = open({ '/lib/b.so': b, '/lib/c.so': b });
    opened.open('/lib/b.so');
    const slot = opened.at(opened.symbol('f'));
    expect(opened.at(Number(slot))).toBe(3);
    opened.open('/lib/c.so', HANDLE + 128);
    expect(opened.at(opened.symbol('f', HANDLE + 128))).toBe(slot);
  });

  it('is of a library that it needs, found by its bare name', () => {
    const b = library(
      `(module ${IMPORTS} (import "env" "get" (func $get (result i32)))
      (func (export "f") (result i32) (i32.add (call $get) (i32.const 1))))`,
      { needed: ['a.so'] },
    );
    expect(result({ '/usr/lib/a.so': COUNTING, '/lib/b.so': b })).toBe(43);
  });

  it('is of a library opened for all, and not of one that was opened for itself', () => {
    const b = using('(import "env" "get" (func $get (result i32)))', '(call $get)');
    for (const [flags, seen] of [
      [256, 42],
      [0, Refused],
    ] as const) {
      const opened = open({ '/lib/a.so': COUNTING, '/lib/b.so': b });
      opened.open('/lib/a.so', HANDLE + 128, flags);
      opened.open('/lib/b.so');
      const call = () => opened.at(opened.symbol('f'));
      if (seen === 42) expect(call()).toBe(seen);
      else expect(call).toThrow(seen);
    }
  });

  it('is its own where it is asked for before it is there', () => {
    const b = library(`(module ${IMPORTS} (import "GOT.func" "own" (global $own (mut i32)))
      (func (export "own") (result i32) (i32.const 5))
      (func (export "f") (result i32) (call_indirect (result i32) (global.get $own))))`);
    expect(result({ '/lib/b.so': b })).toBe(5);
  });
});

describe('restored libraries', () => {
  it('lie where they lay, with the same addresses', () => {
    const b = library(`(module ${IMPORTS} (import "GOT.func" "whisper" (global $w (mut i32)))
      (import "GOT.mem" "value" (global $v (mut i32)))
      (func (export "f") (result i32) (i32.add (i32.mul (global.get $w) (i32.const 10000)) (global.get $v))))`);
    const modules = { '/lib/a.so': COUNTING, '/lib/b.so': b };
    const first = open(modules);
    first.open('/lib/a.so', HANDLE + 128, 256);
    first.open('/lib/b.so');
    const expected = first.at(first.symbol('f'));
    const state = first.libraries.save();

    const second = open(modules);
    // What a snapshot says of the whole memory comes after it.
    second.libraries.restore(structuredClone(state));
    expect(second.at(second.symbol('f'))).toBe(expected);
    expect(second.table.length).toBe(first.table.length);
    expect(second.symbol('get', HANDLE + 128)).toBe(first.symbol('get', HANDLE + 128));
    expect(second.libraries.save()).toEqual(first.libraries.save());
  });

  it('are missed by name where the environment lacks one', () => {
    const first = open({ '/lib/a.so': COUNTING });
    first.open('/lib/a.so');
    expect(() => open({}).libraries.restore(first.libraries.save())).toThrow('/lib/a.so');
  });
});

describe('readDylink', () => {
  it('reads sizes and needs', () => {
    const module = library('(module)', { memory: 100, align: 4, table: 3, needed: ['libx.so', 'liby.so'] });
    expect(readDylink(module)).toEqual({
      memorySize: 100,
      memoryAlign: 4,
      tableSize: 3,
      needed: ['libx.so', 'liby.so'],
    });
  });

  it('refuses what is no library', () => {
    expect(() => readDylink(new WebAssembly.Module(assemble('(module)')))).toThrow(TypeError);
  });
});
