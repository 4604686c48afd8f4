/** The notebook for everybody: axe finds nothing, in light and dark, wide and on a phone. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test as firstVisit, type Page } from '@playwright/test';
import { emptyNotebook, openNotebook, runCell } from './notebook-page.ts';
import { test } from './returning.ts';

/** What axe finds on the page itself; frames show what guests made. */
async function violations(page: Page): Promise<string[]> {
  const found = await new AxeBuilder({ page })
    .setLegacyMode()
    .options({ iframes: false, resultTypes: ['violations'] })
    .analyze();
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(' | ')}`);
}

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test('the notebook with outputs, an error, dialogs and menus', async ({ page }) => {
      await page.emulateMedia({ colorScheme });
      await openNotebook(page);
      await emptyNotebook(page);
      await runCell(page, 'print("text")\n{"a": 1}');
      const failed = await runCell(page, '1 / 0');
      await expect(failed.locator('.error-name')).toBeVisible();
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press('Control+k');
      await expect(page.getByRole('dialog')).toBeVisible();
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'More', exact: true }).click();
      await expect(page.getByRole('menu', { name: 'More' })).toBeVisible();
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await page.locator('.header').getByRole('button', { name: 'Sign in' }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
      expect(await violations(page)).toEqual([]);
    });
  });
}

firstVisit.describe('on a phone', () => {
  firstVisit.use({ viewport: { width: 390, height: 844 }, hasTouch: true });

  firstVisit('nothing is wider than the screen, and the run button is in reach', async ({ page }) => {
    await openNotebook(page);
    await page.getByRole('button', { name: 'Run the selected cell' }).click();
    await expect(page.locator('.cell-code').first().locator('.output-image img')).toBeVisible();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    const run = await page.getByRole('button', { name: 'Run the selected cell' }).boundingBox();
    expect(run?.y ?? 0).toBeGreaterThan(844 * 0.8);
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Documents and outline' }).click();
    await expect(page.getByRole('navigation', { name: 'Documents and outline' })).toBeVisible();
    expect(await violations(page)).toEqual([]);
  });
});

test('with reduced motion, nothing moves while a cell runs', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await openNotebook(page);
  const cell = await runCell(page, 'while True: pass');
  await expect(cell.locator('.thin-line')).toBeVisible();
  const moving = await page.evaluate(
    () => document.getAnimations().filter((animation) => animation.playState === 'running').length,
  );
  expect(moving).toBe(0);
  await cell.getByRole('button', { name: /^Stop/ }).click();
});
