/** A server as people meet it: a real HTTP socket, a real SQLite file, real files. Only the clock may be turned. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type App, createApp } from '../../../server/src/app.ts';
import { DEFAULT_CONFIGURATION, type ServerConfiguration } from '../../../server/src/configuration.ts';
import type { Dependencies, ReplayAvailability } from '../../../server/src/dependencies.ts';
import { sqliteQueue } from '../../../server/src/queue/sqlite-queue.ts';
import { type FileSystem, localFiles } from '../../../server/src/storage/local-files.ts';
import { openDependencies } from '../../../server/src/wiring.ts';
import { writeEnvironment } from './environment.ts';

export interface TestServer {
  origin: string;
  port: number;
  deps: Dependencies;
  app: App;
  data: string;
  envVersion: string;
  /** Lines of the log as objects. */
  logged: Record<string, unknown>[];
  /** Turns the server's clock on. */
  advance(ms: number): void;
  replay: { availability: ReplayAvailability };
  close(): Promise<void>;
}

export interface TestServerOptions {
  configuration?: Partial<ServerConfiguration>;
  fileSystem?: FileSystem;
  clientDirectory?: string;
}

/** Weaker than any real setting, so that hundreds of sign-ups do not take minutes; the code path is the same. */
const CHEAP_ARGON2 = { memoryKib: 64, passes: 1 };

export async function startServer(options: TestServerOptions = {}): Promise<TestServer> {
  const data = mkdtempSync(join(tmpdir(), 'praxis-server-'));
  const environments = join(data, 'environments');
  const envVersion = writeEnvironment(environments);
  const logged: Record<string, unknown>[] = [];
  const replay: { availability: ReplayAvailability } = { availability: { available: true } };
  const opened = await openDependencies({
    data,
    environments,
    clientDirectory: options.clientDirectory ?? null,
    configuration: {
      argon2: CHEAP_ARGON2,
      rates: { ...DEFAULT_CONFIGURATION.rates, auth: { requests: 1000, seconds: 60 } },
      ...options.configuration,
    },
    replay: () => replay.availability,
    log: pino(
      { level: 'info' },
      { write: (line: string) => void logged.push(JSON.parse(line) as Record<string, unknown>) },
    ),
  });
  let turned = 0;
  const clock = () => Date.now() + turned;
  const deps: Dependencies = {
    ...opened,
    clock,
    queue: sqliteQueue(opened.database, clock, opened.newId),
    blobs: options.fileSystem === undefined ? opened.blobs : localFiles(join(data, 'blobs'), options.fileSystem),
  };
  const app = createApp(deps);
  const handle = app.koa.callback();
  const server: Server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((fulfil) => server.listen(0, '127.0.0.1', fulfil));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    deps,
    app,
    data,
    envVersion,
    logged,
    replay,
    advance(ms) {
      turned += ms;
    },
    async close() {
      server.closeAllConnections();
      await new Promise<void>((fulfil) => server.close(() => fulfil()));
      await deps.database.destroy();
      rmSync(data, { recursive: true, force: true });
    },
  };
}
