import { describe, expect, test } from 'vitest';
import { trapOf } from '../../../wasm-runtime/src/engines/classify.ts';
import { GuestTrap } from '../../../wasm-runtime/src/gate/trap.ts';

const limits = { fuel: 5n, depth: 7 };
const calm = { trap: null, tooDeep: false, exhausted: false };
const unreachable = new WebAssembly.RuntimeError('unreachable');
const latched = new GuestTrap('violation', 'IMPORT_DENIED', 'first');

describe('what left a guest module', () => {
  test.each([
    [
      'the first trap that was latched',
      new GuestTrap('limit', 'OUTPUT', 'later'),
      { ...calm, trap: latched, exhausted: true },
      latched,
    ],
    ['a trap on its way', latched, calm, latched],
  ])('%s', (_name, error, state, expected) => {
    expect(trapOf(error, state, limits)).toBe(expected);
  });

  test.each([
    [
      'a trap with no fuel left',
      unreachable,
      { ...calm, exhausted: true },
      { kind: 'limit', code: 'FUEL', limit: 5, used: 5 },
    ],
    [
      'a trap with no frames left',
      unreachable,
      { ...calm, tooDeep: true },
      { kind: 'limit', code: 'DEPTH', limit: 7, used: 7 },
    ],
    [
      'the end of the host stack in V8',
      new RangeError('Maximum call stack size exceeded'),
      calm,
      { kind: 'internal', code: 'HOST_FAILED' },
    ],
    [
      'the end of the host stack in SpiderMonkey',
      Object.assign(new Error('too much recursion'), { name: 'InternalError' }),
      calm,
      { kind: 'internal', code: 'HOST_FAILED' },
    ],
    ['any other trap', unreachable, calm, { kind: 'violation', code: 'ENGINE_FAULT' }],
    ['an exception of C++', 5_260_112, calm, { kind: 'violation', code: 'ENGINE_FAULT' }],
    ['nothing at all', undefined, calm, { kind: 'violation', code: 'ENGINE_FAULT' }],
  ])('%s', (_name, error, state, expected) => {
    expect(trapOf(error, state, limits)).toMatchObject(expected);
  });

  test('a fault keeps its cause for whoever mends it', () => {
    expect(trapOf(unreachable, calm, limits).cause).toBe(unreachable);
  });
});
