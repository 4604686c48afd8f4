import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { bytesOf } from '../../../wasm-runtime/src/engines/given.ts';
import { KeptModule } from '../../../wasm-runtime/src/hosts/kept-module.ts';

/** An empty module. */
const CODE = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);
const content = new Uint8Array(1000).map((_, at) => at * 7);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function kept(file: Uint8Array, form: 'module' | 'bytes', shared?: boolean): KeptModule {
  const module = new KeptModule();
  module.take(new Uint8Array(file), form, shared);
  return module;
}

describe('a file that the sandbox frame keeps', () => {
  test('is one module for all workers, when it is code', async () => {
    const module = kept(CODE, 'module');
    const first = await module.given(true);
    module.settle(true);
    expect(first).toBeInstanceOf(WebAssembly.Module);
    expect(await module.given(true)).toBe(first);
  });

  test('is bytes at first, a copy for each worker, and later one module that holds them', async () => {
    const compile = vi.spyOn(WebAssembly, 'compile');
    const file = kept(content, 'bytes', true);
    const first = await file.given(true);
    if (!(first instanceof Uint8Array)) throw new Error('expected bytes');
    // What a worker does to its own is nothing to the next one.
    first.fill(0);
    expect(await file.given(true)).toEqual(content);
    expect(compile).toHaveBeenCalledTimes(0);
    await vi.advanceTimersByTimeAsync(2000);
    await vi.waitFor(async () => expect(await file.given(true)).toBeInstanceOf(WebAssembly.Module));
    const held = await file.given(true);
    expect(bytesOf(held)).toEqual(content);
    expect(await file.given(true)).toBe(held);
    expect(compile).toHaveBeenCalledTimes(1);
  });

  test('stays bytes where it cannot become a module', async () => {
    vi.spyOn(WebAssembly, 'compile').mockRejectedValue(new RangeError('no room'));
    const file = kept(content, 'bytes', true);
    await file.given(true);
    await vi.advanceTimersByTimeAsync(2000);
    expect(await file.given(true)).toEqual(content);
  });

  test.each(['module', 'bytes'] as const)('is bytes for each worker that shares no modules: %s', async (form) => {
    const file = kept(CODE, form);
    file.settle(false);
    const [first, second] = [await file.given(false), await file.given(false)];
    await vi.advanceTimersByTimeAsync(2000);
    expect([first, second, await file.given(false)]).toEqual([CODE, CODE, CODE]);
    expect(first).not.toBe(second);
    await expect(file.given(false)).resolves.toEqual(CODE);
  });

  test('that is code can be asked for in one way only, once it is known', async () => {
    const module = kept(CODE, 'module');
    module.settle(true);
    await expect(module.given(false)).rejects.toThrow(TypeError);
  });
});
