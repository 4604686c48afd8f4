/** The one file that knows the database driver: SQLite in a local file, write-ahead log, foreign keys on. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import knex, { type Knex } from 'knex';
import { migrationSource } from './migrations.ts';

/** How long a writer waits for another process that writes, ms. */
const BUSY_TIMEOUT_MS = 10_000;

interface RawConnection {
  exec(sql: string, done: (error: Error | null) => void): void;
}

/** Opens (and creates, with mode 0700 for a new folder) the database in `filename`. The caller migrates and destroys it. */
export function connect(filename: string): Knex {
  mkdirSync(dirname(filename), { recursive: true, mode: 0o700 });
  return knex({
    client: 'sqlite3',
    connection: { filename },
    useNullAsDefault: true,
    // One connection: within a process statements are serialised by the pool, between processes by SQLite's lock.
    pool: {
      min: 1,
      max: 1,
      afterCreate(connection: RawConnection, done: (error: Error | null, connection: RawConnection) => void) {
        // synchronous=FULL: an answered request survives a power cut.
        const pragmas = `PRAGMA busy_timeout=${BUSY_TIMEOUT_MS}; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;`;
        connection.exec(pragmas, (error) => done(error, connection));
      },
    },
  });
}

export async function migrate(database: Knex): Promise<void> {
  await database.migrate.latest({ migrationSource });
}
