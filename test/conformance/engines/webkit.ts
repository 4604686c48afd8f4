/** WebKitGTK's small browser on a virtual screen, driven by plain requests of W3C WebDriver. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Program } from '@praxis/wasm-runtime';
import { freePort } from '../../support/server-process.ts';
import { fixtureTexts } from '../../support/run-fixtures.ts';
import { NotHere, type EngineRun, type OpenEngine } from './engine.ts';
import { startFront } from './front.ts';
import { debianPackages } from './install.ts';

const DRIVER = '/usr/bin/WebKitWebDriver';
const SCREEN = '/usr/bin/Xvfb';
/** By Debian's name of the processor. */
const BROWSERS = ['x86_64', 'aarch64'].map((processor) => `/usr/lib/${processor}-linux-gnu/webkit2gtk-4.1/MiniBrowser`);
/** A program may take so long, ms. */
const PROGRAM_MS = 900_000;
const START_MS = 30_000;

/** https://www.w3.org/TR/webdriver2/#executing-script: the last argument is called with the result. */
const RUN_SCRIPT = `const [program, stdin, texts, done] = arguments;
window.praxisTest.runProgram(program, stdin, texts).then((value) => done({ value }), (error) => done({ error: String(error) }));`;
const READY_SCRIPT = 'return "praxisTest" in window';

export async function openWebKit(): Promise<OpenEngine> {
  await debianPackages(DRIVER, ['webkit2gtk-driver']);
  await debianPackages(SCREEN, ['xvfb']);
  const binary = BROWSERS.find((path) => existsSync(path));
  if (binary === undefined) throw new NotHere('WebKitGTK has no MiniBrowser here');
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const one of closers.splice(0).reverse()) await one();
  };
  try {
    const screen = spawn(SCREEN, ['-displayfd', '1', '-nolisten', 'tcp'], { stdio: ['ignore', 'pipe', 'ignore'] });
    closers.push(() => end(screen));
    const [number] = (await once(screen.stdout, 'data')) as [Buffer];
    const display = `:${number.toString('utf8').trim()}`;
    const port = await freePort();
    const env = { ...process.env, DISPLAY: display, TZ: 'Asia/Tehran', LANG: 'ar_EG.UTF-8' };
    const driver = spawn(DRIVER, [`--port=${port}`], { stdio: 'ignore', env });
    closers.push(() => end(driver));
    const front = await startFront();
    closers.push(() => front.close());

    const options = { 'webkitgtk:browserOptions': { binary, args: ['--automation'] } };
    const session = new Session(`http://127.0.0.1:${port}`);
    const version = await session.start(options);
    closers.push(() => session.end());
    await session.post('/url', { url: front.pageUrl({ isolated: true }) });
    await session.until(READY_SCRIPT);
    return { version: `WebKitGTK ${version}`, run: (program, stdin) => session.run(program, stdin), close };
  } catch (error) {
    await close();
    throw error;
  }
}

class Session {
  #url: string;

  constructor(driverUrl: string) {
    this.#url = driverUrl;
  }

  /** @returns the browser's version */
  async start(options: object): Promise<string> {
    const deadline = Date.now() + START_MS;
    while (!(await fetch(`${this.#url}/status`).catch(() => null))?.ok) {
      if (Date.now() > deadline) throw new Error('WebKitWebDriver did not start');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const { sessionId, capabilities } = (await this.post('/session', { capabilities: { alwaysMatch: options } })) as {
      sessionId: string;
      capabilities: { browserVersion: string };
    };
    this.#url += `/session/${sessionId}`;
    await this.post('/timeouts', { script: PROGRAM_MS });
    return capabilities.browserVersion;
  }

  async run(program: Program, stdin: readonly string[]): Promise<EngineRun> {
    const args = [program, stdin, await fixtureTexts(program)];
    const answer = (await this.post('/execute/async', { script: RUN_SCRIPT, args })) as
      { value: EngineRun } | { error: string };
    if ('error' in answer) throw new Error(answer.error);
    return answer.value;
  }

  async until(script: string): Promise<void> {
    const deadline = Date.now() + START_MS;
    while ((await this.post('/execute/sync', { script, args: [] })) !== true) {
      if (Date.now() > deadline) throw new Error('the page did not get ready');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** What the driver's answer holds. @throws Error with the driver's word for what went wrong */
  async post(path: string, body: object): Promise<unknown> {
    const answer = await fetch(this.#url + path, { method: 'POST', body: JSON.stringify(body) });
    const { value } = (await answer.json()) as { value: unknown };
    if (!answer.ok) throw new Error(`${path}: ${JSON.stringify(value).slice(0, 500)}`);
    return value;
  }

  async end(): Promise<void> {
    await fetch(this.#url, { method: 'DELETE' });
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
