/** A worker with a stock engine. Programs and times are its messages; its name is the engine. */
import { openStock, type StockEngine } from '../stock.ts';

// A worker's global scope; the page's types do not know of it.
const scope = globalThis as unknown as {
  name: string;
  onmessage: (event: MessageEvent<string>) => void;
  postMessage: (ms: number) => void;
};
const opened: Promise<StockEngine> = openStock(scope.name === 'python' ? 'python' : 'javascript', '/pyodide/');
scope.onmessage = ({ data }) => void opened.then((time) => scope.postMessage(time(data)));
