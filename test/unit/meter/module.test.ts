/** The shape of a metered module: what is added, what is kept, what is dropped. */
import {
  COUNTER_EXPORT,
  DEFAULT_INITIAL_FUEL,
  DEFAULT_MAX_DEPTH,
  meterModule,
  readCounter,
  type Counts,
} from '@praxis/wasm-runtime/meter';
import { setFlagsFromString } from 'node:v8';
import { describe, expect, it } from 'vitest';
import { readSections, SECTION } from '../../../wasm-runtime/src/meter/sections.ts';
import { moduleOf, section, vector } from '../../support/wasm-bytes.ts';
import { assemble } from '../../support/wasm-text.ts';
import { type Instruction, readTree } from '../../support/wasm-tree.ts';

const OPCODE_IF = 0x04;

function compile(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module {
  return new WebAssembly.Module(bytes);
}

function instantiate(bytes: Uint8Array<ArrayBuffer>, imports: WebAssembly.Imports = {}): WebAssembly.Exports {
  return new WebAssembly.Instance(compile(bytes), imports).exports;
}

function valueOf(exported: unknown): unknown {
  return exported instanceof WebAssembly.Global ? exported.value : undefined;
}

/** What the counter of a metered module says. */
function countsOf(exports: WebAssembly.Exports): Counts {
  // The rewriter declares it an i64.
  return readCounter(valueOf(exports[COUNTER_EXPORT]) as bigint);
}

function custom(name: string, content: readonly number[] = [1, 2, 3]): number[] {
  return section(0, [...vector([...new TextEncoder().encode(name)].map((byte) => [byte])), ...content]);
}

/** The labels of all `delegate`s of a module, inner before outer. */
function delegates(bytes: Uint8Array): number[] {
  const within = (instructions: readonly Instruction[]): number[] =>
    instructions.flatMap((instruction) => {
      if (instruction.kind === 'plain') return [];
      if (instruction.kind === 'if')
        return [...within(instruction.consequent), ...within(instruction.alternative ?? [])];
      if (instruction.kind !== 'try') return within(instruction.body);
      const inner = [instruction.body, ...instruction.handlers.map(({ body }) => body)].flatMap(within);
      return instruction.delegate === undefined ? inner : [...inner, instruction.delegate];
    });
  return readTree(bytes).functions.flatMap(({ body }) => within(body));
}

describe('counters', () => {
  it.each([
    ['an empty module', '(module)'],
    ['a module without globals or exports', '(module (func))'],
    ['a module without globals', '(module (func (export "f")))'],
    ['a module without exports', '(module (global i32 (i32.const 1)) (func))'],
    ['a module with a start function', '(module (func $f) (start $f))'],
    ['a module with an imported global', '(module (import "m" "g" (global i32)) (global i32 (global.get 0)))'],
    ['a module with tags', '(module (tag) (func (export "f")))'],
    [
      'a module with data and elements',
      '(module (memory 1) (table 1 funcref) (func $f) (elem (i32.const 0) $f) (data (i32.const 0) "x"))',
    ],
  ])('are exported from %s', (_, text) => {
    const exports = instantiate(meterModule(assemble(text)), { m: { g: 1 } });
    expect(countsOf(exports).depth).toBe(DEFAULT_MAX_DEPTH);
  });

  it('start where the options say, and a start function runs on them', () => {
    const bytes = assemble('(module (func $f) (start $f))');
    const exports = instantiate(meterModule(bytes, { initialFuel: 10n, maxDepth: 7 }));
    expect(countsOf(exports)).toEqual({ fuel: 9n, depth: 7 });
    expect(countsOf(instantiate(meterModule(bytes, { initialFuel: 0n }))).fuel).toBe(-1n);
    expect(countsOf(instantiate(meterModule(bytes))).fuel).toBe(DEFAULT_INITIAL_FUEL - 1n);
    const endless = assemble('(module (func $f (loop (br 0))) (start $f))');
    expect(() => instantiate(meterModule(endless, { initialFuel: 100n }))).toThrow(WebAssembly.RuntimeError);
  });

  it('have branch hints for what traps, at the offsets of the branches', () => {
    const bytes = meterModule(assemble('(module (import "m" "f" (func)) (func (export "f") (loop (br 0))))'));
    const [hints] = WebAssembly.Module.customSections(compile(bytes), 'metadata.code.branch_hint');
    const [functions, index, count, offset = 0, ...hint] = new Uint8Array(hints ?? new ArrayBuffer(0));
    expect([functions, index, count, hint]).toEqual([1, 1, 1, [1, 0]]);
    const code = readSections(bytes).find(({ id }) => id === SECTION.code);
    // Behind the number of functions and the size of the first, a byte each.
    const body = bytes.subarray((code?.contentStart ?? 0) + 2);
    expect(body[offset]).toBe(OPCODE_IF);
  });

  it('stand after the other globals and exports, so that no index shifts', () => {
    const exports = WebAssembly.Module.exports(
      compile(
        meterModule(
          assemble(
            '(module (import "m" "i" (global i32)) (global (export "a") i32 (i32.const 1)) (func (export "f")))',
          ),
        ),
      ),
    );
    expect(exports.map(({ name }) => name)).toEqual(['a', 'f', COUNTER_EXPORT]);
  });
});

describe('the result', () => {
  const text = `(module
    (memory (export "memory") 1)
    (func (export "f") (param i32) (result i32)
      (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 0)))`;

  it('is the same every time, and leaves its input alone', () => {
    const bytes = assemble(text);
    const before = bytes.slice();
    expect(meterModule(bytes)).toEqual(meterModule(bytes));
    expect(bytes).toEqual(before);
  });

  it('does not depend on where the bytes lie in their buffer', () => {
    const bytes = assemble(text);
    const shifted = new Uint8Array(bytes.length + 7);
    shifted.set(bytes, 5);
    expect(meterModule(shifted.subarray(5, 5 + bytes.length))).toEqual(meterModule(bytes));
  });
});

describe('memory', () => {
  const growTo = (bytes: Uint8Array<ArrayBuffer>, delta: number): unknown => {
    const { grow } = instantiate(bytes);
    // The export that the text below names.
    return (grow as (delta: number) => number)(delta);
  };
  const growing = (limits: string): Uint8Array<ArrayBuffer> =>
    assemble(`(module (memory ${limits}) (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))`);

  it('is capped where it has no maximum', () => {
    expect(growTo(meterModule(growing('1'), { memoryMaximumPages: 3 }), 2)).toBe(1);
    expect(growTo(meterModule(growing('1'), { memoryMaximumPages: 3 }), 3)).toBe(-1);
  });

  it('keeps a lower maximum of its own, and loses a higher one', () => {
    expect(growTo(meterModule(growing('1 2'), { memoryMaximumPages: 3 }), 2)).toBe(-1);
    expect(growTo(meterModule(growing('1 9'), { memoryMaximumPages: 3 }), 3)).toBe(-1);
    expect(growTo(meterModule(growing('3'), { memoryMaximumPages: 3 }), 0)).toBe(3);
  });

  it('is left alone without a cap, or when imported', () => {
    expect(growTo(meterModule(growing('1')), 3)).toBe(1);
    const imported = compile(
      meterModule(assemble('(module (import "m" "m" (memory 1 900)))'), { memoryMaximumPages: 3 }),
    );
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 900 });
    expect(new WebAssembly.Instance(imported, { m: { m: memory } }).exports).toHaveProperty(COUNTER_EXPORT);
    expect(compile(meterModule(assemble('(module)'), { memoryMaximumPages: 3 }))).toBeDefined();
  });
});

describe('custom sections', () => {
  it('stay, unless they speak of code by its offset', () => {
    const kept = ['name', 'producers', 'target_features', 'dylink.0', 'anything'];
    const dropped = [
      'sourceMappingURL',
      'external_debug_info',
      '.debug_info',
      '.debug_line',
      'reloc.CODE',
      'linking',
      'metadata.code.branch_hint',
    ];
    const types = section(1, vector([[0x60, 0, 0]]));
    const bytes = moduleOf(
      ...kept.slice(3, 4).map((name) => custom(name)),
      types,
      ...[...kept.slice(0, 3), ...dropped, ...kept.slice(4)].map((name) => custom(name)),
    );
    const metered = compile(meterModule(bytes));
    const count = (name: string): number => WebAssembly.Module.customSections(metered, name).length;
    // The engine reads the name section itself, and does not mind this one's content.
    for (const name of kept) expect(count(name), name).toBe(1);
    for (const name of dropped) expect(count(name), name).toBe(0);
  });

  it('keep their place before the first section', () => {
    const bytes = moduleOf(custom('dylink.0'), section(1, vector([[0x60, 0, 0]])));
    expect([...meterModule(bytes).subarray(8, 8 + custom('dylink.0').length)]).toEqual(custom('dylink.0'));
  });
});

describe('features', () => {
  it.each([
    [
      'SIMD',
      '(func (result v128) (i32x4.add (v128.const i32x4 1 2 3 4) (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 (v128.const i64x2 0 0) (v128.const i64x2 0 0))))',
    ],
    [
      'reference types',
      '(table 2 externref) (func (param externref) (table.set 0 (i32.const 0) (local.get 0)) (drop (ref.is_null (select (result externref) (local.get 0) (ref.null extern) (i32.const 1)))))',
    ],
    [
      'several values, left early',
      '(func (param i32) (result i32 i64 f32) (if (local.get 0) (then (return (i32.const 1) (i64.const 2) (f32.const 3)))) (i32.const 4) (i64.const 5) (f32.const 6))',
    ],
    [
      'saturating and sign-extending conversions',
      '(func (param f64) (result i64) (i64.extend8_s (i64.trunc_sat_f64_u (local.get 0))))',
    ],
    [
      'exceptions',
      '(tag $e (param i64)) (func (param i32) (result i64) (try (result i64) (do (try (do (throw $e (i64.const 1))) (delegate 0)) (i64.const 2)) (catch $e) (catch_all (rethrow 0))))',
    ],
    ['tail calls', '(func $f (param i32) (if (local.get 0) (then (return_call $f (i32.const 0)))) (return))'],
    [
      'element segments of every kind',
      '(table $t 4 funcref) (func $f) (elem (i32.const 0) func $f) (elem func $f) (elem declare func $f) (elem (table $t) (i32.const 1) funcref (ref.func $f) (ref.null func)) (elem funcref (ref.null func))',
    ],
  ])('%s', (_, text) => {
    expect(WebAssembly.validate(meterModule(assemble(`(module ${text})`)))).toBe(true);
  });

  it('extended constant expressions', () => {
    // 2 * 3 + the imported global, which wabt does not write yet.
    const sum = [0x23, 0, 0x41, 2, 0x41, 3, 0x6c, 0x6a, 0x0b];
    const bytes = moduleOf(
      section(2, vector([[1, 0x6d, 1, 0x67, 3, 0x7f, 0]])),
      section(6, vector([[0x7f, 0, ...sum]])),
      section(7, vector([[1, 0x78, 3, 1]])),
    );
    setFlagsFromString('--experimental-wasm-extended-const');
    expect(valueOf(instantiate(meterModule(bytes), { m: { g: 1 } })['x'])).toBe(7);
  });

  it('a delegate to the function itself, past the block that the meter wraps a body in', () => {
    // JavaScriptCore takes nothing but a `try` or the function as the target of a `delegate`.
    const wrapped = assemble(`(module (func (param i32) (if (local.get 0) (then (return)))
      (try (do (try (do (call 0 (i32.const 1))) (delegate 0)) (try (do) (delegate 1))) (delegate 0))))`);
    expect(delegates(wrapped)).toEqual([0, 1, 0]);
    expect(delegates(meterModule(wrapped))).toEqual([0, 2, 1]);
    const straight = assemble('(module (func (try (do) (delegate 0))))');
    expect(delegates(meterModule(straight))).toEqual([0]);
  });

  it('results of one list share one added type', () => {
    const early =
      '(param i32) (result i32 i64) (if (local.get 0) (then (return (i32.const 1) (i64.const 2)))) (i32.const 3) (i64.const 4)';
    const once = meterModule(assemble(`(module (func ${early}))`));
    const twice = meterModule(assemble(`(module (func ${early}) (func ${early}))`));
    const typeCount = (bytes: Uint8Array): number | undefined => bytes[10];
    expect(typeCount(once)).toBe(2);
    expect(typeCount(twice)).toBe(2);
    const present = meterModule(assemble(`(module (type (func (result i32 i64))) (func ${early}))`));
    expect(typeCount(present)).toBe(2);
  });
});
