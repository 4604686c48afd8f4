/** A process with stock Pyodide 0.27.7. One order comes as JSON on standard input, and what Python prints goes out. */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { loadPyodide } from 'pyodide-0.27';
import type { StockOrder } from './stock-process.ts';

// Written by stock-process.ts.
const order = JSON.parse(await text(process.stdin)) as StockOrder;

const pyodide = await loadPyodide({ packageCacheDir: order.wheels, env: order.environment });
await pyodide.loadPackage([...order.packages], { messageCallback: () => undefined });
const { FS } = pyodide;
for (const { path, file } of order.given) {
  FS.mkdirTree(dirname(path));
  FS.writeFile(path, readFileSync(file));
}
FS.mkdirTree(order.folder);
FS.chdir(order.folder);
pyodide.setStdout({ batched: (line) => process.stdout.write(`${line}\n`) });
pyodide.setStderr({ batched: () => undefined });
pyodide.runPython(order.source, { globals: pyodide.toPy(order.variables) });
for (const { path, file } of order.kept) writeFileSync(file, FS.readFile(path));
