/** The two interpreters that the project runs: CPython as Pyodide builds it, and QuickJS. */
import { COUNTER_EXPORT, meterModule } from '@praxis/wasm-runtime/meter';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';

const fromRuntime = createRequire(new URL('../../../wasm-runtime/package.json', import.meta.url));
const packageFile = (name: string, file: string): Uint8Array =>
  new Uint8Array(readFileSync(join(dirname(fromRuntime.resolve(`${name}/package.json`)), file)));

const modules = [
  ['CPython', 'pyodide', 'pyodide.asm.wasm'],
  ['QuickJS', '@jitl/quickjs-wasmfile-release-sync', 'dist/emscripten-module.wasm'],
] as const;

describe.each(modules)('%s', (_, name, file) => {
  let original = new Uint8Array(0);
  let metered = new Uint8Array(0);

  beforeAll(() => {
    original = Uint8Array.from(packageFile(name, file));
    metered = meterModule(original);
  });

  it('stays a valid module with the same imports, and the counter as a further export', () => {
    expect(WebAssembly.validate(metered)).toBe(true);
    const before = new WebAssembly.Module(original);
    const after = new WebAssembly.Module(metered);
    expect(WebAssembly.Module.imports(after)).toEqual(WebAssembly.Module.imports(before));
    expect(WebAssembly.Module.exports(after)).toEqual([
      ...WebAssembly.Module.exports(before),
      { name: COUNTER_EXPORT, kind: 'global' },
    ]);
  });

  it('grows by less than half', () => {
    expect(metered.length).toBeLessThan(original.length * 1.5);
  });

  it('is metered to the same bytes every time', () => {
    const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
    expect(digest(meterModule(original))).toBe(digest(metered));
  });
});
