/**
 * A visit to our page, and to a bare page that loads stock Pyodide: bytes over the wire and time from opening the page to the first
 * output of Python, in Chromium, through the real frame and worker.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { CHROMIUM_ARGUMENTS, requireChromium } from '../support/chromium.ts';
import { startServer } from '../support/server-process.ts';
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
 * alone says nothing: a page shows what it kept of the last visit. No function in it has a name: tsx would call a helper that the page
 * lacks.
 * @param source what is written into the first cell before, unless it is there; nothing to leave it as it is
 */
function watchOurs(source: string): void {
  let written = source === '';
  let pressed = false;
  let ran = false;
  const observer = new MutationObserver(() => {
    const control = document.querySelector<HTMLElement>('.run-control');
    if (!control) return;
    const plain = document.querySelector<HTMLTextAreaElement>('.cell-code textarea');
    const editor = document.querySelector<HTMLElement>('.cell-code .cm-content');
    const text = plain?.value ?? editor?.innerText;
    written ||= text?.trim() === source;
    if (!written && plain) {
      plain.value = source;
      plain.dispatchEvent(new Event('input', { bubbles: true }));
    } else if (!written && editor) {
      editor.focus();
      getSelection()?.selectAllChildren(editor);
      document.execCommand('insertText', false, source);
    }
    if (!written) return;
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
  watch: (source: string) => void;
  /** For `watch`. */
  source: string;
}

/** @returns ms from the start of the navigation to the first output */
async function visit(context: BrowserContext, { url, watch, source }: Visited): Promise<number> {
  const page = await context.newPage();
  await page.addInitScript(watch, source);
  await page.goto(url);
  const ms = await firstOutput(page);
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
      await new Promise((resolve) => setTimeout(resolve, READING_MS));
      await context.close();
    }
    return { first: times[0] ?? Number.NaN, third: times[2] ?? Number.NaN };
  } finally {
    // The browser's processes may still write for a moment.
    await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

/** The page fetches everything itself: the sandbox has no network. */
async function bytesOf({ url, watch, source }: Visited): Promise<number> {
  const browser = await chromium.launch({ executablePath: requireChromium(), args: [...CHROMIUM_ARGUMENTS] });
  const page = await browser.newPage();
  const sizes: Promise<number>[] = [];
  page.on('requestfinished', (request) => {
    const size = request.sizes().then(({ responseBodySize }) => responseBodySize);
    // What ends after the first output is not counted, and may find the browser closed.
    size.catch(() => undefined);
    sizes.push(size);
  });
  await page.addInitScript(watch, source);
  await page.goto(url);
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

/** To the first output of Python. */
export function firstOutputVisits(rounds: number): Promise<PageVisits> {
  return pageVisits(rounds, '', PLAIN_PAGE);
}

/** To the first table of pandas. @param folder stock Pyodide with its packages */
export function dataFrameVisits(rounds: number, folder: string): Promise<PageVisits> {
  return pageVisits(rounds, FRAME, {
    folder,
    load: ['numpy', 'pandas', 'matplotlib'],
    source: `${FRAME}._repr_html_()`,
  });
}

const FRAME =
  'import pandas as pd; import matplotlib.pyplot as plt; pd.DataFrame({"a": [1, 2, 3], "b": [0.5, 1.5, 2.5]})';

async function pageVisits(rounds: number, source: string, content: StockContent): Promise<PageVisits> {
  const praxis = await startServer(['--unjailed-replay']);
  const stock = await startStockPage(content);
  try {
    const [own, bare] = [
      { url: praxis.url, watch: watchOurs, source },
      { url: stock.url, watch: watchStock, source: '' },
    ];
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
