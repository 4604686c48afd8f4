// CPython as Pyodide ships it, in Node: what Python attacks can do without our walls. Run only by tests, on cases of our own.
import { loadPyodide } from 'pyodide';
import { serve } from './protocol.mjs';

const pyodide = await loadPyodide();

await serve(async (code) => {
  const globals = pyodide.toPy({ __name__: '__main__' });
  await pyodide.runPythonAsync(code, { globals });
});
