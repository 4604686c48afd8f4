/** Keeps one worker process alive: starts it, starts it again when it dies, and ends it with the server. */
import { type ChildProcess, fork } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';

export interface WorkerSettings {
  data: string;
  environments: string;
  unjailed: boolean;
  log_level: string;
}

export interface Supervisor {
  stop(): Promise<void>;
}

export interface SupervisorOptions {
  /** Script and argument of the process; the replay worker unless a test says otherwise. */
  script?: string;
  /** Wait before the process is started again, ms; doubles with each death up to `maximumDelayMs`. */
  delayMs?: number;
  maximumDelayMs?: number;
  /** A process that lived for so long is not held against the next one, ms. */
  steadyMs?: number;
  /** How long the process may take to end by itself, ms. */
  graceMs?: number;
}

/** All that the worker gets of our environment: where the tools of the jail are. */
const JAIL_VARIABLES = ['PATH', 'PRAXIS_BWRAP'];

export function superviseWorker(settings: WorkerSettings, log: Logger, options: SupervisorOptions = {}): Supervisor {
  const { delayMs = 500, maximumDelayMs = 30_000, steadyMs = 60_000, graceMs = 8000 } = options;
  // `.ts` when it runs from sources, `.js` when it has been built.
  const script = options.script ?? fileURLToPath(new URL(`./process${extname(import.meta.url)}`, import.meta.url));
  let child: ChildProcess | null = null;
  let restart: NodeJS.Timeout | null = null;
  let delay = delayMs;
  let stopped = false;

  function start(): void {
    const started = Date.now();
    const env = Object.fromEntries(
      JAIL_VARIABLES.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
    );
    child = fork(script, [JSON.stringify(settings)], { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    child.once('error', (error) => {
      log.error({ error: error.message }, 'the replay worker could not be started');
      if (child?.pid === undefined) again({});
    });
    child.once('exit', (code, signal) => {
      if (Date.now() - started >= steadyMs) delay = delayMs;
      again({ code, signal });
    });
  }

  function again(how: Record<string, unknown>): void {
    child = null;
    if (stopped) return;
    log.warn({ ...how, restart_in_ms: delay }, 'the replay worker ended');
    restart = setTimeout(start, delay);
    delay = Math.min(delay * 2, maximumDelayMs);
  }

  start();
  return {
    async stop() {
      stopped = true;
      if (restart !== null) clearTimeout(restart);
      const running = child;
      if (running === null) return;
      const ended = new Promise<void>((fulfil) => running.once('exit', () => fulfil()));
      running.kill('SIGTERM');
      const late = setTimeout(() => running.kill('SIGKILL'), graceMs);
      await ended;
      clearTimeout(late);
    },
  };
}
