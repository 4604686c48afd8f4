/**
 * Work for replay workers. An item is leased for a while: a worker that dies loses its lease, and the item is leased again.
 *
 *   ready ──lease──▶ leased ──complete──▶ done
 *     ▲                │ ├──set aside──▶ dead   (attempts used up)
 *     └─retry, expiry──┘
 */
import type { Knex } from 'knex';
import type { Priority, QueueItemRow, QueueKind } from '../database/rows.ts';

export interface NewQueueItem {
  workspace_id: string;
  job_id: string;
  kind: QueueKind;
  priority: Priority;
}

export interface Lease {
  item: QueueItemRow;
  owner: string;
}

export interface Queue {
  /** In the caller's transaction: the item exists exactly when the job does. A job that is queued already stays as it is. */
  enqueue(transaction: Knex.Transaction, item: NewQueueItem): Promise<void>;
  /** Whether `lease` would give something; cheap, and takes no lock. */
  hasWork(): Promise<boolean>;
  /** The most urgent item that is ready or whose lease has run out, or null. */
  lease(owner: string, leaseMs: number): Promise<Lease | null>;
  /** Whether the lease still was ours and has been extended. */
  extend(lease: Lease, leaseMs: number): Promise<boolean>;
  /** In the caller's transaction. Whether the lease still was ours: when not, somebody else's result counts and ours is dropped. */
  complete(transaction: Knex.Transaction, lease: Lease): Promise<boolean>;
  /** Gives the item back, to be leased again after `delayMs`. */
  retry(lease: Lease, reason: string, delayMs: number): Promise<void>;
  /** In the caller's transaction: no further attempt is made. Whether the lease still was ours. */
  setAside(transaction: Knex.Transaction, lease: Lease, reason: string): Promise<boolean>;
  /** In the caller's transaction: takes the job's item out, whoever works on it. */
  remove(transaction: Knex.Transaction, jobId: string): Promise<void>;
  /** Items that wait or are being worked on. */
  depth(): Promise<number>;
}
