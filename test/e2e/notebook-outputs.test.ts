/** What guests may show: active HTML only in a frame of its own, everything else by our own code. */
import { expect } from '@playwright/test';
import { addCell, openFile, openNotebook, runCell } from './notebook-page.ts';
import { test } from './returning.ts';

/** Python that displays HTML. */
const html = (markup: string) => `class Shown:\n    def _repr_html_(self): return ${JSON.stringify(markup)}\nShown()`;

test.beforeEach(async ({ page }) => openNotebook(page));

test('active HTML runs in an opaque frame and reaches nothing', async ({ page }) => {
  const probe = `
    <p id="result">waiting</p>
    <script>
      const tried = {};
      const attempt = (name, run) => { try { tried[name] = String(run()); } catch (error) { tried[name] = 'refused'; } };
      attempt('origin', () => origin);
      attempt('cookie', () => document.cookie);
      attempt('storage', () => localStorage.length);
      attempt('parent', () => parent.document.title);
      attempt('popup', () => open('about:blank') === null ? 'refused' : 'opened');
      const image = new Image();
      const loaded = new Promise((resolve) => { image.onload = () => resolve('loaded'); image.onerror = () => resolve('refused'); });
      image.src = location.protocol + '//' + (location.host || '127.0.0.1') + '/favicon.ico';
      Promise.all([fetch('/api/v1/session').then(() => 'fetched', () => 'refused'), loaded]).then(([network, picture]) => {
        document.getElementById('result').textContent = JSON.stringify({ ...tried, network, picture });
      });
    </script>`;
  const cell = await runCell(page, html(probe));
  const frame = cell.frameLocator('iframe');
  await expect(frame.locator('#result')).toHaveText(
    JSON.stringify({
      origin: 'null',
      cookie: 'refused',
      storage: 'refused',
      parent: 'refused',
      popup: 'refused',
      network: 'refused',
      picture: 'refused',
    }),
  );
});

test('the frame is as high as its content, up to a bound', async ({ page }) => {
  const small = await runCell(page, html('<div style="height: 120px">small</div>'));
  await expect(small.locator('iframe')).toHaveCSS('height', '122px');
  const large = await runCell(page, html('<div style="height: 9000px">large</div>'));
  await expect(large.locator('iframe')).toHaveCSS('height', '480px');
  await large.getByRole('button', { name: 'Show all of it' }).click();
  await expect(large.locator('iframe')).toHaveCSS('height', '4000px');
});

test('a frame that goes elsewhere is closed', async ({ page }) => {
  const cell = await runCell(page, html('<script>setTimeout(() => location.reload(), 50)</script>'));
  await expect(cell.getByText('This output left its page and was closed')).toBeVisible();
});

test('a frame that floods the page with messages is no longer listened to', async ({ page }) => {
  const flood = '<script>setInterval(() => { document.body.style.height = Math.random() * 400 + "px"; }, 1)</script>';
  const cell = await runCell(page, html(flood));
  const frame = cell.locator('iframe');
  const heights = new Set<number>();
  await expect
    .poll(
      async () => {
        const height = await frame.evaluate((element) => element.clientHeight);
        const settled = heights.has(height);
        heights.add(height);
        await page.waitForTimeout(300);
        return settled && (await frame.evaluate((element) => element.clientHeight)) === height;
      },
      { timeout: 20_000 },
    )
    .toBe(true);
});

test('SVG is an image: its scripts do not run and it is no part of the page', async ({ page }) => {
  const markup =
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40" onload="document.title=1"><script>document.title="changed"</script><rect id="inside" width="40" height="40"/></svg>';
  const cell = await runCell(page, `class Shown:\n    def _repr_svg_(self): return ${JSON.stringify(markup)}\nShown()`);
  await expect(cell.locator('.output-image img')).toBeVisible();
  await expect(page.locator('#inside')).toHaveCount(0);
  expect(await page.title()).toBe('Praxis');
});

const PAYLOADS = [
  '<script>window.hit = 1</script>',
  '<img src=x onerror="window.hit = 1">',
  '<svg onload="window.hit = 1"></svg>',
  '<svg><animate onbegin="window.hit = 1" attributeName=x dur=1s>',
  '<details open ontoggle="window.hit = 1">x</details>',
  '<a href="javascript:window.hit = 1" id="link">x</a>',
  '[x](javascript:window.hit=1)',
  '[x](data:text/html,<script>parent.hit=1</script>)',
  '<iframe srcdoc="<script>parent.hit = 1</script>"></iframe>',
  '<iframe src="javascript:parent.hit=1"></iframe>',
  '<object data="javascript:window.hit=1"></object>',
  '<math><mtext><table><mglyph><style><img src=x onerror="window.hit = 1">',
  '<form id="app"><input name="children"></form>',
  '<div id="notebook" style="position:fixed;inset:0;background:red">x</div>',
  '<base href="https://evil.example/">',
  '<meta http-equiv="refresh" content="0;url=https://evil.example/">',
  '<style>* { display: none !important }</style>',
  '<button popovertarget="app" autofocus onfocus="window.hit = 1">x</button>',
  '<template><img src=x onerror="window.hit = 1"></template>',
  '<noscript><p title="</noscript><img src=x onerror=window.hit=1>">',
  '<input autofocus onfocus="window.hit = 1">',
  '<video><source onerror="window.hit = 1"></video>',
  '$\\href{javascript:window.hit=1}{x}$',
  '$\\htmlData{x=1}{y}$ $\\includegraphics{https://evil.example/x.png}$',
  '<a href="https://example.org" data-cell-id="x" onclick="window.hit = 1">x</a>',
];

test('Markdown keeps its text and loses everything that acts', async ({ page }) => {
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  // One cell for each, so that what one leaves open does not swallow the next.
  const cells = PAYLOADS.map((payload, index) => ({
    cell_type: 'markdown',
    id: `payload-${index}`,
    metadata: {},
    source: `paragraph ${index}\n\n${payload}`,
  }));
  await openFile(page, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells }));
  for (const index of PAYLOADS.keys())
    await expect(page.getByText(`paragraph ${index}`, { exact: true })).toHaveCount(1);
  for (const link of await page.locator('.prose a').all()) await link.dispatchEvent('click');
  await page.waitForTimeout(500);
  expect(await page.evaluate(() => 'hit' in globalThis)).toBe(false);
  const left = await page.locator('.prose').evaluateAll((texts) =>
    texts
      .flatMap((prose) => [...prose.querySelectorAll('*')])
      .filter((element) => element.closest('.katex') === null)
      .flatMap((element) => [
        ...element
          .getAttributeNames()
          .filter((name) => /^on|^(?:id|name|style|data-.*|popovertarget|autofocus|srcdoc)$/.test(name)),
        ...(/^(?:script|style|iframe|object|embed|form|input|button|base|meta|link|video|template|noscript)$/.test(
          element.localName,
        )
          ? [element.localName]
          : []),
        ...(/^\s*(?:javascript|data|vbscript):/i.test(element.getAttribute('href') ?? '') ? ['href'] : []),
      ]),
  );
  expect(left).toEqual([]);
  const links = await page.locator('.katex a, .katex img').count();
  expect(links).toBe(0);
  expect(requests.filter((url) => url.includes('evil.example'))).toEqual([]);
  await expect(page.locator('#notebook')).toHaveCount(1);
});

test('a link in Markdown opens elsewhere and tells nothing about this page', async ({ page }) => {
  const cell = await addCell(page, '[there](https://example.org/)\n\n![picture](https://example.org/p.png)', 'Text');
  await page.keyboard.press('Control+Enter');
  await expect(cell.getByRole('link', { name: 'there' })).toHaveAttribute('rel', 'noopener noreferrer nofollow');
  await expect(cell.getByRole('link', { name: 'picture (on example.org)' })).toBeVisible();
  await expect(cell.locator('img')).toHaveCount(0);
});

test('columns of a Markdown table keep their alignment', async ({ page }) => {
  const cell = await addCell(page, '| a | b |\n|:--|--:|\n| 1 | 2 |', 'Text');
  await page.keyboard.press('Control+Enter');
  await expect(cell.locator('td').last()).toHaveCSS('text-align', 'end');
});

test('LaTeX, Markdown, JSON and a table of HTML are shown as what they are', async ({ page }) => {
  const shown = (method: string, value: string) =>
    `class Shown:\n    def ${method}(self): return ${JSON.stringify(value)}\nShown()`;
  const latex = await runCell(page, shown('_repr_latex_', '$$\\frac{1}{3}$$'));
  await expect(latex.locator('.katex')).toBeVisible();
  const markdown = await runCell(page, shown('_repr_markdown_', '**bold** <script>window.hit = 1</script>'));
  await expect(markdown.locator('strong')).toHaveText('bold');
  const json = await runCell(
    page,
    'display({ "application/json": { a: [1, 2, { b: null }], text: "x" } })',
    'JavaScript',
  );
  await expect(json.locator('.json-name').first()).toBeVisible();
  const table = await runCell(page, html('<table><tr><th>n</th></tr><tr><td>1</td></tr></table>'));
  await expect(table.frameLocator('iframe').locator('td')).toHaveText('1');
  expect(await page.evaluate(() => 'hit' in globalThis)).toBe(false);
});
