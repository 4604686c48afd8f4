/**
 * Links a CPython without Emscripten's glue, as one that a snapshot goes into: every import is our own, and none of the
 * glue's code is in the sandbox at all. What the glue had computed at the boot is recorded beside the snapshot.
 */
import type { ImageFile } from '../../environment/image.ts';
import type { ImportFunction } from '../../gate/gate.ts';
import { PYTHON_POLICY } from '../../gate/policy.ts';
import { Python } from './instance.ts';

export interface PythonLink {
  /** Values of the imported globals, by module and name: addresses of functions that only the glue had. */
  globals: Record<string, Record<string, number>>;
}

/** @param imports what the module was instantiated with, after its boot */
export function recordLink(module: WebAssembly.Module, imports: WebAssembly.Imports): PythonLink {
  const globals: PythonLink['globals'] = {};
  for (const entry of WebAssembly.Module.imports(module)) {
    if (entry.kind !== 'global') continue;
    const global = imports[entry.module]?.[entry.name];
    if (!(global instanceof WebAssembly.Global)) throw new TypeError(`python: ${entry.name} is no global`);
    (globals[entry.module] ??= {})[entry.name] = Number(global.value);
  }
  return { globals };
}

/** @throws TypeError when it is not one. Its bytes were checked by digest before; this guards against a mix-up only. */
export function readPythonLink(value: unknown): PythonLink {
  if (typeof value !== 'object' || value === null || !('globals' in value)) {
    throw new TypeError(
      'python: this environment was built before Praxis 0.1.0, which cannot start it; choose a newer one',
    );
  }
  // Written by recordLink.
  return value as PythonLink;
}

export async function linkPython(
  module: WebAssembly.Module,
  link: PythonLink,
  files: readonly ImageFile[],
): Promise<Python> {
  const python = new Python(files);
  const imports: Record<string, WebAssembly.ModuleImports> = {};
  const entries = WebAssembly.Module.imports(module);
  const functions = python.gate.link(
    entries.flatMap(({ kind, name }) => (kind === 'function' ? [name] : [])),
    PYTHON_POLICY,
    python.virtual,
    { _PyEM_TrampolineCall_JS: trampoline(python) },
  );
  for (const { module: from, name, kind } of entries) {
    const into = (imports[from] ??= {});
    const value = link.globals[from]?.[name];
    if (kind === 'function' && functions[name]) into[name] = functions[name];
    else if (kind === 'global' && value !== undefined) {
      into[name] = new WebAssembly.Global({ value: 'i32', mutable: true }, value);
    } else throw new TypeError(`python: the snapshot does not say what the import ${from}.${name} is`);
  }
  python.connect((await WebAssembly.instantiate(module, imports)).exports);
  return python;
}

/**
 * CPython calls C functions through this one where their type may be another than the caller's: JavaScript converts.
 * Functions are kept once they were looked up: nothing changes the table.
 */
export function trampoline(python: Python): ImportFunction {
  const known: (ImportFunction | undefined)[] = [];
  const find = (address: number): ImportFunction => {
    const { table } = python;
    const function_: unknown = address >= 0 && address < table.length ? table.get(address) : null;
    if (typeof function_ !== 'function') throw new TypeError('python: a call of an address that is no function');
    // Exported functions take and return numbers.
    return (known[address] = function_ as ImportFunction);
  };
  return (address: number, a: number, b: number, c: number) => (known[address] ?? find(address))(a, b, c);
}
