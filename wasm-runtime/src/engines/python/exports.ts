/**
 * Leaves out the exports of Pyodide's CPython that nobody asks for. It has 8,560 of them, for libraries that would be linked to it at
 * run time; each costs the bytes of its name in every download, and time in every start.
 */
import { interpreterOf } from './interpreters.ts';
import { concatenate, readCount, sectionOf, withSection, writeCount } from '../module-bytes.ts';

const EXPORT_SECTION = 7;
const GLOBAL_OFFSETS = /^GOT\.(mem|func)$/;

/** What our host calls or reads, and what the glue calls, beside the names whose addresses the module itself asks for. */
const ASKED = [
  '__wasm_call_ctors', '__main_argc_argv', '__dl_seterr',
  '_emscripten_stack_alloc', '_emscripten_stack_restore', 'emscripten_stack_get_current', 'setThrew', 'malloc', 'free', 'emscripten_builtin_memalign',
  'PyErr_Clear', 'PyErr_Print', 'PyGC_Collect', 'PyImport_ImportModule', 'PyObject_CallNoArgs', 'PyObject_CallOneArg',
  'PyLong_AsVoidPtr', 'PyObject_GetAttrString', 'PyUnicode_AsUTF8', 'PyUnicode_FromString', 'Py_GetVersion',
  'Py_EMSCRIPTEN_SIGNAL_HANDLING', '_Py_TrueStruct',
] as const; // prettier-ignore

const ASKED_314 = [
  'memory', '__indirect_function_table', '__stack_pointer', '__cpp_exception', '__c_longjmp',
] as const; // prettier-ignore

/** Those of its exceptions are ours to call: `exceptions.ts`. */
const ASKED_312 = [
  '__wasm_apply_data_relocs', '_emscripten_tempret_set',
  '__cxa_can_catch', '__cxa_is_pointer_type', '__cxa_increment_exception_refcount', '__cxa_decrement_exception_refcount',
] as const; // prettier-ignore

/** Addresses of data, which the glue reads all at once. */
const READ_BY_GLUE = /wasmExports\["(\w+)"\]\.value/g;

/**
 * @param compiled the same module, which knows its own imports
 * @param glue the source of the glue
 * @param libraries names that libraries import
 * @throws Error when the module does not have what is asked for
 */
export function trimExports(
  wasm: Uint8Array,
  compiled: WebAssembly.Module,
  glue: string,
  libraries: ReadonlySet<string>,
): Uint8Array<ArrayBuffer> {
  const entries = exportEntries(sectionOf(wasm, EXPORT_SECTION));
  const names = new Set(entries.map(({ name }) => name));
  const asked = [...ASKED, ...(interpreterOf(compiled).version === '3.12' ? ASKED_312 : ASKED_314)];
  const missing = asked.find((name) => !names.has(name));
  if (missing !== undefined) throw new Error(`python: the module does not export ${missing}`);
  const offsets = WebAssembly.Module.imports(compiled).filter(({ module }) => GLOBAL_OFFSETS.test(module));
  const addresses = [...glue.matchAll(READ_BY_GLUE)].map(([, name = '']) => name);
  const wanted = new Set<string>([...asked, ...libraries, ...offsets.map(({ name }) => name), ...addresses]);
  const kept = entries.filter(({ name }) => wanted.has(name));
  return withSection(wasm, EXPORT_SECTION, concatenate([writeCount(kept.length), ...kept.map(({ bytes }) => bytes)]));
}

function exportEntries(content: Uint8Array): { name: string; bytes: Uint8Array }[] {
  const count = readCount(content, 0);
  let { end } = count;
  return Array.from({ length: count.value }, () => {
    const start = end;
    const length = readCount(content, start);
    const name = new TextDecoder().decode(content.subarray(length.end, length.end + length.value));
    // A byte for the kind, then an index.
    ({ end } = readCount(content, length.end + length.value + 1));
    return { name, bytes: content.subarray(start, end) };
  });
}
