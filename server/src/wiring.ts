/** Puts the dependencies of one machine together: SQLite, local files, keys, clock and randomness. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { uuidv7 } from 'uuidv7';
import { DEFAULT_CONFIGURATION, type ServerConfiguration } from './configuration.ts';
import { connect, migrate } from './database/connect.ts';
import type { Dependencies, ReplayAvailability } from './dependencies.ts';
import { environmentsIn } from './environments/catalogue.ts';
import { openKeyring } from './keys/keyring.ts';
import { sqliteQueue } from './queue/sqlite-queue.ts';
import { localFiles } from './storage/local-files.ts';

export interface Wiring {
  /** Folder that holds everything that is worth a backup. */
  data: string;
  /** Folder of built environments. */
  environments: string;
  clientDirectory: string | null;
  configuration: Partial<ServerConfiguration>;
  replay: () => ReplayAvailability;
  log: Logger;
}

export const databaseFile = (data: string): string => join(data, 'praxis.sqlite');
export const keysFolder = (data: string): string => join(data, 'keys');

export async function openDependencies(wiring: Wiring): Promise<Dependencies> {
  const database = connect(databaseFile(wiring.data));
  await migrate(database);
  const clock = Date.now;
  return {
    configuration: { ...DEFAULT_CONFIGURATION, ...wiring.configuration },
    clock,
    random: randomBytes,
    newId: uuidv7,
    database,
    blobs: localFiles(join(wiring.data, 'blobs')),
    queue: sqliteQueue(database, clock, uuidv7),
    environments: environmentsIn(wiring.environments),
    keys: openKeyring(keysFolder(wiring.data)),
    replay: wiring.replay,
    clientDirectory: wiring.clientDirectory,
    log: wiring.log,
  };
}
