/** Documents in a real Chromium: account, saving, history, conflicts, verifying. */
import { expect } from '@playwright/test';
import { addCell, emptyNotebook, openNotebook, runCell, saveAs, signUp } from './notebook-page.ts';
import { test } from './returning.ts';

test('errors of the sign-up form stand at their fields', async ({ page }) => {
  await openNotebook(page);
  await page.locator('.header').getByRole('button', { name: 'Sign in' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Create an account' }).click();
  await dialog.getByLabel('Name').fill('Ada');
  await dialog.getByLabel('E-mail').fill('nonsense');
  await dialog.getByLabel('Password').fill('short');
  await dialog.getByRole('button', { name: 'Create account' }).click();
  await expect(dialog.getByLabel('E-mail')).toHaveAccessibleDescription('This does not look like an e-mail address.');
  await expect(dialog.getByLabel('Password')).toHaveAccessibleDescription('At least 8 characters.');
  await page.keyboard.press('Escape');
  const email = await signUp(page);
  await page.getByRole('button', { name: 'Account of Ada Lovelace' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.locator('.header').getByRole('button', { name: 'Sign in' }).click();
  await dialog.getByLabel('E-mail').fill(email);
  await dialog.getByLabel('Password').fill('not the password');
  await dialog.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(dialog.getByRole('alert')).toContainText('wrong');
});

test('from scratch to a verified document', async ({ page }) => {
  test.setTimeout(180_000);
  await openNotebook(page);
  await emptyNotebook(page);
  const cells = page.locator('.cell');
  await cells.first().locator('.cm-content').click();
  await page.keyboard.insertText('import random\nprint(random.random())\nsum(range(1000))');
  await addCell(page, 'from praxis import artifact\nartifact("table.csv", "n,n2\\n2,4\\n", "text/csv")');
  await addCell(page, 'display({ answer: 6 * 7 })', 'JavaScript');
  await page.getByRole('button', { name: 'Run all' }).click();
  await expect(cells.first().locator('.output-result')).toHaveText('499500');
  const drawn = await cells.first().locator('.output-stdout').innerText();
  await page.getByRole('button', { name: 'Verify', exact: true }).click();
  await signUp(page);
  const dialog = page.getByRole('dialog', { name: 'Save as a document' });
  await dialog.getByLabel('Title').fill('Verified');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Verified: the server got the same outputs and the same fuel.')).toBeVisible({
    timeout: 120_000,
  });
  await expect(page.getByRole('button', { name: /^Verified\. / })).toHaveCount(3);
  await expect(cells.first().locator('.output-stdout')).toHaveText(drawn);

  await page
    .getByRole('button', { name: /^Verified\. / })
    .first()
    .click();
  await expect(page.locator('.seal-popover:popover-open')).toContainText(
    /This server ran the whole document again \(.+\): the same outputs, the same [\d,]+ fuel\./,
  );
  const download = page.waitForEvent('download');
  await page.locator('.seal-popover:popover-open').getByRole('button', { name: 'Download attestation' }).click();
  expect((await download).suggestedFilename()).toMatch(/^attestation-[0-9a-f-]{36}\.json$/);

  await page.keyboard.press('Escape');
  await page.reload();
  await expect(page.getByRole('button', { name: /^Verified\. / })).toHaveCount(3);
  await expect(cells.first().locator('.output-stdout')).toHaveText(drawn);
  const artifact = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download table.csv' }).click();
  expect((await artifact).suggestedFilename()).toBe('table.csv');

  await cells.first().locator('.cm-content').click();
  await page.keyboard.press('Control+End');
  await page.keyboard.type('# changed');
  await expect(cells.first().getByText('The code changed since this ran')).toBeVisible();
});

test('a document runs on the server as well', async ({ page }) => {
  test.setTimeout(180_000);
  await openNotebook(page);
  await emptyNotebook(page);
  await page.locator('.cm-content').first().click();
  await page.keyboard.insertText('print("on the server")');
  await signUp(page);
  await saveAs(page, 'On the server');
  await page.getByRole('button', { name: 'Other ways to verify' }).click();
  await page.getByRole('menuitem', { name: 'Run on the server' }).click();
  await expect(page.getByRole('button', { name: /^Verified\. / })).toBeVisible({ timeout: 120_000 });
  await expect(page.locator('.output-stdout')).toHaveText('on the server');
});

test('what a cell read is part of what is verified', async ({ page }) => {
  test.setTimeout(180_000);
  await openNotebook(page);
  await emptyNotebook(page);
  await page.locator('.cm-content').first().click();
  await page.keyboard.insertText('print("hello", input("Who? "))');
  await page.keyboard.press('Control+Enter');
  await page.getByLabel('Who?').fill('Ada');
  await page.keyboard.press('Enter');
  await expect(page.getByText('hello Ada')).toBeVisible();
  await signUp(page);
  await saveAs(page, 'Asked');
  await page.getByRole('button', { name: 'Verify', exact: true }).click();
  await expect(page.getByRole('button', { name: /^Verified\. / })).toBeVisible({ timeout: 120_000 });
  await expect(page.getByText('hello Ada')).toBeVisible();
});

test('history: older versions can be looked at and brought back', async ({ page }) => {
  await openNotebook(page);
  await signUp(page);
  await saveAs(page, 'With a past');
  const cell = await addCell(page, 'second = True');
  await page.keyboard.press('Control+s');
  await expect(page.locator('.save-word')).toHaveText('Saved');
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: 'History' }).click();
  await expect(page.locator('.history-entry')).toHaveCount(2);
  await page.locator('.history-entry', { hasText: 'First version' }).click();
  await expect(page).toHaveURL(/\?revision=/);
  await expect(page.getByText('You are looking at the version of')).toBeVisible();
  await expect(cell).toHaveCount(0);
  await page.getByRole('button', { name: 'Bring this one back' }).click();
  await expect(page.getByText('Changes not saved')).toBeVisible();
  await page.keyboard.press('Control+s');
  await expect(page.locator('.save-word')).toHaveText('Saved');
  await expect(page.locator('.history-entry')).toHaveCount(3);
});

test('two people at one document: nothing is overwritten', async ({ page, context }) => {
  await openNotebook(page);
  await signUp(page);
  const address = await saveAs(page, 'Shared');
  const other = await context.newPage();
  await openNotebook(other, address);
  await addCell(other, 'theirs = 1');
  await other.keyboard.press('Control+s');
  await expect(other.locator('.save-word')).toHaveText('Saved');
  await addCell(page, 'mine = 2');
  await page.keyboard.press('Control+s');
  const dialog = page.getByRole('dialog', { name: 'Someone else saved this document' });
  await dialog.getByRole('button', { name: 'Save mine as a copy' }).click();
  const title = page.getByRole('dialog', { name: 'Save as a copy' });
  await title.getByRole('button', { name: 'Save' }).click();
  await expect(page).not.toHaveURL(new RegExp(`${address}$`));
  await expect(page.locator('.cell').last().locator('.editor')).toHaveText('mine = 2');
  await other.reload();
  await expect(other.locator('.cell').last().locator('.editor')).toHaveText('theirs = 1');
});

test('a draft that is older than the document asks', async ({ page, context, browser }) => {
  await openNotebook(page);
  await signUp(page);
  const address = await saveAs(page, 'Moving on');
  await addCell(page, 'unsaved = 1');
  await page.waitForTimeout(1000);
  const elsewhere = await browser.newContext({
    baseURL: new URL(page.url()).origin,
    storageState: await context.storageState(),
  });
  const other = await elsewhere.newPage();
  await openNotebook(other, address);
  await addCell(other, 'saved = 2');
  await other.keyboard.press('Control+s');
  await expect(other.locator('.save-word')).toHaveText('Saved');
  await elsewhere.close();
  await page.reload();
  const dialog = page.getByRole('dialog', { name: 'There are changes of yours' });
  await expect(dialog).toBeVisible();
  await expect(page.locator('.cell').last().locator('.editor')).toHaveText('unsaved = 1');
  await dialog.getByRole('button', { name: 'Discard mine' }).click();
  await expect(page.locator('.cell').last().locator('.editor')).toHaveText('saved = 2');
});

test('a server that cannot be reached loses nothing', async ({ page, context }) => {
  await openNotebook(page);
  await signUp(page);
  await saveAs(page, 'Offline');
  await runCell(page, 'print("before")');
  await context.setOffline(true);
  await addCell(page, 'offline = 1');
  await page.keyboard.press('Control+s');
  await expect(page.getByText(/^Not saved\. The server cannot be reached\./)).toBeVisible();
  await context.setOffline(false);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.locator('.save-word')).toHaveText('Saved');
});

test('another person is not shown what is not theirs', async ({ page, browser }) => {
  await openNotebook(page);
  await signUp(page);
  const address = await saveAs(page, 'Private');
  const stranger = await browser.newContext({ baseURL: new URL(page.url()).origin });
  const theirs = await stranger.newPage();
  await theirs.goto(address);
  await expect(theirs.getByText('Sign in to open this document.')).toBeVisible();
  await signUp(theirs, 'Eve');
  await expect(theirs.locator('.toast-error')).toBeVisible();
  await expect(theirs).toHaveURL(/\/$/);
  await stranger.close();
});
