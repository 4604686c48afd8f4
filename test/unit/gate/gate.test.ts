/** The gate around a metered module that calls its imports and catches whatever they throw. */
import { describe, expect, test } from 'vitest';
import { trapOf } from '../../../wasm-runtime/src/engines/classify.ts';
import { Errno } from '../../../wasm-runtime/src/gate/errno.ts';
import { Gate, type ImportFunction } from '../../../wasm-runtime/src/gate/gate.ts';
import { HOST_CALL_FUEL, type Policy } from '../../../wasm-runtime/src/gate/policy.ts';
import { GuestTrap } from '../../../wasm-runtime/src/gate/trap.ts';
import { meterModule } from '../../../wasm-runtime/src/meter/index.ts';
import { assemble } from '../../support/wasm-text.ts';

/** `call` calls the import; `swallow` catches what it throws, and then goes on for ever. */
const MODULE = `(module
  (import "env" "f" (func $f (result i32)))
  (func (export "call") (result i32) (call $f))
  (func (export "swallow") (result i32)
    (try (do (drop (call $f))) (catch_all))
    (loop (br 0)) (unreachable)))`;
const FUEL = 100_000n;

async function open(policy: Policy, original: unknown, virtual: Record<string, ImportFunction> = {}) {
  const gate = new Gate();
  const env: Record<string, unknown> = { f: original };
  gate.wrap(env, policy, virtual);
  const module = await WebAssembly.compile(meterModule(assemble(MODULE)) as Uint8Array<ArrayBuffer>);
  // Every import is a function here.
  const { exports } = await WebAssembly.instantiate(module, { env } as WebAssembly.Imports);
  gate.connect(exports);
  gate.allow(FUEL);
  // The module exports them so.
  const { call, swallow } = exports as Record<'call' | 'swallow', () => number>;
  return { gate, call, swallow };
}

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('before the flip', () => {
  test("the engine's own glue answers", async () => {
    const { call } = await open({}, () => 7);
    expect(call()).toBe(7);
  });

  test('a failure is shown to whoever builds the environment, and latches nothing', async () => {
    const broken = new Error('broken');
    const { gate, call } = await open({ f: 'virtual' }, () => 0, {
      f: () => {
        throw broken;
      },
    });
    expect(thrownBy(call)).toBe(broken);
    expect(gate.trap).toBeNull();
  });
});

describe('after the flip', () => {
  test.each<[string, Policy, number]>([
    ['virtual', { f: 'virtual' }, 8],
    ['answered with a number', { f: -52 }, -52],
    ['nothing', { f: 'nothing' }, 0],
  ])('an import can be %s, and costs', async (_name, policy, answer) => {
    const { gate, call } = await open(policy, () => 7, { f: () => 8 });
    gate.flip();
    expect(call()).toBe(answer);
    expect(gate.usedNow()).toBeGreaterThanOrEqual(BigInt(HOST_CALL_FUEL));
  });

  test.each<[string, Policy, unknown, string]>([
    ['that no policy names', {}, () => 7, 'IMPORT_DENIED'],
    ['that loads code', { f: 'loading' }, () => 7, 'CODE_LOADING'],
    ['that only inherits a rule', Object.create({ f: 'nothing' }) as Policy, () => 7, 'IMPORT_DENIED'],
  ])('an import %s is fatal, even for who catches it', async (_name, policy, original, code) => {
    const { gate, swallow } = await open(policy, original);
    gate.flip();
    expect(thrownBy(swallow)).toBeInstanceOf(WebAssembly.RuntimeError);
    expect(gate.trap).toMatchObject({ kind: 'violation', code });
    // Nothing can be done with it any more, and the count stays at what was used until then.
    const used = gate.usedNow();
    expect(thrownBy(swallow)).toBeInstanceOf(Error);
    expect(gate.usedNow()).toBe(used);
    expect(used).toBeLessThan(FUEL);
  });

  test.each<[string, unknown, object]>([
    ['a trap', new GuestTrap('limit', 'OUTPUT', 'enough'), { kind: 'limit', code: 'OUTPUT' }],
    ['an address outside of memory', new Errno('EFAULT'), { kind: 'violation', code: 'ENGINE_FAULT' }],
    [
      "the end of the host's stack",
      new RangeError('Maximum call stack size exceeded'),
      { kind: 'internal', code: 'HOST_FAILED' },
    ],
    ["a trap of the guest's own allocator", new WebAssembly.RuntimeError('unreachable'), { code: 'ENGINE_FAULT' }],
    ['a defect of the host', new TypeError('undefined is not a function'), { kind: 'internal', code: 'HOST_FAILED' }],
  ])('%s in a virtual import ends the guest, even if it catches it', async (_name, error, expected) => {
    const { gate, swallow } = await open({ f: 'virtual' }, () => 0, {
      f: () => {
        throw error;
      },
    });
    gate.flip();
    thrownBy(swallow);
    expect(gate.trap).toMatchObject(expected);
  });

  test('fuel that a call of the host uses up ends it in that call', async () => {
    const { gate, call } = await open({ f: 'virtual' }, () => 0, { f: () => gate.charge(1_000_000) });
    gate.flip();
    expect(thrownBy(call)).toMatchObject({ kind: 'limit', code: 'FUEL', limit: Number(FUEL), used: Number(FUEL) });
    expect(gate.usedNow()).toBe(FUEL);
  });

  test("fuel that ends in the guest's own code, which a call ran, is the program's limit", async () => {
    const { gate, swallow } = await open({ f: 'virtual' }, () => 0, {
      f: () => {
        gate.charge(Number(FUEL) - 1000);
        // As an allocation: it goes on for ever, and traps.
        return swallow();
      },
    });
    gate.flip();
    const error = thrownBy(swallow);
    expect(trapOf(error, gate, { fuel: FUEL, depth: 1 })).toMatchObject({ kind: 'limit', code: 'FUEL' });
  });

  test('a call that only looks costs no more than any call, and works in both modes', async () => {
    let looked = 0;
    const { gate, call } = await open({ f: 'polled' }, () => 0, { f: () => ++looked });
    call();
    gate.flip();
    gate.allow(FUEL);
    call();
    expect(looked).toBe(2);
    expect(Number(gate.usedNow())).toBeLessThan(10);
  });

  test('the first reason counts', async () => {
    const { gate } = await open({}, () => 0);
    const first = new GuestTrap('limit', 'FUEL', 'first');
    expect(thrownBy(() => gate.latch(first))).toBe(first);
    expect(thrownBy(() => gate.latch(new GuestTrap('limit', 'DEPTH', 'second')))).toBe(first);
  });
});
