/** Firefox, driven by Puppeteer over WebDriver BiDi. Puppeteer is fetched for this comparison, so what is used of it is typed here. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fixtureTexts } from '../../support/run-fixtures.ts';
import type { EngineRun, OpenEngine } from './engine.ts';
import { startFront } from './front.ts';
import { debianPackages, npmPackage } from './install.ts';

const FIREFOX = '/usr/bin/firefox-esr';
// The last major version that runs on Node 20.
const PUPPETEER = { folder: 'puppeteer', name: 'puppeteer-core', version: '24' } as const;
/** A program may take so long, ms. */
const PROGRAM_MS = 900_000;

interface Puppeteer {
  launch(options: {
    browser: 'firefox';
    executablePath: string;
    headless: boolean;
    protocolTimeout: number;
    env: NodeJS.ProcessEnv;
  }): Promise<{
    version(): Promise<string>;
    newPage(): Promise<{
      goto(url: string): Promise<unknown>;
      waitForFunction(expression: string): Promise<unknown>;
      evaluate<A extends unknown[], R>(work: (...args: A) => R, ...args: A): Promise<Awaited<R>>;
    }>;
    close(): Promise<void>;
  }>;
}

export async function openFirefox(): Promise<OpenEngine> {
  await debianPackages(FIREFOX, ['firefox-esr']);
  const folder = await npmPackage(PUPPETEER);
  // The package's entry has a default export of this shape.
  const { default: puppeteer } = createRequire(join(folder, 'package.json'))(PUPPETEER.name) as { default: Puppeteer };
  const front = await startFront();
  try {
    const browser = await puppeteer.launch({
      browser: 'firefox',
      executablePath: FIREFOX,
      headless: true,
      protocolTimeout: PROGRAM_MS,
      env: { ...process.env, TZ: 'America/St_Johns', LANG: 'fr_FR.UTF-8' },
    });
    const page = await browser.newPage();
    await page.goto(front.pageUrl({ isolated: true }));
    await page.waitForFunction('"praxisTest" in window');
    return {
      version: (await browser.version()).replace(/^firefox\//i, 'Firefox '),
      run: async (program, stdin): Promise<EngineRun> =>
        page.evaluate((...all) => window.praxisTest.runProgram(...all), program, stdin, await fixtureTexts(program)),
      async close() {
        await browser.close();
        await front.close();
      },
    };
  } catch (error) {
    await front.close();
    throw error;
  }
}
