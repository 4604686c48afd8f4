import { expect, test } from 'vitest';
import { readPointers } from '../../../../wasm-runtime/src/engines/javascript/boot.ts';
import { copySnapshot, QuickJs } from '../../../../wasm-runtime/src/engines/javascript/instance.ts';
import { Libraries } from '../../../../wasm-runtime/src/engines/javascript/libraries.ts';
import { readLinkTable } from '../../../../wasm-runtime/src/engines/javascript/link.ts';
import { ModuleLoader } from '../../../../wasm-runtime/src/engines/javascript/module-loader.ts';
import { unpackSnapshot } from '../../../../wasm-runtime/src/engines/snapshot.ts';
import { GuestTrap } from '../../../../wasm-runtime/src/gate/trap.ts';
import { javaScriptFiles } from './support.ts';

test('a corrupted engine that asks with addresses outside of its memory, or for nothing, is ended', async () => {
  const { module, snapshot } = await javaScriptFiles();
  const { link, pointers, ...rest } = unpackSnapshot(snapshot);
  const engine = new QuickJs(await WebAssembly.compile(new Uint8Array(module)), readLinkTable(link));
  copySnapshot(engine, { link, pointers, ...rest });
  const loader = new ModuleLoader({
    engine,
    pointers: readPointers(pointers),
    inputs: new Map(),
    libraries: new Libraries([]),
    outOfMemory: () => {
      throw new Error('out of memory');
    },
  });
  const [size, text] = [engine.linear.buffer.byteLength, engine.allocateText('praxis').address];
  for (const [importer, specifier] of [
    [text, -1],
    [size + 8, text],
    [-8, -8],
  ] as const)
    expect(() => loader.resolve(importer, specifier)).toThrow('EFAULT');
  expect(() => loader.load()).toThrow(GuestTrap);
  const name = loader.resolve(size - 1, text);
  expect(engine.memory.path(name)).toBe('praxis');
});
