/** The queue as a table in the server's own database. */
import type { Knex } from 'knex';
import type { Priority, QueueItemRow } from '../database/rows.ts';
import { inTransaction } from '../database/transaction.ts';
import { isoTime } from '../dependencies.ts';
import type { Lease, Queue } from './queue.ts';

const PRIORITY: Record<Priority, number> = { high: 0, normal: 1, low: 2 };
/** Longest reason kept with an item, characters. */
const REASON_LENGTH = 500;

export function sqliteQueue(database: Knex, clock: () => number, newId: () => string): Queue {
  const items = (connection: Knex) => connection<QueueItemRow>('queue_items');
  const held = (connection: Knex, lease: Lease) =>
    items(connection).where({ id: lease.item.id, status: 'leased', lease_owner: lease.owner });
  const available = (connection: Knex) => {
    const now = isoTime(clock());
    return items(connection)
      .where((query) => query.where('status', 'ready').andWhere('available_at', '<=', now))
      .orWhere((query) => query.where('status', 'leased').andWhere('lease_expires_at', '<=', now));
  };
  const released = { lease_owner: null, lease_expires_at: null } as const;

  return {
    async enqueue(transaction, item) {
      const now = isoTime(clock());
      await items(transaction)
        .insert({
          id: newId(),
          workspace_id: item.workspace_id,
          job_id: item.job_id,
          kind: item.kind,
          status: 'ready',
          priority: PRIORITY[item.priority],
          attempts: 0,
          available_at: now,
          lease_owner: null,
          lease_expires_at: null,
          last_error: null,
          created_at: now,
        })
        .onConflict('job_id')
        .ignore();
    },

    async hasWork() {
      return (await available(database).first('id')) !== undefined;
    },

    async lease(owner, leaseMs) {
      return inTransaction(database, async (transaction) => {
        const item = await available(transaction).orderBy(['priority', 'available_at', 'id']).first();
        if (item === undefined) return null;
        const lease = {
          status: 'leased' as const,
          attempts: item.attempts + 1,
          lease_owner: owner,
          lease_expires_at: isoTime(clock() + leaseMs),
        };
        await items(transaction).where({ id: item.id }).update(lease);
        return { owner, item: { ...item, ...lease } };
      });
    },

    async extend(lease, leaseMs) {
      return (await held(database, lease).update({ lease_expires_at: isoTime(clock() + leaseMs) })) === 1;
    },

    async complete(transaction, lease) {
      return (await held(transaction, lease).update({ status: 'done', ...released })) === 1;
    },

    async retry(lease, reason, delayMs) {
      await held(database, lease).update({
        status: 'ready',
        available_at: isoTime(clock() + delayMs),
        last_error: reason.slice(0, REASON_LENGTH),
        ...released,
      });
    },

    async setAside(transaction, lease, reason) {
      const change = { status: 'dead' as const, last_error: reason.slice(0, REASON_LENGTH), ...released };
      return (await held(transaction, lease).update(change)) === 1;
    },

    async remove(transaction, jobId) {
      await items(transaction)
        .where({ job_id: jobId })
        .update({ status: 'done', ...released });
    },

    async depth() {
      const row = await items(database).whereIn('status', ['ready', 'leased']).count({ count: '*' }).first();
      return Number(row?.['count'] ?? 0);
    },
  };
}
