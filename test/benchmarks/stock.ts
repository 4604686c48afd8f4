/** The engines as their makers ship them, in a process or a worker: stock Pyodide, with packages or without, and stock QuickJS. */
import type { Language } from '@praxis/wasm-runtime';
import type { loadPyodide as LoadPyodide } from 'pyodide';

/** What a stock engine is made of. */
export interface StockSetup {
  language: Language;
  /** Folder or address of Pyodide's files and wheels, with a slash at the end; else what npm has. */
  indexURL?: string;
  /** Loaded and then imported. */
  packages?: { load: readonly string[]; import: readonly string[] };
}

/** Runs a program in a world of its own. @returns milliseconds */
export type StockEngine = (source: string) => number;

export async function openStock({ language, indexURL, packages }: StockSetup): Promise<StockEngine> {
  if (language === 'python') {
    // Another version than npm's lies beside its wheels.
    const { loadPyodide } = packages
      ? ((await import(/* @vite-ignore */ `${indexURL}pyodide.mjs`)) as { loadPyodide: typeof LoadPyodide })
      : await import('pyodide');
    const pyodide = await loadPyodide(indexURL === undefined ? {} : { indexURL });
    if (packages) {
      await pyodide.loadPackage([...packages.load], { messageCallback: () => undefined });
      // matplotlib's own choice in Pyodide is a window of the page.
      pyodide.runPython(`import os; os.environ["MPLBACKEND"] = "agg"; import ${packages.import.join(', ')}`);
    }
    return (source) => {
      const globals = pyodide.globals.get('dict')();
      const before = performance.now();
      pyodide.runPython(source, { globals });
      const ms = performance.now() - before;
      globals.destroy();
      return ms;
    };
  }
  const { getQuickJS } = await import('quickjs-emscripten');
  const quickjs = await getQuickJS();
  return (source) => {
    const context = quickjs.newContext();
    const before = performance.now();
    context.unwrapResult(context.evalCode(source)).dispose();
    const ms = performance.now() - before;
    context.dispose();
    return ms;
  };
}
