/** Migrations and transactions on real SQLite files. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect, migrate } from '../../../server/src/database/connect.ts';
import { migrationSource } from '../../../server/src/database/migrations.ts';
import { WorkspaceScope } from '../../../server/src/database/scope.ts';
import { inTransaction } from '../../../server/src/database/transaction.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'praxis-database-'));
  file = join(folder, 'data', 'praxis.sqlite');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const tables = async (database: ReturnType<typeof connect>): Promise<string[]> => {
  const rows = await database<{ name: string; type: string }>('sqlite_master').where({ type: 'table' }).select('name');
  return rows.map((row) => row.name).filter((name) => !name.startsWith('knex_') && !name.startsWith('sqlite_'));
};

describe('migrations', () => {
  it('install, install again, and go back', async () => {
    const database = connect(file);
    await migrate(database);
    const installed = await tables(database);
    await migrate(database);
    expect(await tables(database)).toEqual(installed);
    expect(installed).toContain('audit_events');
    await database.migrate.rollback({ migrationSource }, true);
    expect(await tables(database)).toEqual([]);
    await database.destroy();
  });
});

describe('a connection', () => {
  it('has foreign keys, a write-ahead log and patience', async () => {
    const database = connect(file);
    await migrate(database);
    const pragma = async (name: string): Promise<unknown> =>
      Object.values(((await database.raw(`PRAGMA ${name}`)) as object[])[0] ?? {})[0];
    expect([
      await pragma('foreign_keys'),
      await pragma('journal_mode'),
      await pragma('busy_timeout'),
      await pragma('synchronous'),
    ]).toEqual([1, 'wal', 10_000, 2]);
    const orphan = { id: 'x', workspace_id: 'none', user_id: 'none', role: 'owner', joined_at: '' };
    await expect(database('memberships').insert(orphan)).rejects.toThrow('FOREIGN KEY');
    await database.destroy();
  });
});

describe('transactions', () => {
  it('of two processes that read before they write wait for each other', async () => {
    const [one, two] = [connect(file), connect(file)];
    await migrate(one);
    await one.schema.createTable('counter', (table) => table.integer('value'));
    await one('counter').insert({ value: 0 });
    const increment = (database: ReturnType<typeof connect>) =>
      inTransaction(database, async (transaction) => {
        const row = await transaction<{ value: number }>('counter').first();
        await new Promise((fulfil) => setTimeout(fulfil, 2));
        await transaction('counter').update({ value: (row?.value ?? 0) + 1 });
      });
    await Promise.all(Array.from({ length: 10 }, (_, n) => increment(n % 2 === 0 ? one : two)));
    expect(await one<{ value: number }>('counter').first()).toEqual({ value: 10 });
    await Promise.all([one.destroy(), two.destroy()]);
  });

  it('that fail leave nothing', async () => {
    const database = connect(file);
    await migrate(database);
    const failing = inTransaction(database, async (transaction) => {
      await transaction('users').insert({ id: 'u', email: 'a@b.c', name: 'A', password_hash: '', created_at: '' });
      throw new Error('after the insert');
    });
    await expect(failing).rejects.toThrow('after the insert');
    expect(await database('users').select('id')).toEqual([]);
    await database.destroy();
  });
});

describe('a scope', () => {
  it('sees and writes rows of its own workspace only', async () => {
    const database = connect(file);
    await migrate(database);
    await database('users').insert({ id: 'u', email: 'a@b.c', name: 'A', password_hash: '', created_at: '' });
    for (const id of ['one', 'two'])
      await database('workspaces').insert({ id, name: id, created_by: 'u', created_at: '' });
    const scope = (workspace: string) => new WorkspaceScope(database, workspace, 'u', 'owner');
    const project = (id: string) => ({
      id,
      name: id,
      description: '',
      created_by: 'u',
      created_at: '',
      archived_at: null,
    });
    await scope('one').insert('projects', project('p1'));
    await scope('two').insert('projects', project('p2'));
    // A workspace in the row cannot win over the scope's own.
    await scope('one').insert('projects', { ...project('p3'), workspace_id: 'two' } as ReturnType<typeof project>);
    expect((await scope('one').query('projects').select('id')).map((row) => row.id)).toEqual(['p1', 'p3']);
    expect(await scope('one').query('projects').where({ id: 'p2' }).first()).toBeUndefined();
    expect(await scope('one').query('projects').where({ id: 'p2' }).update({ name: 'stolen' })).toBe(0);
    expect(await scope('one').query('projects').where({ id: 'p2' }).delete()).toBe(0);
    await database.destroy();
  });
});
