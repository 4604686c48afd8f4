/** `praxis serve`: reads the configuration, puts the server together, listens, and ends in order. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ENVIRONMENTS_FOLDER } from '@praxis/wasm-runtime/node';
import { type Logger, pino } from 'pino';
import { type App, createApp } from '../app.ts';
import { type ServeOptions, readServeOptions, SERVE_USAGE, UsageError } from './serve-options.ts';
import type { ReplayAvailability } from '../dependencies.ts';
import { detectJail } from '../replay/jail.ts';
import { type Supervisor, superviseWorker } from '../replay/supervisor.ts';
import { openDependencies } from '../wiring.ts';

/** Open requests get so long to end after a signal, ms. */
const GRACE_MS = 10_000;
const SWEEP_MS = 60_000;
const CLIENT_DIRECTORY = fileURLToPath(new URL('../../../client/dist', import.meta.url));

export async function main(args: string[]): Promise<number> {
  let options: ServeOptions | 'help';
  try {
    options = readServeOptions(args, process.env);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`praxis serve: ${error.message}\n\n${SERVE_USAGE}`);
    return 2;
  }
  if (options === 'help') {
    process.stdout.write(SERVE_USAGE);
    return 0;
  }
  const log = pino({ level: options.logLevel, base: null }, pino.destination({ dest: 2, sync: true }));
  try {
    await serve(options, log);
    return 0;
  } catch (error) {
    const advice = adviceFor(error, options);
    if (advice === null) throw error;
    process.stderr.write(`praxis serve: ${advice}\n`);
    return 2;
  }
}

/** What to do about the failures that an operator can mend. */
function adviceFor(error: unknown, { port, host, data }: ServeOptions): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'EADDRINUSE') return `port ${port} is in use; choose another one with --port`;
  if (code === 'EADDRNOTAVAIL') return `this machine has no address ${host}; choose another one with --host`;
  if (code === 'EACCES' || code === 'EROFS')
    return `it is not allowed to write to ${data} or to listen on port ${port}`;
  return null;
}

async function serve(options: ServeOptions, log: Logger): Promise<void> {
  const found = replayAvailability(options, log);
  const data = resolve(options.data);
  const environments = options.environments ?? ENVIRONMENTS_FOLDER;
  // Filled in before anybody can ask: trying the jail takes a moment, in which the database opens.
  let availability: ReplayAvailability = { available: false, reason: 'The server is starting.' };
  const deps = await openDependencies({
    data,
    environments,
    clientDirectory: CLIENT_DIRECTORY,
    configuration: { origin: options.origin, trustedProxies: options.trustedProxies },
    replay: () => availability,
    log,
  });
  availability = await found;
  const app = createApp(deps);
  const server = listenTo(app);
  let worker: Supervisor | null = null;
  try {
    await listen(server, options);
    if (availability.available) {
      worker = superviseWorker(
        { data, environments, unjailed: options.unjailedReplay, log_level: options.logLevel },
        log,
      );
    }
    const sweeping = setInterval(() => void sweep(app, log), SWEEP_MS);
    announce(server, options);
    await sweep(app, log);
    await ended(log);
    clearInterval(sweeping);
  } finally {
    await Promise.all([close(server), worker?.stop()]);
    await deps.database.destroy();
  }
}

/** Whether claims can be replayed here. Without a jail only an explicit wish allows it. */
async function replayAvailability(options: ServeOptions, log: Logger): Promise<ReplayAvailability> {
  const jail = await detectJail();
  if (jail.available) return { available: true };
  if (options.unjailedReplay) {
    log.warn(
      { reason: jail.reason },
      'replaying without a jail, as --unjailed-replay says: guests are held by WebAssembly alone',
    );
    return { available: true };
  }
  const reason = `Replay is switched off on this server: ${jail.reason}`;
  log.warn(
    { reason: jail.reason },
    'replay is off; claims stay claims. Install bubblewrap and allow user namespaces, or see --unjailed-replay',
  );
  return { available: false, reason };
}

function listenTo(app: App): Server {
  const handle = app.koa.callback();
  const server = createServer((request, response) => void handle(request, response));
  // Headers have to come at once; a whole request, an upload among them, within ten minutes.
  server.headersTimeout = 15_000;
  server.requestTimeout = 10 * 60_000;
  server.keepAliveTimeout = 10_000;
  server.maxHeadersCount = 100;
  return server;
}

function listen(server: Server, { host, port }: ServeOptions): Promise<void> {
  return new Promise((fulfil, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      fulfil();
    });
  });
}

function announce(server: Server, options: ServeOptions): void {
  // Safe: a server that listens on a port has an address of this shape.
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  process.stdout.write(`Praxis is ready: ${options.origin ?? `http://${host}:${port}`}\n`);
  process.stdout.write(
    'Open it and run a cell; sign up when there is something worth keeping. Ctrl+C ends the server.\n',
  );
}

async function sweep(app: App, log: Logger): Promise<void> {
  try {
    await app.sweep();
  } catch (error) {
    log.error({ error: error instanceof Error ? error.message : 'unknown' }, 'sweeping failed');
  }
}

function ended(log: Logger): Promise<void> {
  return new Promise((fulfil) => {
    const stop = (signal: NodeJS.Signals): void => {
      log.info({ signal }, 'ending');
      fulfil();
    };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
  });
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((fulfil) => server.close(() => fulfil()));
  server.closeIdleConnections();
  const late = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  await closed;
  clearTimeout(late);
}
