/** Write transactions that wait for each other instead of failing. */
import type { Knex } from 'knex';

/**
 * Runs `work` in a transaction that holds SQLite's write lock from its first statement. knex begins deferred transactions; one that
 * reads before it writes fails at once (SQLITE_BUSY_SNAPSHOT) when another process wrote in between, whatever the busy timeout.
 */
export async function inTransaction<T>(
  database: Knex,
  work: (transaction: Knex.Transaction) => Promise<T>,
): Promise<T> {
  return database.transaction(async (transaction) => {
    await transaction('write_lock').update({ held: 1 });
    return work(transaction);
  });
}

/** Whether `error` says that a unique index refused a row. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && error.message.includes('UNIQUE constraint failed');
}
