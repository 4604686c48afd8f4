/** Somebody on the way changes what a browser submits, or asks for what is not theirs: nobody is shown a seal that is not earned. */
import { expect, type Page } from '@playwright/test';
import { emptyNotebook, openNotebook, saveAs, signUp } from './notebook-page.ts';
import { test } from './returning.ts';

async function writeAndSave(page: Page, source: string): Promise<string> {
  await openNotebook(page);
  await emptyNotebook(page);
  await page.locator('.cm-content').first().click();
  await page.keyboard.insertText(source);
  await signUp(page);
  return saveAs(page, 'Tampered');
}

/** A request as the page makes it, with its cookie and token. */
function ask(
  page: Page,
  method: string,
  path: string,
  body: unknown = null,
): Promise<{ status: number; body: unknown }> {
  return page.evaluate(
    async ([verb, where, content]) => {
      // The server's own answer.
      const session = (await (await fetch('/api/v1/session')).json()) as { csrf_token: string };
      const response = await fetch(`/api/v1${where}`, {
        method: verb,
        headers: { 'content-type': 'application/json', 'x-csrf-token': session.csrf_token },
        ...(content === null ? {} : { body: JSON.stringify(content) }),
      });
      return { status: response.status, body: (await response.json().catch(() => null)) as unknown };
    },
    [method, path, body] as const,
  );
}

test('a claim with one character changed is a mismatch, which its cell and its seal say', async ({ page }) => {
  await writeAndSave(page, 'print(6 * 7)');
  let changed = 0;
  await page.route('**/api/v1/jobs/*/claim', async (route) => {
    const claimed = route.request().postData() ?? '';
    changed += 1;
    await route.continue({ postData: claimed.replace('"text":"42\\n"', '"text":"43\\n"') });
  });
  await page.getByRole('button', { name: 'Verify', exact: true }).click();
  await expect(page.getByText(/^Mismatch\. /)).toBeVisible({ timeout: 120_000 });
  await expect(page.getByRole('button', { name: /^Mismatch\. / })).toBeVisible();
  await expect(page.getByRole('button', { name: /^Verified\. / })).toHaveCount(0);
  expect(changed).toBe(1);
});

test('an artifact whose bytes are not those of its digest is refused, and its claim is not taken', async ({ page }) => {
  await writeAndSave(page, 'from praxis import artifact\nartifact("t.csv", "a,b\\n1,2\\n", "text/csv")');
  let claims = 0;
  page.on('request', (request) => (claims += request.url().endsWith('/claim') ? 1 : 0));
  await page.route('**', async (route) => {
    if (route.request().method() !== 'PUT') return route.fallback();
    const bytes = route.request().postDataBuffer() ?? Buffer.alloc(0);
    expect(bytes.toString()).toBe('a,b\n1,2\n');
    return route.continue({ postData: Buffer.from('a,b\n1,3\n') });
  });
  await page.getByRole('button', { name: 'Verify', exact: true }).click();
  await expect(page.getByRole('alert')).toContainText('something changed them on the way', { timeout: 120_000 });
  await expect(page.getByRole('button', { name: /^(Verified|Claimed)\. / })).toHaveCount(0);
  // The one that was told which bytes are missing.
  expect(claims).toBe(1);
});

test('a viewer reads a document and runs nothing on the server; for a stranger it is not there', async ({
  page,
  browser,
}) => {
  const address = await writeAndSave(page, 'print("shared")');
  const documentId = address.slice('/d/'.length);
  const origin = new URL(page.url()).origin;
  const { body } = await ask(page, 'GET', '/session');
  // The server's own answer.
  const [workspace] = (body as { workspaces: { id: string }[] }).workspaces;
  const { body: found } = await ask(page, 'GET', `/documents/${documentId}`);
  const job = {
    job_type: 'document_execute',
    document_revision_id: (found as { head_revision_id: string }).head_revision_id,
    executor: 'client',
  };
  const context = await browser.newContext({ baseURL: origin });
  const viewer = await context.newPage();
  await openNotebook(viewer);
  const email = await signUp(viewer, 'Eve');
  expect((await ask(viewer, 'GET', `/documents/${documentId}`)).status).toBe(404);
  expect((await ask(viewer, 'POST', `/workspaces/${workspace?.id}/jobs`, job)).status).toBe(404);

  expect((await ask(page, 'POST', `/workspaces/${workspace?.id}/members`, { email, role: 'viewer' })).status).toBe(201);
  await viewer.goto(address);
  await expect(viewer.locator('.cell .editor').first()).toContainText('print("shared")');
  expect((await ask(viewer, 'POST', `/workspaces/${workspace?.id}/jobs`, job)).status).toBe(403);
  await context.close();
});
