/** Emscripten's glue in its scope: what of the host it could see is the same everywhere, or is not there. */
import { runInThisContext } from 'node:vm';
import { describe, expect, it, vi } from 'vitest';
import { GLUE_TABLE, glueScript, openGlue, type GlueFunction } from '../../../wasm-runtime/src/engines/glue.ts';
import { assemble } from '../../support/wasm-text.ts';

/** Glue that tells what it finds under a name, and lets the test call what it finds. */
const SOURCE = `
const names = ['process', 'require', 'fetch', 'XMLHttpRequest', 'importScripts', 'Intl', 'crypto', 'Atomics', 'SharedArrayBuffer',
  'navigator', 'document', 'window', 'self', 'global', 'Worker', 'MessageChannel', 'indexedDB'];
const glue = async (settings) => ({
  seen: names.filter((name) => eval('typeof ' + name) !== 'undefined' || globalThis[name] !== undefined),
  Date, Math, performance, WebAssembly, FinalizationRegistry, setTimeout, globalThis, settings,
  random: () => [Math.random(), Math.random(), Math.random()],
  imported: import('node:fs').then(() => 'imported', (error) => error.message),
});
export default glue;
`;

interface Scope {
  seen: string[];
  Date: DateConstructor;
  Math: Math;
  performance: { now(): number };
  WebAssembly: typeof WebAssembly & Record<string, unknown>;
  FinalizationRegistry: typeof FinalizationRegistry;
  setTimeout: (task: () => void, ms: number) => unknown;
  random(): number[];
  imported: Promise<string>;
}

async function open(refuseModules = () => false): Promise<Scope> {
  runInThisContext(glueScript('test', SOURCE));
  const scope = globalThis as Record<string, unknown>;
  const table = scope[GLUE_TABLE] as Record<string, GlueFunction>;
  delete scope[GLUE_TABLE];
  const glue = table['test'];
  if (glue === undefined) throw new Error('the glue did not register itself');
  // What the source above gives.
  return (await openGlue(glue, refuseModules, false)({})) as unknown as Scope;
}

/** A module of at least so many bytes, by a custom section. */
function moduleOfSize(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  const content = size - 8 - 3;
  bytes.set([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 0, 0x80 | (content & 0x7f), content >> 7]);
  return bytes;
}

/** A function that asks whether a reference is of a type: a part of the garbage-collection proposal. */
// prettier-ignore
const GC_PROBE = Uint8Array.of(
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 6, 1, 0x60, 1, 0x6e, 1, 0x7f, 3, 2, 1, 0,
  10, 9, 1, 7, 0, 0x20, 0, 0xfb, 0x14, 0x6c, 0x0b,
);

describe('glue', () => {
  it('sees nothing of its host', async () => {
    expect((await open()).seen).toEqual([]);
  });

  it('lives at one instant, in UTC', async () => {
    vi.stubEnv('TZ', 'Asia/Kathmandu');
    const { Date: GlueDate, performance } = await open();
    const now = new GlueDate();
    expect([now.getTime(), GlueDate.now(), performance.now()]).toEqual([1_700_000_000_000, 1_700_000_000_000, 1000]);
    expect(now.getTimezoneOffset()).toBe(0);
    expect([now.getFullYear(), now.getMonth(), now.getDate(), now.getHours(), now.getMinutes()]).toEqual([
      2023, 10, 14, 22, 13,
    ]);
    expect(new GlueDate(2024, 6, 1, 12).getTime()).toBe(Date.UTC(2024, 6, 1, 12));
    now.setHours(0, 0, 0, 0);
    expect(now.toISOString()).toBe('2023-11-14T00:00:00.000Z');
    vi.unstubAllEnvs();
  });

  it('has random numbers that each engine starts anew', async () => {
    const [one, two] = [await open(), await open()];
    const rolls = one.random();
    expect(two.random()).toEqual(rolls);
    expect(new Set(rolls).size).toBe(3);
  });

  it('waits for no timer, no collected object and no module of the host', async () => {
    const { setTimeout: wait, FinalizationRegistry: Registry, imported } = await open();
    let called = 0;
    expect(wait(() => called++, 0)).toBe(0);
    const registry = new Registry<number>(() => called++);
    registry.register({}, 1);
    expect(registry).not.toBeInstanceOf(FinalizationRegistry);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(called).toBe(0);
    expect(await imported).toBe('glue: module imports are refused');
  });

  it('takes the same path on engines that have promise integration and typed garbage collection, and on others', async () => {
    const { WebAssembly: Restricted } = await open();
    const { Suspending, promising, compile, instantiate, validate } = Restricted;
    expect([Suspending, promising, compile, instantiate, validate]).toEqual(Array(5).fill(undefined));
    expect(() => new Restricted.Module(GC_PROBE)).toThrow('this module is refused');
  });

  it('makes small thunks, and none once the guest runs', async () => {
    let isGuest = false;
    const { WebAssembly: Restricted } = await open(() => isGuest);
    const thunk = assemble('(module (func (export "f") (result i32) (i32.const 42)))') as Uint8Array<ArrayBuffer>;
    const { f } = new Restricted.Instance(new Restricted.Module(thunk)).exports;
    expect(typeof f === 'function' && f()).toBe(42);
    expect(new Restricted.Module(moduleOfSize(300))).toBeInstanceOf(WebAssembly.Module);
    expect(() => new Restricted.Module(moduleOfSize(301))).toThrow('this module is refused');
    isGuest = true;
    expect(() => new Restricted.Module(thunk)).toThrow('this module is refused');
  });
});
