/** A process with a stock engine. Programs come and times go as lines of JSON. */
import { createInterface } from 'node:readline';
import { openStock } from './stock.ts';

const started = performance.now();
const engine = process.argv[2];
if (engine !== 'python' && engine !== 'javascript') throw new Error('expected python or javascript');
const time = await openStock(engine);
process.stdout.write(`${JSON.stringify({ ready_ms: performance.now() - started })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  // Written by the benchmark.
  const source = JSON.parse(line) as string;
  process.stdout.write(`${JSON.stringify({ ms: time(source) })}\n`);
}
