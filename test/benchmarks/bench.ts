/**
 * `npm run bench`: what metering, the gate and the sandbox cost, as ratios to the stock engines in the same run on the same
 * machine. Absolute times are of this machine only.
 */
import { createProgram, DEFAULT_LIMITS, openKernel, prewarm, replay, run, type Language } from '@praxis/wasm-runtime';
import { createNodeHost, currentEnvironments, directoryEnvironments } from '@praxis/wasm-runtime/node';
import { geometricMean, inTurn, range, ratio, row } from './measure.ts';
import { pageVisits } from './page-open.ts';
import { JAVASCRIPT_PROGRAMS } from './programs/javascript.ts';
import { PYTHON_PROGRAMS } from './programs/python.ts';
import { javaScriptInNode, pythonInChromium, pythonInNode } from './starts.ts';
import { reportSteps } from './steps/report.ts';
import { Stock } from './stock.ts';

const ROUNDS = 5;
const host = createNodeHost();
const environments = directoryEnvironments();
const env_version = (await currentEnvironments()).get('python') ?? '';
const limits = { ...DEFAULT_LIMITS, fuel: 1e12, timeout_ms: 600_000, cpu_ms: 600_000 };

async function overhead(language: Language, programs: Readonly<Record<string, string>>): Promise<void> {
  console.log(
    `\n## Metered ${language} against the stock engine (time of the program alone; ratio of paired medians, ${ROUNDS} rounds)`,
  );
  const kernel = await openKernel({ host, environments, env_version, limits });
  const stock = new Stock(language);
  await stock.ready();
  const ratios: number[] = [];
  for (const [name, source] of Object.entries(programs)) {
    // The last value is not shown on either side.
    const step = {
      object_id: name,
      language,
      source: language === 'python' ? `${source}\nNone\n` : `${source}\nundefined;`,
    };
    const pair = await inTurn(
      ROUNDS,
      async () => {
        const before = performance.now();
        const { error } = await kernel.execute(step);
        if (error) throw new Error(`${name}: ${error.message}`);
        return performance.now() - before;
      },
      () => stock.time(source),
    );
    ratios.push(ratio(pair));
    console.log(row(name, pair));
  }
  console.log(`geometric mean               ${geometricMean(ratios).toFixed(3).padStart(7)}`);
  kernel.close();
  stock.close();
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
  const program = createProgram({ env_version, steps, limits });
  const { record } = await run(program, { host, environments });
  const warm = () => prewarm({ host, environments, env_version, cpu_ms: limits.cpu_ms, engines: ['python'] });
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

await overhead('python', PYTHON_PROGRAMS);
await overhead('javascript', JAVASCRIPT_PROGRAMS);
await starts();
await replays();
await reportSteps({ host, environments, env_version, rounds: ROUNDS });
await visits();
