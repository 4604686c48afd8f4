/** Stock Pyodide with its packages in one folder, as its makers lay them out: their own files, the wheels beside them. */
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { readDefinition } from '@praxis/wasm-runtime/node';
import { wheelPlaces } from '../../../wasm-runtime/src/environment/wheel-cache.ts';
import { obtainWheels } from '../../../wasm-runtime/src/environment/wheels.ts';

export interface StockFolder {
  /** Ends with a slash. */
  folder: string;
  close(): Promise<void>;
}

/** With the wheels of that environment that are Pyodide's own. @throws WheelsUnavailable */
export async function makeStockFolder(environment: string): Promise<StockFolder> {
  const definition = await readDefinition(environment);
  const { resolve } = createRequire(import.meta.resolve('@praxis/wasm-runtime'));
  const pyodide = path.dirname(resolve(`${definition.interpreter.package}/package.json`));
  const folder = await mkdtemp(path.join(tmpdir(), 'praxis-stock-'));
  for (const entry of await readdir(pyodide, { withFileTypes: true })) {
    if (entry.isFile()) await copyFile(path.join(pyodide, entry.name), path.join(folder, entry.name));
  }
  const files = new Set<string>();
  for (const { wheel, bytes } of await obtainWheels(definition, wheelPlaces(process.env, homedir()))) {
    if (wheel.source !== 'pyodide') continue;
    await writeFile(path.join(folder, wheel.file), bytes);
    files.add(wheel.file);
  }
  await leaveOut(path.join(folder, 'pyodide-lock.json'), files);
  return { folder: `${folder}/`, close: () => rm(folder, { recursive: true }) };
}

interface Lock {
  packages: Record<string, { file_name: string; depends: string[] }>;
}

/** Packages whose wheels are not there, such as matplotlib's windows in a page: nobody waits for them. */
async function leaveOut(file: string, there: ReadonlySet<string>): Promise<void> {
  // Pyodide's own file.
  const lock = JSON.parse(await readFile(file, 'utf8')) as Lock;
  const isThere = (name: string): boolean => there.has(lock.packages[name]?.file_name ?? '');
  lock.packages = Object.fromEntries(Object.entries(lock.packages).filter(([name]) => isThere(name)));
  for (const entry of Object.values(lock.packages)) entry.depends = entry.depends.filter(isThere);
  await writeFile(file, JSON.stringify(lock));
}
