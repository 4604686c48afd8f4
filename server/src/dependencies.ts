/** Everything from outside that the server's features use; `createApp` gets it, tests give their own. */
import type { Knex } from 'knex';
import type { Logger } from 'pino';
import type { ServerConfiguration } from './configuration.ts';
import type { EnvironmentCatalogue } from './environments/catalogue.ts';
import type { Keyring } from './keys/keyring.ts';
import type { Queue } from './queue/queue.ts';
import type { BlobStore } from './storage/blob-store.ts';

export type ReplayAvailability = { available: true } | { available: false; reason: string };

export interface Dependencies {
  configuration: ServerConfiguration;
  /** Milliseconds since the epoch. */
  clock: () => number;
  /** Cryptographically strong random bytes. */
  random: (length: number) => Uint8Array;
  /** UUIDv7. */
  newId: () => string;
  database: Knex;
  blobs: BlobStore;
  queue: Queue;
  environments: EnvironmentCatalogue;
  keys: Keyring;
  replay: () => ReplayAvailability;
  /** Folder of the built client; absent in tests that need none. */
  clientDirectory: string | null;
  log: Logger;
}

export const isoTime = (ms: number): string => new Date(ms).toISOString();
