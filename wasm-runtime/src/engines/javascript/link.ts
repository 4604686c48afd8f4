/**
 * How to link one build of QuickJS. Emscripten's minifier gives every import and export a name of one or two letters, and
 * C keeps the places of its structures to itself; this table says both. It is made when an environment is built and kept
 * in its snapshot, so that an old environment still runs on a newer host. Nothing else of Emscripten's glue is used.
 */
import { JAVASCRIPT_IMPORTS } from './imports.ts';
import { QUICKJS_LAYOUT, type Layout } from './layout.ts';

export interface LinkTable {
  /** The one module name that everything is imported from. */
  module: string;
  /** Import and export names of the module by the names of their C functions. */
  imports: Record<string, string>;
  exports: Record<string, string>;
  layout: Layout;
}

/** What the memory is called among the imports. */
export const MEMORY_IMPORT = 'memory';

/** Exports that the host calls; the module has more. */
export const USED_EXPORTS = [
  '__wasm_call_ctors', 'emscripten_stack_get_current', 'malloc', 'free',
  'QTS_NewRuntime', 'QTS_NewContext', 'QTS_RuntimeSetMaxStackSize', 'QTS_RuntimeEnableInterruptHandler',
  'QTS_RuntimeDisableInterruptHandler', 'QTS_NewFunction', 'QTS_Eval', 'QTS_Call', 'QTS_GetProp',
  'QTS_GetGlobalObject', 'QTS_ResolveException', 'QTS_ExecutePendingJob', 'QTS_PromiseState', 'QTS_PromiseResult',
  'QTS_NewString', 'QTS_NewFloat64', 'QTS_GetFloat64', 'QTS_NewArrayBuffer', 'QTS_GetUndefined', 'QTS_GetTrue', 'QTS_GetFalse',
  'QTS_FreeValuePointer',
] as const; // prettier-ignore
/** Those that only a boot calls, so that older environments do without. */
const BOOT_EXPORTS = ['QTS_RuntimeEnableModuleLoader'] as const;
export type ExportName = (typeof USED_EXPORTS)[number] | (typeof BOOT_EXPORTS)[number];

/**
 * @param wasm the module as it was published
 * @param glue text of its Emscripten glue
 * @throws Error when they are not of the build that this code knows
 */
export function makeLinkTable(wasm: Uint8Array<ArrayBuffer>, glue: string): LinkTable {
  const module = new WebAssembly.Module(wasm);
  const wanted = WebAssembly.Module.imports(module);
  const [first] = wanted;
  if (!first || wanted.some((entry) => entry.module !== first.module))
    throw new Error('quickjs: expected imports from one module');
  const imports: Record<string, string> = {};
  for (const [name, mark] of Object.entries(JAVASCRIPT_IMPORTS)) {
    if (!glue.includes(`{${mark}`) && !glue.includes(`,${mark}`))
      throw new Error(`quickjs: the glue does not define ${name} as expected`);
    imports[name] = mark.slice(0, mark.indexOf(':'));
  }
  const memory = wanted.filter((entry) => entry.kind === 'memory');
  if (memory.length !== 1 || !memory[0]) throw new Error('quickjs: expected one imported memory');
  imports[MEMORY_IMPORT] = memory[0].name;
  const expected = Object.values(imports).sort().join(' ');
  const found = wanted.map((entry) => entry.name).sort().join(' '); // prettier-ignore
  if (found !== expected) throw new Error(`quickjs: the module imports ${found}, expected ${expected}`);

  return { module: first.module, imports, exports: exportNames(module, glue), layout: QUICKJS_LAYOUT };
}

function exportNames(module: WebAssembly.Module, glue: string): Record<string, string> {
  const short = new Map<string, string>();
  for (const [, name = '', letters = ''] of glue.matchAll(/\bc\._(\w+)=b\.([\w$]+)/g)) short.set(name, letters);
  const constructors = /\bZ\.(\w+)\(\);D\?\.\(c\)/.exec(glue)?.[1];
  if (constructors) short.set('__wasm_call_ctors', constructors);
  const stack = /[,;]sa=b\.\w+;Y=b\.\w+;ra=b\.(\w+);/.exec(glue)?.[1];
  if (stack) short.set('emscripten_stack_get_current', stack);
  const functions = new Set(
    WebAssembly.Module.exports(module).flatMap((entry) => (entry.kind === 'function' ? [entry.name] : [])),
  );
  const exports: Record<string, string> = {};
  for (const name of [...USED_EXPORTS, ...BOOT_EXPORTS]) {
    const letters = short.get(name);
    if (!letters || !functions.has(letters)) throw new Error(`quickjs: the module does not export ${name}`);
    exports[name] = letters;
  }
  return exports;
}

/** @throws TypeError when it is not a link table. Its bytes were checked by digest before; this guards against a mix-up only. */
export function readLinkTable(value: unknown): LinkTable {
  if (!isObject(value))
    throw new TypeError(
      'quickjs: this environment was built before Praxis 0.1.0, which cannot start it; choose a newer one',
    );
  const { module, imports, exports, layout } = value;
  if (typeof module !== 'string' || !isObject(imports) || !isObject(exports) || !isObject(layout)) {
    throw new TypeError('quickjs: what its snapshot has is not a link table');
  }
  for (const name of [...Object.keys(JAVASCRIPT_IMPORTS), MEMORY_IMPORT]) {
    if (typeof imports[name] !== 'string') throw new TypeError(`quickjs: the link table lacks the import ${name}`);
  }
  for (const name of USED_EXPORTS) {
    if (typeof exports[name] !== 'string') throw new TypeError(`quickjs: the link table lacks the export ${name}`);
  }
  for (const name of Object.keys(QUICKJS_LAYOUT)) {
    if (typeof layout[name] !== 'number') throw new TypeError(`quickjs: the link table lacks the place of ${name}`);
  }
  // Every entry that is read was looked at above.
  return value as unknown as LinkTable;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
