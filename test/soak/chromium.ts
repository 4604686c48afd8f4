/** Runs in one page of the real server, each in a frame and worker of its own. */
import { chromium, type CDPSession, type Page } from 'playwright-core';
import { CHROMIUM_ARGUMENTS, requireChromium } from '../support/chromium.ts';
import { openRunPage, runInPage } from '../support/run-page.ts';
import { startServer } from '../support/server-process.ts';
import type { Residue } from './main.ts';
import { errands } from './programs.ts';

const WARM_UP = 10;
const MEASUREMENTS = 5;

export async function inChromium(runs: number): Promise<Residue[]> {
  const server = await startServer(['--unjailed-replay']);
  const browser = await chromium.launch({ executablePath: requireChromium(), args: [...CHROMIUM_ARGUMENTS] });
  try {
    const page = await browser.newPage({ baseURL: server.url });
    await openRunPage(page, { isolated: true });
    const session = await page.context().newCDPSession(page);
    const all = errands().filter(({ stopAfterMs }) => stopAfterMs === undefined);
    const residues: Residue[] = [];
    const every = Math.max(1, Math.floor(runs / MEASUREMENTS));
    for (let index = 0; index < WARM_UP + runs; index++) {
      const errand = all[index % all.length];
      if (!errand) break;
      await runInPage(page, errand.program, errand.stdin);
      const done = index + 1 - WARM_UP;
      if (done >= 0 && done % every === 0) residues.push(await measure(done, page, session));
    }
    return residues;
  } finally {
    await browser.close();
    await server.stop();
  }
}

async function measure(runs: number, page: Page, session: CDPSession): Promise<Residue> {
  await session.send('HeapProfiler.enable');
  await session.send('HeapProfiler.collectGarbage');
  await session.send('Performance.enable');
  const { metrics } = await session.send('Performance.getMetrics');
  const value = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? 0;
  return {
    runs,
    held: {
      frames: page.frames().length,
      workers: page.workers().length,
      documents: value('Documents'),
      elements: await page.locator('*').count(),
    },
    memory_mb: value('JSHeapUsedSize') / 1e6,
  };
}
