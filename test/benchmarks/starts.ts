/**
 * How long it takes until an engine is ready: a Python in a new process and in a new worker behind its frame, against a cold start of
 * stock Pyodide in a process and in a worker; and a JavaScript context in a sandbox that is there.
 */
import { performance } from 'node:perf_hooks';
import { prewarm } from '@praxis/wasm-runtime';
import { createNodeHost } from '@praxis/wasm-runtime/node';
import { chromium, type Page } from 'playwright-core';
import { CHROMIUM_ARGUMENTS, requireChromium } from '../support/chromium.ts';
import { openRunPage } from '../support/run-page.ts';
import { startServer } from '../support/server-process.ts';
import { inTurn, type Pair } from './measure.ts';
import { env_version, environments, LIMITS, type Subject } from './places.ts';
import type { StockSetup } from './stock.ts';
import { serveStockWorkerPage } from './stock-worker-page.ts';
import { StockProcess } from './stock-process.ts';

const host = createNodeHost();
const { cpu_ms } = LIMITS;

/** From starting a process; the stock one without what Node itself and its loader take. */
export function pythonInNode(rounds: number, { env_version: version, stock: setup }: Subject): Promise<Pair> {
  return inTurn(
    rounds,
    async () => {
      const before = performance.now();
      const sandbox = await prewarm({ host, environments, env_version: version, cpu_ms, engines: ['python'] });
      const ms = performance.now() - before;
      sandbox.close();
      return ms;
    },
    async () => {
      const stock = new StockProcess(setup);
      const ms = await stock.ready();
      stock.close();
      return ms;
    },
  );
}

/** In a sandbox with Python in it, as in a notebook that gets its first JavaScript cell. @returns ms of each round */
export async function javaScriptInNode(rounds: number): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const sandbox = await prewarm({ host, environments, env_version, cpu_ms, engines: ['python'] });
    const before = performance.now();
    await sandbox.load('javascript');
    if (round > 0) times.push(performance.now() - before);
    sandbox.close();
  }
  return times;
}

/** Both pages have all they fetch already; a new worker is made each time. */
export async function pythonInChromium(rounds: number, { env_version: version, stock: setup }: Subject): Promise<Pair> {
  const browser = await chromium.launch({ executablePath: requireChromium(), args: [...CHROMIUM_ARGUMENTS] });
  const praxis = await startServer(['--unjailed-replay']);
  const stock = await serveStockWorkerPage(setup.indexURL);
  try {
    const ours = await browser.newPage({ baseURL: praxis.url });
    await openRunPage(ours, { isolated: true });
    const theirs = await browser.newPage();
    await theirs.goto(stock.url);
    return await inTurn(
      rounds,
      () => ours.evaluate((wanted) => window.praxisTest.startPython(wanted), version),
      () => stockWorker(theirs, stock.workerPath, setup),
    );
  } finally {
    stock.close();
    await praxis.stop();
    await browser.close();
  }
}

/** @returns ms until stock Pyodide is ready in a new worker of the page */
function stockWorker(page: Page, path: string, setup: StockSetup): Promise<number> {
  return page.evaluate(
    ([script, name]) =>
      new Promise<number>((resolve, reject) => {
        const before = performance.now();
        const worker = new Worker(script, { type: 'module', name });
        worker.onerror = ({ message }) => reject(new Error(message));
        worker.onmessage = () => {
          worker.terminate();
          resolve(performance.now() - before);
        };
      }),
    [path, JSON.stringify(setup)] as const,
  );
}
