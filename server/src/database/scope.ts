/**
 * The only way from a request to a workspace's rows. A scope is made after membership has been checked; every query that it starts is
 * bound to its workspace, and every row that it inserts belongs to it.
 */
import type { Knex } from 'knex';
import type { Role, ScopedTables } from './rows.ts';
import { inTransaction } from './transaction.ts';

export class WorkspaceScope {
  readonly connection: Knex;
  readonly workspaceId: string;
  readonly userId: string;
  readonly role: Role;

  constructor(connection: Knex, workspaceId: string, userId: string, role: Role) {
    this.connection = connection;
    this.workspaceId = workspaceId;
    this.userId = userId;
    this.role = role;
  }

  /** Rows of this workspace in `table`. */
  query<T extends keyof ScopedTables>(table: T): Knex.QueryBuilder<ScopedTables[T], ScopedTables[T][]> {
    const query = this.connection(table).where(`${table}.workspace_id`, this.workspaceId);
    // Safe: knex knows no row type for a table name; `ScopedTables` and the migrations are kept together.
    return query as unknown as Knex.QueryBuilder<ScopedTables[T], ScopedTables[T][]>;
  }

  async insert<T extends keyof ScopedTables>(table: T, row: Omit<ScopedTables[T], 'workspace_id'>): Promise<void> {
    await this.connection(table).insert({ ...row, workspace_id: this.workspaceId });
  }

  /** The same scope inside one write transaction. */
  async transaction<T>(work: (scope: WorkspaceScope, transaction: Knex.Transaction) => Promise<T>): Promise<T> {
    return inTransaction(this.connection, (transaction) =>
      work(new WorkspaceScope(transaction, this.workspaceId, this.userId, this.role), transaction),
    );
  }
}
