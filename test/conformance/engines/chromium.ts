/** Chromium, driven by Playwright. */
import { chromium, type BrowserContextOptions } from 'playwright-core';
import { CHROMIUM_ARGUMENTS, findChromium } from '../../support/chromium.ts';
import { fixtureTexts } from '../../support/run-fixtures.ts';
import { NotHere, type OpenEngine } from './engine.ts';
import { startFront } from './front.ts';

export async function openChromium(options: {
  isolated: boolean;
  context: BrowserContextOptions;
}): Promise<OpenEngine> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new NotHere('no Chromium found: run `npm run tools`');
  const front = await startFront();
  const browser = await chromium.launch({ executablePath, args: [...CHROMIUM_ARGUMENTS] }).catch(async (error) => {
    await front.close();
    throw error;
  });
  const close = async () => {
    await browser.close();
    await front.close();
  };
  try {
    const page = await browser.newPage(options.context);
    await page.goto(front.pageUrl(options));
    await page.waitForFunction(() => 'praxisTest' in window);
    const isolated = await page.evaluate(() => crossOriginIsolated);
    if (isolated !== options.isolated) throw new Error('the page is not isolated as it was asked to be');
    return {
      version: `Chromium ${browser.version()}`,
      run: async (program, stdin) => {
        const given = [program, stdin, await fixtureTexts(program)] as const;
        return page.evaluate((all) => window.praxisTest.runProgram(...all), given);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
