/** Which exports of CPython stay: those that somebody asks for. */
import { expect, it } from 'vitest';
import { trimExports } from '../../../wasm-runtime/src/engines/python/exports.ts';
import { assemble } from '../../support/wasm-text.ts';

const HOST = [
  '__wasm_call_ctors', '__main_argc_argv', '__dl_seterr', 'PyLong_AsVoidPtr', '_emscripten_stack_alloc', '_emscripten_stack_restore',
  'emscripten_stack_get_current', 'setThrew', 'malloc', 'free', 'emscripten_builtin_memalign',
  'PyErr_Clear', 'PyErr_Print', 'PyGC_Collect', 'PyImport_ImportModule', 'PyObject_CallNoArgs', 'PyObject_CallOneArg',
  'PyObject_GetAttrString', 'PyUnicode_AsUTF8', 'PyUnicode_FromString', 'Py_GetVersion',
]; // prettier-ignore

const text = (functions: readonly string[]) => `(module
  (import "GOT.func" "PyList_Append" (global (mut i32)))
  (import "env" "PyList_Sort" (global (mut i32)))
  (tag (export "__cpp_exception") (param i32))
  (tag (export "__c_longjmp") (param i32))
  (memory (export "memory") 1)
  (table (export "__indirect_function_table") 1 funcref)
  (global (export "__stack_pointer") (mut i32) (i32.const 0))
  (global (export "Py_EMSCRIPTEN_SIGNAL_HANDLING") i32 (i32.const 8))
  (global (export "_Py_TrueStruct") i32 (i32.const 16))
  (global (export "PyExc_OSError") i32 (i32.const 24))
  (global (export "PyExc_KeyError") i32 (i32.const 32))
  ${functions.map((name) => `(func (export "${name}"))`).join('\n')})`;

const GLUE = 'assign(){_PyExc_OSError=wasmExports["PyExc_OSError"].value;_PyList_Sort=wasmExports["PyList_Sort"]}';

function exportsOf(functions: readonly string[]): string[] {
  const wasm = assemble(text(functions));
  const trimmed = new WebAssembly.Module(trimExports(wasm, new WebAssembly.Module(wasm), GLUE, new Set()));
  return WebAssembly.Module.exports(trimmed).map(({ name }) => name);
}

it('keeps what the host calls, the addresses that the module asks for and those that the glue reads', () => {
  const kept = exportsOf([...HOST, 'PyList_Append', 'PyList_Sort', 'PyList_Reverse']);
  expect(kept).toEqual(
    expect.arrayContaining([...HOST, 'memory', '__cpp_exception', 'PyList_Append', 'PyExc_OSError']),
  );
  expect(kept).not.toContain('PyList_Sort');
  expect(kept).not.toContain('PyList_Reverse');
  expect(kept).not.toContain('PyExc_KeyError');
});

it('refuses a module without what the host calls', () => {
  expect(() => exportsOf(HOST.filter((name) => name !== 'setThrew'))).toThrow('does not export setThrew');
});
