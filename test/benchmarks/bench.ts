/**
 * `npm run bench`: what metering, the gate and the sandbox cost, as ratios to the stock engines in the same run on the same
 * machine. Absolute times are of this machine only.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createProgram, DEFAULT_LIMITS, openKernel, prewarm, replay, run, type Language } from '@praxis/wasm-runtime';
import { createNodeHost, currentEnvironments, directoryEnvironments } from '@praxis/wasm-runtime/node';
import { geometricMean, inTurn, median, ratio, row, type Pair } from './measure.ts';
import { pageBytes } from './page-bytes.ts';
import { JAVASCRIPT_PROGRAMS } from './programs/javascript.ts';
import { PYTHON_PROGRAMS } from './programs/python.ts';
import { reportSteps } from './steps/report.ts';

const ROUNDS = 5;
const host = createNodeHost();
const environments = directoryEnvironments();
const env_version = (await currentEnvironments()).get('python') ?? '';
const limits = { ...DEFAULT_LIMITS, fuel: 1e12, timeout_ms: 600_000, cpu_ms: 600_000 };

class Stock {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;

  constructor(engine: Language) {
    const script = fileURLToPath(new URL('stock-child.ts', import.meta.url));
    this.#child = spawn(process.execPath, ['--import', 'tsx', script, engine], { stdio: ['pipe', 'pipe', 'inherit'] });
    if (!this.#child.stdout) throw new Error('no pipe');
    this.#reader = createInterface({ input: this.#child.stdout });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  async next(): Promise<Record<string, number>> {
    const { value } = await this.#lines.next();
    // Written by stock-child.ts.
    return JSON.parse(String(value)) as Record<string, number>;
  }

  async time(source: string): Promise<number> {
    this.#child.stdin?.write(`${JSON.stringify(source)}\n`);
    return (await this.next())['ms'] ?? Number.NaN;
  }

  close(): void {
    this.#reader.close();
    this.#child.kill();
  }
}

async function overhead(language: Language, programs: Readonly<Record<string, string>>): Promise<void> {
  console.log(
    `\n## Metered ${language} against the stock engine (time of the program alone; ratio of paired medians, ${ROUNDS} rounds)`,
  );
  const kernel = await openKernel({ host, environments, env_version, limits });
  const stock = new Stock(language);
  await stock.next();
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

async function freshInterpreter(): Promise<void> {
  console.log('\n## A fresh Python, from starting a process to ready (snapshot against a cold stock start)');
  const pair = await inTurn(
    ROUNDS,
    async () => {
      const before = performance.now();
      const sandbox = await prewarm({ host, environments, env_version, cpu_ms: limits.cpu_ms, engines: ['python'] });
      const ms = performance.now() - before;
      sandbox.close();
      return ms;
    },
    async () => {
      const before = performance.now();
      const stock = new Stock('python');
      await stock.next();
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

await overhead('python', PYTHON_PROGRAMS);
await overhead('javascript', JAVASCRIPT_PROGRAMS);
await freshInterpreter();
await replays();
await reportSteps({ host, environments, env_version, rounds: ROUNDS });
await firstVisit();
