/**
 * `npm run bench`: what metering, the gate and the sandbox cost, as ratios to the stock engines in the same run on the same
 * machine. Absolute times are of this machine only.
 */
import { createProgram, prewarm, replay, run, type Language } from '@praxis/wasm-runtime';
import { createNodeHost } from '@praxis/wasm-runtime/node';
import { NotHere } from '../conformance/engines/engine.ts';
import { geometricMean, inTurn, median, ratio, row, shown, type Pair } from './measure.ts';
import { pageBytes } from './page-bytes.ts';
import { env_version, environments, LIMITS, PLACES, type Place } from './places.ts';
import { JAVASCRIPT_PROGRAMS } from './programs/javascript.ts';
import { PYTHON_PROGRAMS } from './programs/python.ts';
import { StockProcess } from './stock-process.ts';

const ROUNDS = 5;
/** Each side runs a program so long before it is timed: what an engine's optimising compiler has not got to yet is not metering. */
const WARM_UP_MS = 1000;
const host = createNodeHost();

async function overhead(place: Place, language: Language, programs: Readonly<Record<string, string>>): Promise<void> {
  console.log(`\n## Metered ${language} against the stock engine, ${place.name} (time of the program alone, warm)`);
  const pairing = await place.pair(language);
  const ratios: number[] = [];
  for (const [name, source] of Object.entries(programs)) {
    const pair = await inTurn(
      ROUNDS,
      () => pairing.ours(source),
      () => pairing.stock(source),
      WARM_UP_MS,
    );
    ratios.push(ratio(pair));
    console.log(row(name, pair));
  }
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
  console.log(`geometric mean               ${shown(geometricMean(ratios))}   from ${shown(least)} to ${shown(most)}`);
  await pairing.close();
}

async function overheads(): Promise<void> {
  for (const open of PLACES) {
    try {
      const place = await open();
      await overhead(place, 'python', PYTHON_PROGRAMS);
      await overhead(place, 'javascript', JAVASCRIPT_PROGRAMS);
      await place.close();
    } catch (error) {
      if (!(error instanceof NotHere)) throw error;
      console.log(`\nnot here: ${error.message}`);
    }
  }
}

async function freshInterpreter(): Promise<void> {
  console.log('\n## A fresh Python, from starting a process to ready (snapshot against a cold stock start)');
  const pair = await inTurn(
    ROUNDS,
    async () => {
      const before = performance.now();
      const sandbox = await prewarm({ host, environments, env_version, cpu_ms: LIMITS.cpu_ms, engines: ['python'] });
      const ms = performance.now() - before;
      sandbox.close();
      return ms;
    },
    async () => {
      const before = performance.now();
      const stock = new StockProcess('python');
      await stock.ready();
      const ms = performance.now() - before;
      stock.close();
      return ms;
    },
  );
  console.log(row('fresh interpreter', pair));
}

async function replays(): Promise<void> {
  console.log('\n## Replay with a warm sandbox');
  const steps = [{ language: 'python' as const, source: 'print(sum(range(1000)))' }];
  const program = createProgram({ env_version, steps, limits: LIMITS });
  const { record } = await run(program, { host, environments });
  const warm = () => prewarm({ host, environments, env_version, cpu_ms: LIMITS.cpu_ms, engines: ['python'] });
  const latencies: number[] = [];
  for (let round = 0; round < 10; round++) {
    const prewarmed = await warm();
    const before = performance.now();
    const { verdict } = await replay(program, record, { host, environments, prewarmed });
    latencies.push(performance.now() - before);
    if (verdict !== 'MATCH') throw new Error(`the replay gave ${verdict}`);
  }
  console.log(
    `latency ${median(latencies).toFixed(1)} ms (${Math.min(...latencies).toFixed(1)}–${Math.max(...latencies).toFixed(1)})`,
  );
  const count = 20;
  const before = performance.now();
  let next = warm();
  for (let round = 0; round < count; round++) {
    const prewarmed = await next;
    // The next one starts while this one runs, as the replay worker does it.
    next = warm();
    await replay(program, record, { host, environments, prewarmed });
  }
  const seconds = (performance.now() - before) / 1000;
  (await next).close();
  console.log(`throughput ${(count / seconds).toFixed(2)} replays/s, one warm sandbox ahead`);
}

async function firstVisit(): Promise<void> {
  console.log('\n## Bytes of a first visit before the first Python output, compressed, in Chromium');
  const { ours, stock } = await pageBytes();
  const pair: Pair = { ours: [ours / 1e6], theirs: [stock / 1e6] };
  console.log(row('bytes', pair, 'MB'));
}

await overheads();
await freshInterpreter();
await replays();
await firstVisit();
