/** A real Praxis server in a process of its own, on a free port with an empty data folder, for end-to-end tests. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PROGRAM = join(import.meta.dirname, '../../server/bin/praxis.js');
const START_MS = 60_000;
const STOP_MS = 15_000;
const KEPT_LOG_BYTES = 64 * 1024;

export interface ServerProcess {
  /** Without a slash at the end. */
  readonly url: string;
  readonly dataFolder: string;
  /** The last 64 KB of what the server printed. */
  log(): string;
  /** Asks the server to end, waits for it, and deletes its data. */
  stop(): Promise<void>;
}

/** A port that nobody listened on just now. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

async function untilReady(url: string, child: ChildProcess, log: () => string): Promise<void> {
  const deadline = Date.now() + START_MS;
  for (;;) {
    if (hasEnded(child)) throw new Error(`the server ended before it was ready:\n${log()}`);
    const answer = await fetch(`${url}/ready`).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok === true) return;
    if (Date.now() > deadline) throw new Error(`the server was not ready after ${START_MS / 1000} s:\n${log()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const impatience = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(impatience);
}

/**
 * Needs a build (`npm run build`).
 * @throws Error with the server's log when it does not get ready.
 */
export async function startServer(extraArguments: readonly string[] = []): Promise<ServerProcess> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'praxis-test-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = ['serve', '--port', String(port), '--data', dataFolder, ...extraArguments];
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let kept = '';
  const keep = (chunk: Buffer): void => {
    kept = (kept + chunk.toString('utf8')).slice(-KEPT_LOG_BYTES);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const log = (): string => kept;
  const stop = async (): Promise<void> => {
    await end(child);
    await rm(dataFolder, { recursive: true, force: true });
  };
  try {
    await untilReady(url, child, log);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, dataFolder, log, stop };
}
