/** What the environments with packages cost, against stock Pyodide of the same version with the same packages. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createProgram, openKernel, prewarm, replay, run } from '@praxis/wasm-runtime';
import { createNodeHost } from '@praxis/wasm-runtime/node';
import { builtEnvironment } from '../../support/environments.ts';
import { inTurn, range, row } from '../measure.ts';
import { overhead } from '../overhead.ts';
import { dataFrameVisits, reportVisits } from '../page-open.ts';
import { environments, eachPlace, LIMITS, type Subject } from '../places.ts';
import { pythonInChromium, pythonInNode } from '../starts.ts';
import { PACKAGE_PROGRAMS } from './programs.ts';
import { makeStockFolder, type StockFolder } from './stock-folder.ts';

/** Late files have come by then. */
const IDLE_MS = 1000;

/** What the definition of each imports before its snapshot, in the words of somebody who does it himself. */
const PACKAGES = {
  data: { load: ['numpy', 'pandas', 'matplotlib', 'pillow'], import: ['numpy', 'pandas', 'matplotlib.pyplot'] },
  science: {
    load: ['numpy', 'pandas', 'matplotlib', 'pillow', 'scipy', 'scikit-learn'],
    import: [
      'numpy', 'pandas', 'matplotlib.pyplot', 'scipy.stats', 'scipy.optimize', 'sklearn.linear_model', 'sklearn.ensemble',
    ],
  },
} as const; // prettier-ignore

function versionOf(name: string): string {
  const version = builtEnvironment(name);
  if (version === undefined) throw new Error(`the environment ${name} is not built here: npx praxis env build ${name}`);
  return version;
}

function subjectOf(name: keyof typeof PACKAGES, { folder }: StockFolder): Subject {
  return { env_version: versionOf(name), stock: { language: 'python', indexURL: folder, packages: PACKAGES[name] } };
}

async function withStock(work: (stock: StockFolder) => Promise<void>): Promise<void> {
  const stock = await makeStockFolder('science');
  try {
    await work(stock);
  } finally {
    await stock.close();
  }
}

export function packageStarts(rounds: number): Promise<void> {
  return withStock(async (stock) => {
    console.log('\n## A fresh Python with its packages imported (restored, against stock: load, loadPackage, import)');
    for (const name of ['data', 'science'] as const) {
      const subject = subjectOf(name, stock);
      console.log(row(`${name}, Node`, await pythonInNode(rounds, subject)));
      console.log(row(`${name}, Chromium`, await pythonInChromium(rounds, subject)));
    }
  });
}

export function packageOverheads(rounds: number): Promise<void> {
  return withStock((stock) =>
    eachPlace((place) => overhead(place, 'packages', subjectOf('science', stock), PACKAGE_PROGRAMS, rounds)),
  );
}

/** What a replay takes beyond the run: in a sandbox that is there, against the same step as the first one of a kernel. */
export async function packageReplays(rounds: number): Promise<void> {
  console.log('\n## Replay of a table with a warm sandbox of data, against its step alone');
  const env_version = versionOf('data');
  const host = createNodeHost();
  const source = 'import pandas as pd\npd.DataFrame({"a": [1, 2, 3]})';
  const program = createProgram({ env_version, steps: [{ language: 'python', source }], limits: LIMITS });
  const { record } = await run(program, { host, environments });
  const pair = await inTurn(
    rounds,
    async () => {
      const prewarmed = await prewarm({ host, environments, env_version, cpu_ms: LIMITS.cpu_ms, engines: ['python'] });
      // As a replay worker has it, which waits for work.
      await sleep(IDLE_MS);
      const before = performance.now();
      const { verdict } = await replay(program, record, { host, environments, prewarmed });
      if (verdict !== 'MATCH') throw new Error(`the replay gave ${verdict}`);
      return performance.now() - before;
    },
    async () => {
      const kernel = await openKernel({ host, environments, env_version, limits: LIMITS });
      // The sandbox is there and has begun.
      await kernel.execute({ object_id: 'warm', language: 'python', source: '' });
      await sleep(IDLE_MS);
      const before = performance.now();
      await kernel.execute({ object_id: 'a', language: 'python', source });
      const ms = performance.now() - before;
      kernel.close();
      return ms;
    },
  );
  console.log(row('replay, Node', pair));
  console.log(`beyond the run itself ${range(pair.ours.map((ms, index) => ms - (pair.theirs[index] ?? 0)))} ms`);
}

export function packageVisits(rounds: number): Promise<void> {
  return withStock(async ({ folder }) => {
    console.log(
      '\n## A visit in Chromium: from opening the page to the first DataFrame, ours and a bare one with Pyodide',
    );
    reportVisits(await dataFrameVisits(rounds, folder));
  });
}
