/** The frame that lasts: what is sent to it, what its workers share, and what one of them could do to the next. */
import { expect, test, type Page } from '@playwright/test';
import { programOf } from '../support/node-runs.ts';
import { openRunPage, runInPage } from '../support/run-page.ts';

const PYTHON = programOf('python', 'print(6 * 7)');
const ANSWER = [{ type: 'stream', name: 'stdout', text: '42\n' }];

/** What the page sends to its frame: kinds of messages, and bytes of those that carry files. */
interface Sent {
  kind: string;
  bytes: number;
}

declare global {
  interface Window {
    sentToFrame: Sent[];
    compiled: number;
    /** What the frame puts off. */
    postponed: (() => void)[];
    countAttempt(): Promise<number>;
  }
}

/** Counts what the page says on ports, and what its frame compiles. Runs before their scripts. */
async function watchFrame(page: Page): Promise<void> {
  await page.addInitScript(() => {
    window.sentToFrame = [];
    window.compiled = 0;
    window.postponed = [];
    if (window !== window.parent)
      window.setTimeout = ((work: () => void) => window.postponed.push(work)) as typeof window.setTimeout;
    const post = MessagePort.prototype.postMessage;
    MessagePort.prototype.postMessage = function (this: MessagePort, ...given: [message: Partial<ToFrameMessage>]) {
      const { kind = '', bytes } = given[0];
      window.sentToFrame.push({ kind, bytes: bytes?.length ?? 0 });
      return post.apply(this, given);
    } as typeof post;
    const compile = WebAssembly.compile.bind(WebAssembly);
    WebAssembly.compile = (...given) => {
      window.compiled += 1;
      return compile(...given);
    };
    interface ToFrameMessage {
      kind: string;
      bytes: Uint8Array;
    }
  });
}

async function outputsOf(page: Page, program = PYTHON): Promise<unknown> {
  return (await runInPage(page, program)).record.steps[0]?.outputs;
}

const frameOf = (page: Page) => page.frames().find((frame) => frame.url().endsWith('/frames/sandbox'));
const compiledInFrame = (page: Page) => frameOf(page)?.evaluate(() => window.compiled);

test('the second sandbox of a page needs no frame, no file and no compiling of its own', async ({ page }) => {
  await watchFrame(page);
  await openRunPage(page, { isolated: true });
  expect(await outputsOf(page)).toEqual(ANSWER);
  const first = await page.evaluate(() => window.sentToFrame.splice(0));
  // Module, snapshot, file image and its late part.
  expect(first.filter(({ kind }) => kind === 'keep')).toHaveLength(4);
  // The first output waits for the engine's code alone; the others become modules when nobody waits.
  expect(await compiledInFrame(page)).toBe(1);
  await frameOf(page)?.evaluate(() => window.postponed.splice(0).forEach((work) => work()));
  await expect.poll(() => compiledInFrame(page)).toBe(4);

  expect(await outputsOf(page)).toEqual(ANSWER);
  const second = await page.evaluate(() => window.sentToFrame.splice(0));
  expect(second.map(({ kind }) => kind)).toEqual(['open', 'give', 'begin', 'step', 'close']);
  expect(await compiledInFrame(page)).toBe(4);
  await expect(page.locator('iframe')).toHaveCount(1);
});

test('each sandbox has a worker of its own, which ends with it', async ({ page }) => {
  await openRunPage(page, { isolated: true });
  const started: string[] = [];
  page.on('worker', (worker) => started.push(worker.url()));
  for (let round = 1; round <= 3; round++) {
    expect(await outputsOf(page)).toEqual(ANSWER);
    await expect.poll(() => page.workers().length).toBe(0);
  }
  expect(new Set(started).size).toBe(3);
});

test('a worker that never listens is ended, and its frame stays', async ({ page }) => {
  await openRunPage(page, { isolated: true });
  const limits = { ...PYTHON.limits, timeout_ms: 1500, fuel: 1e15 };
  const endless = { ...programOf('python', 'while True: pass'), limits };
  const { record } = await runInPage(page, endless);
  expect(record.error?.code).toBe('WALL_CLOCK');
  await expect.poll(() => page.workers().length).toBe(0);
  await expect(page.locator('iframe')).toHaveCount(1);
  expect(await outputsOf(page)).toEqual(ANSWER);
});

test('a frame that does not say that it ended a worker goes, and the next run has another', async ({ page }) => {
  await page.addInitScript(() => {
    if (window === window.parent) return;
    const post = MessagePort.prototype.postMessage;
    MessagePort.prototype.postMessage = function (this: MessagePort, ...given: [message: { kind?: string }]) {
      if (given[0].kind !== 'closed') post.apply(this, given);
    } as typeof post;
  });
  await openRunPage(page, { isolated: true });
  expect(await outputsOf(page)).toEqual(ANSWER);
  await expect(page.locator('iframe')).toHaveCount(0);
  expect(await outputsOf(page)).toEqual(ANSWER);
});

test('a frame that starts no worker is given up, and whoever waits is told', async ({ page }) => {
  await page.addInitScript(() => {
    if (window === window.parent) return;
    // It never says anything.
    window.Worker = class extends EventTarget {
      terminate(): void {}
    } as unknown as typeof Worker;
  });
  await page.clock.install();
  await openRunPage(page, { isolated: true });
  const running = expect(outputsOf(page)).rejects.toThrow(/the sandbox frame did not answer/);
  await page.waitForFunction(() => document.querySelector('iframe') !== null);
  // Time enough for the frame to load and to be asked.
  await page.waitForTimeout(1000);
  await page.clock.fastForward(31_000);
  await running;
  await expect(page.locator('iframe')).toHaveCount(0);
});

test('a file that the frame could not compile is compiled anew for the next sandbox', async ({ page }) => {
  let attempts = 0;
  await page.exposeFunction('countAttempt', () => (attempts += 1));
  await page.addInitScript(() => {
    if (window === window.parent) return;
    const compile = WebAssembly.compile.bind(WebAssembly);
    WebAssembly.compile = async (...given) => {
      if ((await window.countAttempt()) === 1) throw new RangeError('out of memory');
      return compile(...given);
    };
  });
  await openRunPage(page, { isolated: true });
  await expect(outputsOf(page)).rejects.toThrow(/out of memory/);
  expect(await outputsOf(page)).toEqual(ANSWER);
});

test('what a hostile worker says and does in the frame changes nothing for the sandboxes after it', async ({
  page,
}) => {
  // Before the worker's own script, as if a guest had broken out of its engine: everything that it can reach from there.
  const hostile = () => {
    const forged = [
      { kind: 'closed', sandbox: 1 },
      { kind: 'failed', sandbox: 2, detail: 'forged' },
      { kind: 'keep', file: 1, form: 'bytes', bytes: new Uint8Array(8) },
      { kind: 'close', sandbox: 2 },
      { praxis: 'sandbox-start', script: 'close()', port: null },
    ];
    const say = postMessage.bind(globalThis) as (message: unknown) => void;
    const later = setTimeout.bind(globalThis);
    const takeBack = URL.revokeObjectURL.bind(URL, location.href);
    const channel = new BroadcastChannel('praxis');
    const tell = () => {
      for (const message of forged) {
        say(message);
        channel.postMessage(message);
      }
      takeBack();
    };
    addEventListener('message', (event: MessageEvent<{ kind?: string; files?: Record<string, object> }>) => {
      const files = event.data.files;
      if (files) for (const file of Object.values(files)) Object.assign(file, { forged: true });
      tell();
    });
    // The true first message has to come first, or this worker harms itself alone.
    later(tell);
  };
  await page.route('**/frames/worker.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `(${hostile.toString()})();\n${await response.text()}` });
  });
  await openRunPage(page, { isolated: true });
  for (let round = 1; round <= 3; round++) expect(await outputsOf(page)).toEqual(ANSWER);
  await expect(page.locator('iframe')).toHaveCount(1);
});
