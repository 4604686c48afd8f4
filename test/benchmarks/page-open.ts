/**
 * A visit to our page, and to a bare page that loads stock Pyodide: bytes over the wire and time from opening the page to the first
 * output of Python, in Chromium, through the real frame and worker.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { CHROMIUM_ARGUMENTS, requireChromium } from '../support/chromium.ts';
import { code, saveDocument } from '../support/server/flows.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { clientOf } from '../support/verifying.ts';
import { inTurn, row, type Pair } from './measure.ts';
import { PLAIN_PAGE, startStockPage, type StockContent } from './stock-page.ts';

const WAIT_MS = 120_000;
/** What a first visit has left to fetch and to keep for later ones, it does while its reader reads. */
const READING_MS = 3000;

declare global {
  interface Window {
    /** Milliseconds from the start of the navigation to the first output. */
    firstOutputMs?: number;
  }
}

/**
 * Runs in the page before its scripts: presses run as soon as there is something to press, and notes when the cell has run. Its output
 * alone says nothing: a page shows what it kept of the last visit.
 */
function watchOurs(): void {
  let pressed = false;
  let ran = false;
  const observer = new MutationObserver(() => {
    const control = document.querySelector<HTMLElement>('.run-control');
    if (!control) return;
    if (!pressed) control.click();
    pressed = true;
    const idle = control.classList.contains('run-idle');
    ran ||= !idle;
    if (!ran || !idle || !document.querySelector('.outputs .output')) return;
    window.firstOutputMs = performance.now();
    observer.disconnect();
  });
  observer.observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ['class'] });
}

function watchStock(): void {
  const observer = new MutationObserver(() => {
    if (!document.querySelector('#out')?.textContent) return;
    window.firstOutputMs = performance.now();
    observer.disconnect();
  });
  observer.observe(document, { childList: true, subtree: true, characterData: true });
}

/** A page to visit, and what watches it from inside. */
interface Visited {
  url: string;
  watch: () => void;
  /** Who visits it; null: anybody. */
  cookie: string | null;
}

async function prepare(context: BrowserContext, { url, watch, cookie }: Visited): Promise<void> {
  const [name = '', value = ''] = cookie?.split('=') ?? [];
  if (cookie !== null) await context.addCookies([{ name, value, url: new URL('/', url).href }]);
  await context.addInitScript(watch);
}

/** @returns ms from the start of the navigation to the first output */
async function visit(context: BrowserContext, visited: Visited): Promise<number> {
  await prepare(context, visited);
  const page = await context.newPage();
  await page.goto(visited.url);
  const ms = await firstOutput(page);
  await new Promise((resolve) => setTimeout(resolve, READING_MS));
  await page.close();
  return ms;
}

async function firstOutput(page: Page): Promise<number> {
  const handle = await page.waitForFunction(() => window.firstOutputMs, undefined, { timeout: WAIT_MS });
  return Number(await handle.jsonValue());
}

interface Visits {
  first: number;
  third: number;
}

/** Three visits of one new browser profile. */
async function threeVisits(visited: Visited): Promise<Visits> {
  const profile = await mkdtemp(path.join(tmpdir(), 'praxis-bench-'));
  const open = () =>
    chromium.launchPersistentContext(profile, { executablePath: requireChromium(), args: [...CHROMIUM_ARGUMENTS] });
  try {
    const times: number[] = [];
    for (let round = 0; round < 3; round++) {
      // A browser of its own for each visit: nothing is kept but what is in the profile.
      const context = await open();
      times.push(await visit(context, visited));
      await context.close();
    }
    return { first: times[0] ?? Number.NaN, third: times[2] ?? Number.NaN };
  } finally {
    // The browser's processes may still write for a moment.
    await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

/** The page fetches everything itself: the sandbox has no network. */
async function bytesOf(visited: Visited): Promise<number> {
  const browser = await chromium.launch({ executablePath: requireChromium(), args: [...CHROMIUM_ARGUMENTS] });
  const context = await browser.newContext();
  await prepare(context, visited);
  const page = await context.newPage();
  const sizes: Promise<number>[] = [];
  page.on('requestfinished', (request) => {
    const size = request.sizes().then(({ responseBodySize }) => responseBodySize);
    // What ends after the first output is not counted, and may find the browser closed.
    size.catch(() => undefined);
    sizes.push(size);
  });
  await page.goto(visited.url);
  await firstOutput(page);
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  await browser.close();
  return bytes;
}

export interface PageVisits {
  /** Compressed bytes of a first visit before the first Python output. */
  bytes: Pair;
  /** Milliseconds from opening the page to the first Python output. */
  first: Pair;
  third: Pair;
}

/** To the first output of Python, in the scratch notebook. */
export function firstOutputVisits(rounds: number): Promise<PageVisits> {
  return pageVisits(rounds, ({ url }) => Promise.resolve({ url, cookie: null }), PLAIN_PAGE);
}

/** To the table of a document whose reader presses run. @param folder stock Pyodide with its packages */
export function dataFrameVisits(rounds: number, folder: string): Promise<PageVisits> {
  const frame = 'pd.DataFrame({"a": [1, 2, 3], "b": [0.5, 1.5, 2.5]})';
  const source = `import pandas as pd\nimport matplotlib.pyplot as plt\n${frame}`;
  return pageVisits(
    rounds,
    async (praxis) => {
      const reader = await clientOf(praxis).register();
      const { documentId } = await saveDocument(reader, [code('table', source)]);
      return { url: `${praxis.url}/d/${documentId}`, cookie: reader.cookie };
    },
    { folder, load: ['numpy', 'pandas', 'matplotlib'], source: `${source}._repr_html_()` },
  );
}

async function pageVisits(
  rounds: number,
  open: (praxis: ServerProcess) => Promise<Omit<Visited, 'watch'>>,
  content: StockContent,
): Promise<PageVisits> {
  const praxis = await startServer(['--unjailed-replay']);
  const stock = await startStockPage(content);
  try {
    const own = { ...(await open(praxis)), watch: watchOurs };
    const bare = { url: stock.url, cookie: null, watch: watchStock };
    const ours: Visits[] = [];
    const theirs: Visits[] = [];
    const before = stock.bytes();
    const bytes: Pair = { ours: [await bytesOf(own)], theirs: [] };
    await inTurn(
      rounds,
      async () => {
        ours.push(await threeVisits(own));
        return 0;
      },
      async () => {
        theirs.push(await threeVisits(bare));
        // The first of the three fetched everything, the others nothing but the page.
        if (bytes.theirs.length === 0) bytes.theirs.push(stock.bytes() - before);
        return 0;
      },
    );
    const pair = (which: keyof Visits): Pair => ({
      // The first round warmed up.
      ours: ours.slice(1).map((visits) => visits[which]),
      theirs: theirs.slice(1).map((visits) => visits[which]),
    });
    return { bytes, first: pair('first'), third: pair('third') };
  } finally {
    stock.close();
    await praxis.stop();
  }
}

export function reportVisits({ bytes, first, third }: PageVisits): void {
  const inMegabytes = (values: number[]) => values.map((value) => value / 1e6);
  console.log(row('compressed bytes', { ours: inMegabytes(bytes.ours), theirs: inMegabytes(bytes.theirs) }, 'MB'));
  console.log(row('first visit', first));
  console.log(row('third visit', third));
}
