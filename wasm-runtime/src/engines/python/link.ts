/**
 * Links a CPython without Emscripten's glue, as one that a snapshot goes into: every import is our own, and none of the
 * glue's code is in the sandbox at all. What the glue had computed at the boot is recorded beside the snapshot.
 */
import type { ImageFile } from '../../environment/image.ts';
import { MAX_MEMORY_PAGES, Python } from './instance.ts';
import type { LibrariesState, LibraryModules } from './libraries.ts';

const PAGE_BYTES = 65_536;

export interface PythonLink {
  /** Values of the imported globals, by module and name: addresses of functions that only the glue had. */
  globals: Record<string, Record<string, number>>;
  /** Entries of the table before libraries, where the module imports it. */
  table_length: number;
  libraries: LibrariesState;
}

/** Never assigned to, and imported as constants. */
const CONSTANT = /^__(?:memory|table)_base$/;

/** @param imports what the module was instantiated with, after its boot */
export function recordLink(module: WebAssembly.Module, imports: WebAssembly.Imports, python: Python): PythonLink {
  const globals: PythonLink['globals'] = {};
  for (const entry of WebAssembly.Module.imports(module)) {
    if (entry.kind !== 'global') continue;
    const global = imports[entry.module]?.[entry.name];
    if (!(global instanceof WebAssembly.Global)) throw new TypeError(`python: ${entry.name} is no global`);
    (globals[entry.module] ??= {})[entry.name] = Number(global.value);
  }
  return { globals, table_length: python.ownTableLength, libraries: python.libraries.save() };
}

/** @throws TypeError when it is not one. Its bytes were checked by digest before; this guards against a mix-up only. */
export function readPythonLink(value: unknown): PythonLink {
  if (typeof value !== 'object' || value === null || !('globals' in value) || !('libraries' in value)) {
    throw new TypeError(
      'python: this environment was built before Praxis 0.1.0, which cannot start it; choose a newer one',
    );
  }
  // Written by recordLink.
  return value as PythonLink;
}

export interface LinkOptions {
  module: WebAssembly.Module;
  link: PythonLink;
  files: readonly ImageFile[];
  libraries: LibraryModules;
  /** Size of the memory that is restored afterwards, in pages. */
  pages: number;
  onRead?: (path: string) => void;
}

export async function linkPython({ module, link, files, libraries, pages, onRead }: LinkOptions): Promise<Python> {
  const python = new Python({ files, libraries, ...(onRead ? { onRead } : {}) });
  const imports: Record<string, WebAssembly.ModuleImports> = {};
  const entries = WebAssembly.Module.imports(module);
  const functions = python.imports(entries.flatMap(({ kind, name }) => (kind === 'function' ? [name] : [])));
  for (const { module: from, name, kind } of entries) {
    const into = (imports[from] ??= {});
    const value = link.globals[from]?.[name];
    if (kind === 'function' && functions[name]) into[name] = functions[name];
    else if (kind === 'memory') into[name] = new WebAssembly.Memory({ initial: pages, maximum: MAX_MEMORY_PAGES });
    else if (kind === 'table') into[name] = new WebAssembly.Table({ element: 'anyfunc', initial: link.table_length });
    else if (kind === 'global' && value !== undefined) {
      into[name] = CONSTANT.test(name) ? value : new WebAssembly.Global({ value: 'i32', mutable: true }, value);
      if (from === 'GOT.func') python.nameHostFunction(value, name);
    } else throw new TypeError(`python: the snapshot does not say what the import ${from}.${name} is`);
  }
  python.connect((await WebAssembly.instantiate(module, imports)).exports, imports['env'] ?? {});
  const missing = pages - python.memory.buffer.byteLength / PAGE_BYTES;
  if (missing > 0) python.memory.grow(missing);
  python.libraries.restore(link.libraries);
  return python;
}
