/**
 * Programs that compute with NaNs of all kinds leave the same bytes whether the meter chooses where NaNs are made canonical, or each
 * instruction that can make one has it made canonical at once. Processors make NaNs whose bits are not canonical, so one that is left is seen.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meterModule } from '../../wasm-runtime/src/meter/index.ts';
import { assemble } from '../support/wasm-text.ts';

/** Text whose instructions that make NaNs stand in `«…»`, with the type behind: `«f64 …»`. */
const maker = (type: string, text: string): string => `«${type} ${text}»`;

const LOCALS = { f64: ['$p', '$a', '$b', '$c'], f32: ['$x', '$y'] } as const;
const BINARY = ['add', 'sub', 'mul', 'div', 'min', 'max'] as const;
const UNARY = ['sqrt', 'ceil', 'floor', 'trunc', 'nearest'] as const;
const CONSTANTS = ['0', '-1', '1.5', 'inf', '-inf', 'nan', '-nan', 'nan:0x4', '1e300'] as const;
/** Doubles of the memory that programs read and write. */
const SLOTS = 8;

const address = fc.nat({ max: SLOTS - 1 }).map((slot) => `(i32.const ${slot * 8})`);

const { f64, f32, condition } = fc.letrec<Record<'f64' | 'f32' | 'condition', string>>((tie) => {
  const expression = (type: 'f64' | 'f32', other: 'f64' | 'f32', change: string) => {
    const same = tie(type);
    const local = fc.constantFrom(...LOCALS[type]);
    return fc.oneof(
      { maxDepth: 5, depthSize: 'small', withCrossShrink: true },
      local.map((name) => `(local.get ${name})`),
      // A single's NaN has no fourth bit from the top that a double's would not have.
      fc
        .constantFrom(...CONSTANTS)
        .map((value) => `(${type}.const ${type === 'f32' ? value.replace('e300', 'e30') : value})`),
      address.map((at) => `(${type}.load ${at})`),
      fc
        .tuple(fc.constantFrom(...BINARY), same, same)
        .map(([name, a, b]) => maker(type, `(${type}.${name} ${a} ${b})`)),
      fc.tuple(fc.constantFrom(...UNARY), same).map(([name, a]) => maker(type, `(${type}.${name} ${a})`)),
      tie(other).map((a) => maker(type, `(${type}.${change} ${a})`)),
      fc.tuple(same, same).map(([a, b]) => `(${type}.copysign ${a} ${b})`),
      fc.tuple(fc.constantFrom('neg', 'abs'), same).map(([name, a]) => `(${type}.${name} ${a})`),
      fc.tuple(local, same).map(([name, a]) => `(local.tee ${name} ${a})`),
      fc.tuple(same, same, tie('condition')).map(([a, b, which]) => `(select ${a} ${b} ${which})`),
      same.map((a) => `(call $same_${type} ${a})`),
    );
  };
  return {
    f64: expression('f64', 'f32', 'promote_f32'),
    f32: expression('f32', 'f64', 'demote_f64'),
    condition: fc.oneof(
      { maxDepth: 5, depthSize: 'small' },
      fc.tuple(tie('f64'), tie('f64')).map(([a, b]) => `(f64.lt ${a} ${b})`),
      fc.tuple(tie('f32'), tie('f32')).map(([a, b]) => `(f32.ne ${a} ${b})`),
      tie('f64').map((a) => `(i32.wrap_i64 (i64.reinterpret_f64 ${a}))`),
      tie('f64').map((a) => `(i32.trunc_sat_f64_s ${a})`),
    ),
  };
});

const { statements } = fc.letrec<Record<'statement' | 'statements', string>>((tie) => ({
  statements: fc.array(tie('statement'), { minLength: 1, maxLength: 5 }).map((each) => each.join('\n')),
  statement: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.tuple(fc.constantFrom(...LOCALS.f64), f64).map(([name, a]) => `(local.set ${name} ${a})`),
    fc.tuple(fc.constantFrom(...LOCALS.f32), f32).map(([name, a]) => `(local.set ${name} ${a})`),
    // As sums in loops are written.
    fc
      .tuple(fc.constantFrom('$a', '$b'), f64)
      .map(([name, a]) => `(local.set ${name} ${maker('f64', `(f64.add (local.get ${name}) ${a})`)})`),
    fc.tuple(address, f64).map(([at, a]) => `(f64.store ${at} ${a})`),
    fc.tuple(address, f32).map(([at, a]) => `(f32.store ${at} ${a})`),
    fc.tuple(address, f64).map(([at, a]) => `(i64.store ${at} (i64.reinterpret_f64 ${a}))`),
    fc
      .tuple(condition, tie('statements'), tie('statements'))
      .map(([which, then, otherwise]) => `(if ${which} (then ${then}) (else ${otherwise}))`),
    tie('statements').map(
      (inner) => `(loop $again ${inner}
        (br_if $again (i32.lt_u (local.tee $turns (i32.add (local.get $turns) (i32.const 1))) (i32.const 12))))`,
    ),
    f64.map((a) => `(drop ${a})`),
    fc
      .tuple(condition, f64)
      .map(([which, a]) => `(f64.store (i32.const 0) (block (result f64) (br_if 0 ${a} ${which})))`),
  ),
}));

const canonical = (type: 'f64' | 'f32', bits: string, integer: string) => `
  (func $canonical_${type} (param ${type}) (result ${type})
    (select (${type}.reinterpret_${integer} (${integer}.const ${bits})) (local.get 0) (${type}.ne (local.get 0) (local.get 0))))
  (func $same_${type} (param ${type}) (result ${type}) (local.get 0))`;

const moduleOf = (body: string): string => `(module
  (memory (export "memory") 1)
  (data (i32.const 0) "\\00\\00\\00\\00\\00\\00\\f0\\3f\\45\\23\\01\\00\\00\\00\\f8\\ff\\01\\00\\00\\00\\00\\00\\f0\\7f\\45\\23\\c1\\ff\\00\\00\\c0\\bf")
  ${canonical('f64', '0x7ff8000000000000', 'i64')}
  ${canonical('f32', '0x7fc00000', 'i32')}
  (func (export "run") (call $program (f64.reinterpret_i64 (i64.const 0xfff8000000054321))))
  (func $program (param $p f64) (local $a f64) (local $b f64) (local $c f64) (local $x f32) (local $y f32) (local $turns i32)
    ${body}
    ${[...LOCALS.f64, ...LOCALS.f32].map((name, at) => `(${name < '$x' ? 'f64' : 'f32'}.store (i32.const ${(SLOTS + at) * 8}) (local.get ${name}))`).join('\n')}))`;

const atOnce = (text: string): string => {
  const opened = text.replaceAll(/«(f64|f32) /g, '(call $canonical_$1 ').replaceAll('»', ')');
  return moduleOf(opened);
};
const asItStands = (text: string): string => moduleOf(text.replaceAll(/«(f64|f32) |»/g, ''));

/** @returns the memory that the program leaves, in hexadecimal digits */
function left(text: string): string {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(meterModule(assemble(text))));
  // The module exports them so.
  (exports['run'] as () => void)();
  return Buffer.from((exports['memory'] as WebAssembly.Memory).buffer, 0, (SLOTS + 8) * 8).toString('hex');
}

/** Sums, which the meter mends where they are taken out, of locals that may be given something else as well. */
const sums = fc
  .record({
    before: fc.array(statements, { maxLength: 2 }),
    terms: fc.array(fc.tuple(fc.constantFrom('$a', '$b', '$c', '$p'), fc.constantFrom('set', 'tee'), f64), {
      minLength: 1,
      maxLength: 4,
    }),
    inside: fc.array(fc.tuple(fc.constantFrom('$a', '$b', '$c'), fc.constantFrom(...CONSTANTS), address), {
      maxLength: 1,
    }),
    after: fc.array(statements, { maxLength: 1 }),
  })
  .map(({ before, terms, inside, after }) => {
    const added = terms.map(([name, how, term]) => {
      const sum = maker('f64', `(f64.add (local.get ${name}) ${term})`);
      return how === 'set' ? `(local.set ${name} ${sum})` : `(f64.store (i32.const 40) (local.tee ${name} ${sum}))`;
    });
    const given = inside.map(([name, value, at], index) =>
      index % 2 === 0 ? `(local.set ${name} (f64.const ${value}))` : `(local.set ${name} (f64.load ${at}))`,
    );
    return `${before.join('\n')} ${given.join('\n')} (loop $sums (loop $inner ${added.join('\n')}
      (br_if $inner (i32.lt_u (local.tee $turns (i32.add (local.get $turns) (i32.const 1))) (i32.const 6)))))
      ${after.join('\n')}`;
  });

describe('NaNs', () => {
  it.each([
    ['of any program', statements],
    ['of sums', sums],
  ])('%s are the same bytes wherever the meter mends them', (_what, texts) => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(left(asItStands(text))).toBe(left(atOnce(text)));
      }),
      { numRuns: 400 },
    );
  });
});
