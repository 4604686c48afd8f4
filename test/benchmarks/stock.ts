/** The engines as their makers ship them, in a process or a worker: stock Pyodide and stock QuickJS. */
import type { Language } from '@praxis/wasm-runtime';

/** Runs a program in a world of its own. @returns milliseconds */
export type StockEngine = (source: string) => number;

/** @param indexURL where Pyodide finds its files; by default beside its script */
export async function openStock(language: Language, indexURL?: string): Promise<StockEngine> {
  if (language === 'python') {
    const { loadPyodide } = await import('pyodide');
    const pyodide = await loadPyodide(indexURL === undefined ? {} : { indexURL });
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
