/**
 * `npm run bench`: what metering, the gate and the sandbox cost, as ratios to the stock engines in the same run on the same
 * machine. Absolute times are of this machine only.
 */
import { createProgram, prewarm, replay, run, type Language } from '@praxis/wasm-runtime';
import { createNodeHost } from '@praxis/wasm-runtime/node';
import { NotHere } from '../conformance/engines/engine.ts';
import { geometricMean, inTurn, range, ratio, row, shown } from './measure.ts';
import { pageVisits } from './page-open.ts';
import { env_version, environments, LIMITS, PLACES, type Place } from './places.ts';
import { JAVASCRIPT_PROGRAMS } from './programs/javascript.ts';
import { PYTHON_PROGRAMS } from './programs/python.ts';
import { javaScriptInNode, pythonInChromium, pythonInNode } from './starts.ts';
import { reportSteps } from './steps/report.ts';

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

async function starts(): Promise<void> {
  console.log('\n## A fresh Python ready to run (restored from its snapshot, against a cold stock start)');
  console.log(row('new process, Node', await pythonInNode(ROUNDS)));
  console.log(row('new worker, Chromium', await pythonInChromium(ROUNDS)));
  console.log('\n## A JavaScript context in a sandbox that is there');
  console.log(`ready in ${range(await javaScriptInNode(ROUNDS))} ms`);
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
  console.log(`latency ${range(latencies)} ms`);
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

async function visits(): Promise<void> {
  console.log(
    '\n## A visit in Chromium: from opening the page to the first Python output, our page and a bare one with Pyodide',
  );
  const { bytes, first, third } = await pageVisits(ROUNDS);
  const inMegabytes = (values: number[]) => values.map((value) => value / 1e6);
  console.log(row('compressed bytes', { ours: inMegabytes(bytes.ours), theirs: inMegabytes(bytes.theirs) }, 'MB'));
  console.log(row('first visit', first));
  console.log(row('third visit', third));
}

await overheads();
await starts();
await replays();
await reportSteps({ host, environments, env_version, rounds: ROUNDS });
await visits();
