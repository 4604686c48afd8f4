/** The notebook as the end-to-end tests use it: by what a person sees and presses. */
import { text } from 'node:stream/consumers';
import { expect, type Locator, type Page } from '@playwright/test';

/** Opens a page and waits until its cells can be edited. */
export async function openNotebook(page: Page, path = '/'): Promise<void> {
  await page.goto(path);
  await expect(page.locator('.cm-content').first()).toBeVisible();
}

/** A new cell at the end of the notebook, with the keyboard in it. */
export async function addCell(
  page: Page,
  source: string,
  kind: 'Python' | 'JavaScript' | 'Text' = 'Python',
): Promise<Locator> {
  const before = await page.locator('.cell').count();
  await page.locator('.notebook-end').getByRole('button', { name: kind }).click();
  const cell = page.locator('.cell').nth(before);
  await expect(cell.locator('.cm-content')).toBeFocused();
  await page.keyboard.insertText(source);
  return cell;
}

/** Adds a cell and runs it. */
export async function runCell(page: Page, source: string, kind: 'Python' | 'JavaScript' = 'Python'): Promise<Locator> {
  const cell = await addCell(page, source, kind);
  await page.keyboard.press('Control+Enter');
  return cell;
}

/** Waits until a cell has run, and returns its fuel as it is shown in full. */
export async function fuelOf(cell: Locator): Promise<string> {
  const shown = cell.locator('.usage span[title*="fuel"]');
  await expect(shown).toBeVisible();
  return (await shown.getAttribute('title')) ?? '';
}

/** Leaves the notebook with a single, empty Python cell. */
export async function emptyNotebook(page: Page): Promise<void> {
  await page
    .locator('.cell')
    .first()
    .click({ position: { x: 4, y: 4 } });
  await page.keyboard.press('Escape');
  for (let left = await page.locator('.cell').count(); left > 1; left -= 1) {
    await page.locator('.cell').first().focus();
    await page.keyboard.press('d');
    await page.keyboard.press('d');
    await expect(page.locator('.cell')).toHaveCount(left - 1);
  }
  await page.locator('.cell').first().focus();
  await page.keyboard.press('d');
  await page.keyboard.press('d');
  await expect(page.locator('.cell .cm-line')).toHaveText(['']);
}

/** Opens a notebook file through the menu. */
export async function openFile(page: Page, content: string, name = 'notebook.ipynb'): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Import a Jupyter notebook' }).click();
  await (await chooser).setFiles({ name, mimeType: 'application/json', buffer: Buffer.from(content) });
}

/** Writes the notebook as a file through the menu, and returns its text. */
export async function exportNotebook(page: Page): Promise<string> {
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Export as a Jupyter notebook' }).click();
  return text(await (await download).createReadStream());
}

let accounts = 0;

/** Makes an account through the dialog that is open, or that the header opens. */
export async function signUp(page: Page, name = 'Ada Lovelace'): Promise<string> {
  accounts += 1;
  const email = `reader-${process.pid}-${Date.now()}-${accounts}@example.org`;
  const dialog = page.getByRole('dialog', { name: /Create an account|Sign in/ });
  if (!(await dialog.isVisible())) await page.locator('.header').getByRole('button', { name: 'Sign in' }).click();
  const other = dialog.getByRole('button', { name: 'Create an account' });
  if (await other.isVisible()) await other.click();
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByLabel('E-mail').fill(email);
  await dialog.getByLabel('Password').fill('correct horse battery staple');
  await dialog.getByRole('button', { name: 'Create account' }).click();
  await expect(dialog).toBeHidden();
  return email;
}

/** Saves the scratch notebook as a document and waits for its address. */
export async function saveAs(page: Page, title: string): Promise<string> {
  await page.keyboard.press('Control+s');
  const dialog = page.getByRole('dialog', { name: 'Save as a' });
  await dialog.getByLabel('Title').fill(title);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page).toHaveURL(/\/d\/[0-9a-f-]{36}$/);
  await expect(page.locator('.save-word')).toHaveText('Saved');
  return new URL(page.url()).pathname;
}
