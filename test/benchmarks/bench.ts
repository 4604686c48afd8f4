/**
 * `npm run bench [-- SECTION…]`: what metering, the gate and the sandbox cost, as ratios to the stock engines in the same run on the
 * same machine. Absolute times are of this machine only.
 */
import { createProgram, prewarm, replay, run, type Language } from '@praxis/wasm-runtime';
import { createNodeHost } from '@praxis/wasm-runtime/node';
import { range, row } from './measure.ts';
import { overhead } from './overhead.ts';
import { packageOverheads, packageReplays, packageStarts, packageVisits } from './packages/report.ts';
import { firstOutputVisits, reportVisits } from './page-open.ts';
import { eachPlace, env_version, environments, LIMITS } from './places.ts';
import { JAVASCRIPT_PROGRAMS } from './programs/javascript.ts';
import { PYTHON_PROGRAMS } from './programs/python.ts';
import { javaScriptInNode, pythonInChromium, pythonInNode } from './starts.ts';
import { reportSteps } from './steps/report.ts';

const ROUNDS = 5;
const host = createNodeHost();
const subjectOf = (language: Language) => ({ env_version, stock: { language } });

function overheads(): Promise<void> {
  return eachPlace(async (place) => {
    await overhead(place, 'python', subjectOf('python'), PYTHON_PROGRAMS, ROUNDS);
    await overhead(place, 'javascript', subjectOf('javascript'), JAVASCRIPT_PROGRAMS, ROUNDS);
  });
}

async function starts(): Promise<void> {
  console.log('\n## A fresh Python ready to run (restored from its snapshot, against a cold stock start)');
  console.log(row('new process, Node', await pythonInNode(ROUNDS, subjectOf('python'))));
  console.log(row('new worker, Chromium', await pythonInChromium(ROUNDS, subjectOf('python'))));
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
  reportVisits(await firstOutputVisits(ROUNDS));
}

/** In the order in which they run. */
const SECTIONS: Readonly<Record<string, () => Promise<void>>> = {
  overhead: overheads,
  starts,
  replays,
  steps: () => reportSteps({ host, environments, env_version, rounds: ROUNDS }),
  visits,
  'packages-overhead': () => packageOverheads(ROUNDS),
  'packages-starts': () => packageStarts(ROUNDS),
  'packages-replays': () => packageReplays(ROUNDS),
  'packages-visits': () => packageVisits(ROUNDS),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(SECTIONS, name));
if (unknown.length > 0) {
  console.error(`there is no section ${unknown.join(', ')}; there are: ${Object.keys(SECTIONS).join(', ')}`);
  process.exit(2);
}
for (const [name, section] of Object.entries(SECTIONS)) {
  if (wanted.length === 0 || wanted.includes(name)) await section();
}
