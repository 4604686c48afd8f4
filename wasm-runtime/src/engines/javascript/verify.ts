/**
 * Checks that the engine's structures are where the link table says, by what they do. It runs when an environment is built,
 * on an engine that is thrown away afterwards.
 */
import { releaseBindings } from './bindings.ts';
import { expectValue, type Pointers } from './boot.ts';
import type { QuickJs } from './instance.ts';

/** @throws Error when one is elsewhere */
export function verifyEngine(engine: QuickJs, pointers: Pointers): void {
  const { context } = pointers;
  const evaluate = (source: string) =>
    expectValue(engine, context, engine.evaluate(context, source, 'verify', 'plain'), source);
  const expect = (what: string, found: unknown, expected: unknown) => {
    if (found !== expected)
      throw new Error(
        `quickjs: ${what} is not where it is expected: got ${String(found)}, expected ${String(expected)}`,
      );
  };
  const text = (source: string) => engine.values.text(evaluate(source), 1000);

  expect('an integer', engine.values.int(evaluate('-7')), -7);
  expect('a truth value', engine.values.int(evaluate('true')), 1);
  expect('null', engine.values.is(evaluate('null'), 'null'), true);
  expect('undefined', engine.values.is(evaluate('void 0'), 'undefined'), true);
  expect('no integer', engine.values.int(evaluate('0.5')), undefined);
  expect('a Latin-1 string', text('"caf\\xe9\\x85\\0."'), 'caf\xe9\x85\0.');
  expect('a wide string', text('"\\u03c0\\ud83d\\ude00\\0"'), '\u03c0\u{1f600}\0');
  expect(
    'a joined string',
    text('("x".repeat(900) + "\\u03c0".repeat(90)).toWellFormed()'),
    'x'.repeat(900) + '\u03c0'.repeat(90),
  );

  expect('what modules are made with', text('typeof globalThis.praxis'), 'undefined');

  const buffer = evaluate('Uint8Array.of(1, 2, 3, 4, 5).buffer');
  expect('an ArrayBuffer', engine.values.bufferPart(buffer, 1, 3)?.join(), '2,3,4');
  expect('its end', engine.values.bufferPart(buffer, 1, 5), undefined);
  expect('no ArrayBuffer', engine.values.bufferPart(evaluate('({})'), 0, 0), undefined);

  const state = 0x0123_4567_89ab_cdefn;
  engine.memory.setBigInt64(pointers.random_state, state);
  expect(
    'the state of Math.random',
    engine.call('QTS_GetFloat64', context, evaluate('Math.random()')),
    randomAfter(state),
  );

  let rejected = '';
  engine.setListener({
    call: () => 0,
    rejected: (_promise, reason, handled) => {
      rejected += `${reason & 0xffff_ffffn}${handled ? '+' : '-'} `;
    },
    resolve: () => 0,
    load: () => 0,
  });
  evaluate('Promise.reject(41).catch(() => 0)');
  expect('the rejection tracker', rejected, '41- 41+ ');

  // `seen` was defined before; it must see what is declared after.
  evaluate(
    'let first = 1; const second = 2; var third = 3; const seen = () => [first, second, third, typeof fourth].join(); function fourth() {}',
  );
  const tell = (entry: 'lexicals' | 'dropLexicals', argument: number) => {
    return (
      engine.values.int(expectValue(engine, context, engine.apply(context, pointers[entry], argument), entry)) === 1
    );
  };
  releaseBindings(engine, pointers, tell);
  evaluate('const first = 10; let second = 20; class third {} let fourth; third = 30;');
  expect('a variable', text('seen().toWellFormed()'), '10,20,30,undefined');
}

/** xorshift64* (Vigna 2016), its upper 52 bits as a fraction: what Math.random answers next. */
function randomAfter(state: bigint): number {
  let x = state;
  x ^= x >> 12n;
  x = BigInt.asUintN(64, x ^ (x << 25n));
  x ^= x >> 27n;
  return Number(BigInt.asUintN(64, x * 0x2545_f491_4f6c_dd1dn) >> 12n) / 2 ** 52;
}
