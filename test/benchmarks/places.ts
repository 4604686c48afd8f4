/** Where programs are timed, ours and the stock engine side by side: this Node, the newest, and Chromium. */
import { DEFAULT_LIMITS, openKernel } from '@praxis/wasm-runtime';
import { currentEnvironments, directoryEnvironments } from '@praxis/wasm-runtime/node';
import { chromium, type Browser, type Page } from 'playwright-core';
import { NotHere } from '../conformance/engines/engine.ts';
import { startFront } from '../conformance/engines/front.ts';
import { nodeHost, npmNodeBinary, thisNode, type Binary } from '../conformance/engines/node.ts';
import { CHROMIUM_ARGUMENTS, requireChromium } from '../support/chromium.ts';
import { bundlePage } from '../support/page-bundle.ts';
import type { StockSetup } from './stock.ts';
import { serveStockWorkerPage } from './stock-worker-page.ts';
import { StockProcess } from './stock-process.ts';
import { timeStep } from './step.ts';

/** Both sides of a comparison, each with a program's source to milliseconds. */
export interface Pairing {
  ours(source: string): Promise<number>;
  stock(source: string): Promise<number>;
  close(): Promise<void>;
}

/** What is compared: an environment, and what a stock engine needs to do the same. */
export interface Subject {
  env_version: string;
  stock: StockSetup;
}

export interface Place {
  name: string;
  pair(subject: Subject): Promise<Pairing>;
  close(): Promise<void>;
}

export const environments = directoryEnvironments();
export const env_version = (await currentEnvironments()).get('python') ?? '';
export const LIMITS = { ...DEFAULT_LIMITS, fuel: 1e12, timeout_ms: 600_000, cpu_ms: 600_000 };

const NEWEST_NODE = '26';

async function openNodePlace(binary: Binary): Promise<Place> {
  const { version, host } = await nodeHost(binary, {});
  return {
    name: `Node ${version}`,
    async pair({ env_version, stock: setup }) {
      const kernel = await openKernel({ host, environments, env_version, limits: LIMITS });
      const stock = new StockProcess(setup, binary.command);
      await stock.ready();
      return {
        ours: (source) => timeStep(kernel, setup.language, source),
        stock: (source) => stock.time(source),
        close() {
          kernel.close();
          stock.close();
          return Promise.resolve();
        },
      };
    },
    close: () => Promise.resolve(),
  };
}

async function openStockPage(browser: Browser, url: string, worker: string, setup: StockSetup): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(url);
  await page.evaluate(
    ([path, name]) =>
      new Promise<void>((resolve, reject) => {
        window.stock = new Worker(path, { type: 'module', name });
        window.stock.onmessage = () => resolve();
        window.stock.onerror = ({ message }) => reject(new Error(message));
      }),
    [worker, JSON.stringify(setup)] as const,
  );
  return page;
}

function timeInStockPage(page: Page, source: string): Promise<number> {
  return page.evaluate(
    (text) =>
      new Promise<number>((resolve, reject) => {
        window.stock.onmessage = ({ data }: MessageEvent<number>) => resolve(data);
        window.stock.onerror = ({ message }) => reject(new Error(message));
        window.stock.postMessage(text);
      }),
    source,
  );
}

async function openChromiumPlace(): Promise<Place> {
  const browser = await chromium.launch({ executablePath: requireChromium(), args: [...CHROMIUM_ARGUMENTS] });
  const front = await startFront(bundlePage(new URL('pages/ours.ts', import.meta.url).pathname));
  return {
    name: `Chromium ${browser.version()}`,
    async pair({ env_version, stock: setup }) {
      const stockPage = await serveStockWorkerPage(setup.indexURL);
      const ours = await browser.newPage();
      await ours.goto(front.pageUrl({ isolated: true }));
      await ours.waitForFunction(() => 'praxisBench' in window);
      await ours.evaluate(([version, limits]) => window.praxisBench.open(version, limits), [
        env_version,
        LIMITS,
      ] as const);
      const stock = await openStockPage(browser, stockPage.url, stockPage.workerPath, setup);
      const { language } = setup;
      return {
        ours: (source) =>
          ours.evaluate(([engine, text]) => window.praxisBench.time(engine, text), [language, source] as const),
        stock: (source) => timeInStockPage(stock, source),
        async close() {
          await ours.close();
          await stock.close();
          stockPage.close();
        },
      };
    },
    async close() {
      await browser.close();
      await front.close();
    },
  };
}

const PLACES: readonly (() => Promise<Place>)[] = [
  () => openNodePlace(thisNode),
  async () => openNodePlace(await npmNodeBinary(NEWEST_NODE)),
  openChromiumPlace,
];

/** One after the other; those that are not on this machine are said. */
export async function eachPlace(work: (place: Place) => Promise<void>): Promise<void> {
  for (const open of PLACES) {
    try {
      const place = await open();
      await work(place);
      await place.close();
    } catch (error) {
      if (!(error instanceof NotHere)) throw error;
      console.log(`\nnot here: ${error.message}`);
    }
  }
}

declare global {
  interface Window {
    stock: Worker;
  }
}
