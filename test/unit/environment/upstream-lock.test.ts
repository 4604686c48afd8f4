/** What the definitions say of upstream's wheels, against the lock that upstream publishes with the interpreter. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listDefinitions, readDefinition } from '../../../wasm-runtime/src/environment/definition.ts';

interface Locked {
  version: string;
  file_name: string;
  sha256: string;
  imports: string[];
  depends: string[];
  install_dir: string;
}

const find = createRequire(join(import.meta.dirname, '../../../wasm-runtime/package.json'));

/** @returns nothing where the package is not installed */
function lockOf(name: string): Record<string, Locked> | undefined {
  try {
    // Published with the interpreter, and read by its own loader in this shape.
    return (find(`${name}/pyodide-lock.json`) as { packages: Record<string, Locked> }).packages;
  } catch {
    return undefined;
  }
}

/** The plots of a sandbox have no page to be drawn on: this package of matplotlib's dependencies only draws there. */
const LEFT_OUT = ['matplotlib-pyodide'];

const definitions = await Promise.all((await listDefinitions()).map((name) => readDefinition(name)));

describe.each(definitions)('the wheels of $name', ({ interpreter, wheels }) => {
  const lock = lockOf(interpreter.package);
  const own = wheels.filter(({ source }) => source === 'pyodide');

  it('are those of the lock', ({ skip }) => {
    if (!lock) return skip(`the package ${interpreter.package} is not installed`);
    for (const wheel of own) {
      const locked = lock[wheel.name];
      expect(wheel).toMatchObject({ version: locked?.version, file: locked?.file_name, sha256: locked?.sha256 });
      expect(wheel.modules).toEqual(locked?.imports.toSorted());
    }
  });

  it('are archives of shared libraries exactly when they end with .zip', ({ skip }) => {
    if (!lock) return skip(`the package ${interpreter.package} is not installed`);
    for (const { name, file } of own) {
      expect(lock[name]?.install_dir).toBe(file.endsWith('.zip') ? 'dynlib' : 'site');
    }
  });

  it('have with them what they depend on', ({ skip }) => {
    if (!lock) return skip(`the package ${interpreter.package} is not installed`);
    const known = new Set([...wheels.map(({ name }) => name), ...LEFT_OUT]);
    const missing = own.flatMap(({ name }) => lock[name]?.depends ?? []).filter((name) => !known.has(name));
    expect(missing).toEqual([]);
  });
});
