/** Why a test may have another outcome metered than on stock Pyodide. Whatever is not here is a defect until somebody knows better. */

export interface Explanation {
  /** Of pytest's node ids. */
  tests: RegExp;
  /** Outcomes, any of these. A test that a side did not get to, or left out, has `none`. */
  stock: readonly string[];
  metered: readonly string[];
  /** What one of both sides said. */
  why?: RegExp;
  reason: string;
}

export const EXPLANATIONS: readonly Explanation[] = [
  {
    tests: /^numpy\/_core\/.*::(test_object_casts_NULL_None_equivalence|test__deepcopy__|test_object_with_NULLs)\[/,
    stock: ['passed'],
    metered: ['IMPORT_DENIED', 'none'],
    reason:
      'The test calls a C function by `ctypes` (`memset`). A guest has the types of `ctypes` and no calls, and such a call ends its program. ' +
      'When two tests of a function have ended the engine, its others are not run, and have the outcome `none`.',
  },
  {
    tests: /^numpy\/_core\/tests\/test_ufunc\.py::TestLowlevelAPIAccess::test_loop_access$/,
    stock: ['passed'],
    metered: ['CODE_LOADING'],
    why: /PyCapsule_GetPointer/,
    reason:
      'The test looks C functions of CPython up by `ctypes.pythonapi`, to call them. Symbols are given of libraries only, not of the ' +
      'interpreter itself, and asking for one of those ends a program.',
  },
  {
    tests:
      /^numpy\/_core\/.*::(test_(list|tuple|dict)_recursion|test_recursion|test_void_subtype_recursion|test_to_bool_scalar|test_object_array_(self|circular)_reference)$/,
    stock: ['CRASH'],
    metered: ['DEPTH'],
    reason:
      'The test recurses without end through C. Both engines end: stock Pyodide where the stack of its host does, with a fatal error; a ' +
      'metered run at its limit of nested calls, with an error of its record.',
  },
  {
    tests:
      /^numpy\/_core\/.*::(TestBoolCmp::test_float|TestFPClass::test_fpclass\[-?\d+\]|TestFPClass::test_fp_noncontiguous\[f\])$/,
    stock: ['passed'],
    metered: ['failed'],
    why: /Arrays are not equal/,
    reason:
      'The test looks for the sign of a NaN that was converted from 64 to 32 bits. WebAssembly leaves that sign open and processors differ ' +
      'in it (one of these tests excuses RISC-V), so the meter makes such a NaN canonical, which is positive.',
  },
  {
    tests: /^numpy\/lib\/tests\/test_io\.py::TestPathUsage::test_save_load_memmap_readwrite\[/,
    stock: ['xfailed'],
    metered: ['xpassed'],
    reason:
      'numpy expects this to fail on WebAssembly: Emscripten writes a mapped file back through a descriptor, which is closed by then. Our own ' +
      'file system keeps the file of a mapping, so what was written there is in the file, as it has to be.',
  },
  {
    tests: /^numpy\/typing\/tests\/test_isfile\.py::TestIsFile::test_isfile$/,
    stock: ['passed'],
    metered: ['failed'],
    reason: 'The environment leaves out files that only type checkers read (`exclude` of its definition).',
  },
];
