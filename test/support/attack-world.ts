/** What an attack would like to get at: a folder, a file, a variable of the environment and a listener of this machine. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { AttackCase } from './attack-corpus.ts';

/** No trace of these may show anywhere; the file's text begins with the variable's. */
export const CANARY = 'canary-7f3a';
/** With bare quotes only somebody who writes past a record's encoder gets it printed. */
export const FORGED = '"forged":"FORGED-7f3a"';
/** The file and the port that cases name: each world has its own, so that test files can run side by side. */
const CANARY_FILE = '/tmp/praxis-host-canary.txt';
const LISTENER_PORT = '48111';

export class AttackWorld {
  readonly folder: string;
  readonly #server: Server;
  readonly #port: number;
  #connections = 0;

  private constructor(folder: string, server: Server, port: number) {
    this.folder = folder;
    this.#server = server;
    this.#port = port;
    server.on('connection', (socket: Socket) => {
      this.#connections++;
      socket.on('error', () => undefined);
      socket.destroy();
    });
  }

  static async open(): Promise<AttackWorld> {
    const folder = mkdtempSync(join(tmpdir(), 'praxis-attacks-'));
    writeFileSync(join(folder, 'canary.txt'), `${CANARY}-file`);
    const server = createServer();
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('expected a listener on a port');
    return new AttackWorld(folder, server, address.port);
  }

  /** Connections to the listener so far. */
  get connections(): number {
    return this.#connections;
  }

  /** A case's program, aimed at this world. */
  codeOf({ code }: AttackCase): string {
    return code.replaceAll(CANARY_FILE, join(this.folder, 'canary.txt')).replaceAll(LISTENER_PORT, String(this.#port));
  }

  async close(): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A world for the tests of a file, which are told of it when they run. */
export function useAttackWorld(): () => AttackWorld {
  let world: AttackWorld | undefined;
  beforeAll(async () => {
    world = await AttackWorld.open();
  });
  afterAll(() => world?.close());
  return () => {
    if (world === undefined) throw new Error('the world is there in tests alone');
    return world;
  };
}
