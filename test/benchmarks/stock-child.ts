/** A process with the engines as their makers ship them: stock Pyodide and stock QuickJS. Programs come and times go as lines of JSON. */
import { createInterface } from 'node:readline';
import { loadPyodide } from 'pyodide';
import { getQuickJS } from 'quickjs-emscripten';

const started = performance.now();
const engine = process.argv[2];
const pyodide = engine === 'python' ? await loadPyodide() : null;
const quickjs = engine === 'javascript' ? await getQuickJS() : null;
process.stdout.write(`${JSON.stringify({ ready_ms: performance.now() - started })}\n`);

for await (const line of createInterface({ input: process.stdin })) {
  // Written by the benchmark.
  const source = JSON.parse(line) as string;
  let ms: number;
  if (pyodide) {
    const globals = pyodide.globals.get('dict')();
    const before = performance.now();
    pyodide.runPython(source, { globals });
    ms = performance.now() - before;
    globals.destroy();
  } else if (quickjs) {
    const context = quickjs.newContext();
    const before = performance.now();
    context.unwrapResult(context.evalCode(source)).dispose();
    ms = performance.now() - before;
    context.dispose();
  } else {
    throw new Error('expected python or javascript');
  }
  process.stdout.write(`${JSON.stringify({ ms })}\n`);
}
