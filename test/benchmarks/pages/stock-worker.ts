/** A worker with a stock engine. Programs and times are its messages, the first says that it is ready; its name says which engine. */
import { openStock, type StockEngine, type StockSetup } from '../stock.ts';

// A worker's global scope; the page's types do not know of it.
const scope = globalThis as unknown as {
  name: string;
  onmessage: (event: MessageEvent<string>) => void;
  postMessage: (ms: number) => void;
};
// Written by the benchmark.
const setup = JSON.parse(scope.name) as StockSetup;
const opened: Promise<StockEngine> = openStock({ ...setup, indexURL: new URL('/pyodide/', location.href).href });
scope.onmessage = ({ data }) => void opened.then((time) => scope.postMessage(time(data)));
void opened.then(() => scope.postMessage(0));
