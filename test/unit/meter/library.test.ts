/** Modules that are linked to another: what they import, which indexes move, what they call, and what counts depth. */
import { COUNTER_EXPORT, meterLibrary, packCounter, readCounter } from '@praxis/wasm-runtime/meter';
import { describe, expect, it } from 'vitest';
import { assemble } from '../../support/wasm-text.ts';

const NOBODY = { provides: (_name: string) => false };

function link(text: string, env: WebAssembly.ModuleImports = {}, surroundings = NOBODY) {
  const counter = new WebAssembly.Global({ value: 'i64', mutable: true }, packCounter({ fuel: 10_000n, depth: 50 }));
  const module = new WebAssembly.Module(meterLibrary(assemble(text), surroundings));
  const { exports } = new WebAssembly.Instance(module, { env: { ...env, [COUNTER_EXPORT]: counter } });
  return {
    exports,
    call(name: string, ...values: number[]): unknown {
      const exported = exports[name];
      if (typeof exported !== 'function') throw new Error(`no function ${name}`);
      // The texts below take and give numbers.
      return (exported as (...values: number[]) => unknown)(...values);
    },
    counts: () => readCounter(counter.value),
  };
}

describe('a library', () => {
  it('counts in a counter that it imports and does not export', () => {
    const { exports, call, counts } = link(
      '(module (func (export "f") (result i32) (i32.add (i32.const 1) (i32.const 2))))',
    );
    expect(call('f')).toBe(3);
    expect(counts()).toEqual({ fuel: 9997n, depth: 50 });
    expect(Object.keys(exports)).toEqual(['f']);
  });

  it('still means its own globals, which come after the counter now', () => {
    const { exports, call } = link(
      `(module (import "env" "base" (global i32))
        (global $first (mut i32) (i32.const 10))
        (global $second (export "second") (mut i32) (i32.const 20))
        (func (export "sum") (result i32)
          (global.set $first (i32.add (global.get $first) (global.get 0)))
          (i32.add (global.get $first) (global.get $second))))`,
      { base: 5 },
    );
    expect(call('sum')).toBe(35);
    expect((exports['second'] as WebAssembly.Global).value).toBe(20);
  });

  it('counts indexes of more than one byte', () => {
    const many = Array.from({ length: 127 }, (_, at) => `(global (mut i32) (i32.const ${at}))`).join(' ');
    const { call } = link(`(module ${many} (global $last (mut i32) (i32.const 4711))
      (func (export "last") (result i32) (global.get $last)))`);
    expect(call('last')).toBe(4711);
  });

  it.each([
    ['that it imports the counter itself', '(import "env" "__counter" (global (mut i64)))', 'NAME_TAKEN'],
    ['that it exports one', '(global (export "__counter") i32 (i32.const 0))', 'NAME_TAKEN'],
  ])('is refused for %s', (_what, field, code) => {
    expect(() => meterLibrary(assemble(`(module ${field})`), NOBODY)).toThrow(expect.objectContaining({ code }));
  });
});

describe('a function that a library both imports and exports', () => {
  const TEXT = `(module (import "env" "f" (func $imported (param i32) (result i32)))
    (func $own (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
    (func (export "g") (result i32) (call $imported (i32.const 1))))`;
  const f = (value: number) => value * 100;

  it('is its own where nobody else has one', () => {
    expect(link(TEXT, { f }).call('g')).toBe(2);
  });

  it("is its surroundings' where these have one", () => {
    expect(link(TEXT, { f }, { provides: (name) => name === 'f' }).call('g')).toBe(100);
  });

  it('counts depth where it goes round in a circle by that way', () => {
    const endless = link(
      `(module (import "env" "f" (func $imported (param i32) (result i32)))
        (func (export "f") (param i32) (result i32) (call $imported (local.get 0))))`,
      { f },
    );
    expect(() => endless.call('f', 1)).toThrow(WebAssembly.RuntimeError);
    expect(endless.counts().depth).toBeLessThan(0);
  });
});

describe('depth', () => {
  const text = (name: string) => `(module (import "env" "${name}" (func $imported))
    (func (export "f") (call $imported)))`;

  it('is not counted for a call of what is metered itself', () => {
    let seen = 0;
    const library = link(text('other'), { other: () => void (seen = library.counts().depth) });
    library.call('f');
    expect(seen).toBe(50);
  });

  it('is counted for a call of what catches exceptions, and put back', () => {
    let seen = 0;
    const library = link(text('invoke_v'), { invoke_v: () => void (seen = library.counts().depth) });
    library.call('f');
    expect([seen, library.counts().depth]).toEqual([49, 50]);
  });
});
