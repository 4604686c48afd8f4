/**
 * `test` for pages of a visitor who was here before: the browser, its HTTP cache and the kept snapshot last as long as the worker
 * of the tests, so that a page opens in half of the processor time; what a person left behind is forgotten after each test. Tests of
 * first visits, and those that change the browser itself (its clock, its scripts), take playwright's own `test`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base, type BrowserContext } from '@playwright/test';
import { CHROMIUM_ARGUMENTS, requireChromium } from '../support/chromium.ts';

export const test = base.extend<object, { lasting: BrowserContext }>({
  lasting: [
    async ({ playwright }, use, { project }) => {
      const profile = await mkdtemp(join(tmpdir(), 'praxis-profile-'));
      const context = await playwright.chromium.launchPersistentContext(profile, {
        executablePath: requireChromium(),
        args: [...CHROMIUM_ARGUMENTS],
        ...(project.use.baseURL === undefined ? {} : { baseURL: project.use.baseURL }),
        ...(project.use.viewport === undefined ? {} : { viewport: project.use.viewport }),
      });
      await use(context);
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
    { scope: 'worker' },
  ],
  context: async ({ lasting, baseURL }, use) => {
    await use(lasting);
    await lasting.setOffline(false);
    await lasting.unrouteAll({ behavior: 'ignoreErrors' });
    if (baseURL === undefined) throw new Error('the server under test has no address');
    await forgetPerson(lasting, new URL(baseURL).origin);
  },
});

/** Closes all pages, signs out and deletes drafts and choices; caches stay. */
async function forgetPerson(context: BrowserContext, origin: string): Promise<void> {
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  // A page that is left asks whether it may lose what was written; a closed one does not.
  await Promise.all(
    context
      .pages()
      .filter((other) => other !== page)
      .map((other) => other.close()),
  );
  await context.clearCookies();
  await devtools.send('Storage.clearDataForOrigin', { origin, storageTypes: 'local_storage,indexeddb' });
}
