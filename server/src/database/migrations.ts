/** The numbered migrations, in code: knex's own file loader does not read ES modules. Never change one that has been released. */
import type { Knex } from 'knex';
import * as firstSlice from './migrations/001-first-slice.ts';

interface Migration {
  name: string;
  up: (database: Knex) => Promise<void>;
  down: (database: Knex) => Promise<void>;
}

const MIGRATIONS: readonly Migration[] = [{ name: '001-first-slice', up: firstSlice.up, down: firstSlice.down }];

export const migrationSource: Knex.MigrationSource<Migration> = {
  getMigrations: async () => [...MIGRATIONS],
  getMigrationName: (migration) => migration.name,
  getMigration: async (migration) => ({ up: migration.up, down: migration.down }),
};
