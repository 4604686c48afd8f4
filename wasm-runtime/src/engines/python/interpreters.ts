/** Builds of CPython that an environment may have, and all that differs between them. */

export interface Interpreter {
  /** Of CPython. */
  version: '3.12' | '3.14';
  /** File of the package that holds the engine maker's own JavaScript. */
  glueFile: string;
  /** Where CPython looks for its standard library. */
  libraryArchive: string;
  sitePackages: string;
  /** Counted frames: enough for an ordinary RecursionError, less than the smallest native stack holds. */
  maxDepth: number;
  /** Whether its JavaScript finds out by itself where it runs. */
  looksForWorker: boolean;
  /** Pages of the memory that it starts with, where it imports one. */
  importedMemoryPages: number;
}

const PYTHON_314: Interpreter = {
  version: '3.14',
  glueFile: 'pyodide.asm.mjs',
  libraryArchive: '/lib/python314.zip',
  sitePackages: '/lib/python3.14/site-packages',
  maxDepth: 1200,
  looksForWorker: false,
  importedMemoryPages: 0,
};

/** Throws through JavaScript, and imports its memory and table. */
const PYTHON_312: Interpreter = {
  version: '3.12',
  glueFile: 'pyodide.asm.js',
  libraryArchive: '/lib/python312.zip',
  sitePackages: '/lib/python3.12/site-packages',
  maxDepth: 1500,
  looksForWorker: true,
  importedMemoryPages: 320,
};

/** Which of them a module is. */
export function interpreterOf(module: WebAssembly.Module): Interpreter {
  return WebAssembly.Module.imports(module).some(({ kind }) => kind === 'memory') ? PYTHON_312 : PYTHON_314;
}
