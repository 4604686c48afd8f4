/** A process with a stock engine. Programs come and times go as lines of JSON. */
import { createInterface } from 'node:readline';
import { openStock, type StockSetup } from './stock.ts';

const started = performance.now();
// Written by the benchmark.
const time = await openStock(JSON.parse(process.argv[2] ?? '') as StockSetup);
process.stdout.write(`${JSON.stringify({ ready_ms: performance.now() - started })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  // Written by the benchmark.
  const source = JSON.parse(line) as string;
  process.stdout.write(`${JSON.stringify({ ms: time(source) })}\n`);
}
