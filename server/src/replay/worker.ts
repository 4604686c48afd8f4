/**
 * The replay worker's loop: leases an item, runs its program in a sandbox, and writes down what that means. It is trusted; the sandbox
 * is not, and never sees a database, a key or a stored file. Killed at any moment it loses nothing: its lease runs out, and a result
 * counts only together with the lease, in one transaction.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobRow } from '../database/rows.ts';
import { WorkspaceScope } from '../database/scope.ts';
import { Problem } from '../errors.ts';
import { programOf } from '../jobs/results.ts';
import { moveJob } from '../jobs/states.ts';
import type { Lease } from '../queue/queue.ts';
import { isRetried, jobErrorOf } from './outcome.ts';
import type { Replayer } from './replayer.ts';
import { replayClaim, runForServer, SettledElsewhere, settleFailure } from './settle.ts';
import type { Settlement, WorkerDependencies } from './settlement.ts';

export interface WorkerOptions {
  /** How long a lease lasts unless it is extended, ms. */
  leaseMs: number;
  /** Attempts at an item before it is set aside. */
  attempts: number;
  /** Wait before the next attempt, ms, multiplied by the attempt's number. */
  retryDelayMs: number;
  /** Wait before looking again when there was nothing to do, ms. */
  idleMs: number;
}

export const DEFAULT_WORKER_OPTIONS: WorkerOptions = { leaseMs: 60_000, attempts: 3, retryDelayMs: 5000, idleMs: 250 };

/** A run gets so long beyond its own limit of wall clock before the worker gives it up, ms: engines have to start, too. */
const WATCHDOG_ALLOWANCE_MS = 120_000;

/** The item is somebody else's by now. */
class LeaseLost extends Error {}

export class ReplayWorker {
  readonly #deps: WorkerDependencies;
  readonly #replayer: Replayer;
  readonly #options: WorkerOptions;
  readonly #owner = `worker ${process.pid} ${randomUUID()}`;

  constructor(deps: WorkerDependencies, replayer: Replayer, options: WorkerOptions = DEFAULT_WORKER_OPTIONS) {
    this.#deps = deps;
    this.#replayer = replayer;
    this.#options = options;
  }

  /** Works until `signal` says stop. What is being worked on then goes back to the queue. */
  async work(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      let busy = false;
      try {
        busy = (await this.#deps.queue.hasWork()) && (await this.workOnce(signal));
      } catch (error) {
        this.#deps.log.error({ error: messageOf(error) }, 'the replay queue failed');
      }
      if (!busy) await sleep(this.#options.idleMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Leases and finishes one item. False when there was none. */
  async workOnce(signal: AbortSignal): Promise<boolean> {
    const lease = await this.#deps.queue.lease(this.#owner, this.#options.leaseMs);
    if (lease === null) return false;
    const job = await this.#deps.database<JobRow>('jobs').where({ id: lease.item.job_id }).first();
    if (job === undefined) throw new Error('a queue item without its job');
    const log = this.#deps.log.child({ job_id: job.id, workspace_id: job.workspace_id, document_id: job.document_id });
    const settlement: Settlement = { deps: this.#deps, replayer: this.#replayer, lease, job };
    if (lease.item.attempts > this.#options.attempts) {
      // Every attempt took its worker down with it: there was nobody left to write an error.
      await settleFailure(settlement, new Error('the worker ended during every attempt'));
      log.error('set aside: the worker ended during every attempt');
      return true;
    }
    try {
      const verdict = await this.#underLease(settlement, signal);
      log.info({ verdict, attempt: lease.item.attempts }, 'replayed');
    } catch (error) {
      await this.#failed(settlement, error, signal);
    }
    return true;
  }

  async #underLease(settlement: Settlement, stop: AbortSignal): Promise<string> {
    const { job, lease } = settlement;
    const program = programOf(job);
    const ended = new AbortController();
    const watchdog = setTimeout(
      () => ended.abort(new Error('the watchdog ended the run')),
      program.limits.timeout_ms + WATCHDOG_ALLOWANCE_MS,
    );
    const heartbeat = setInterval(() => void this.#extend(lease, ended), this.#options.leaseMs / 3);
    const request = {
      program,
      inputs: (digest: string) => this.#input(job, digest),
      signal: AbortSignal.any([stop, ended.signal]),
    };
    try {
      if (lease.item.kind === 'replay') return await replayClaim(settlement, request);
      const scope = new WorkspaceScope(this.#deps.database, job.workspace_id, job.requested_by, 'viewer');
      const now = new Date(this.#deps.clock()).toISOString();
      const moved = await moveJob(scope, job.id, 'RUNNING', { started_at: now });
      // Running already: an earlier worker began it and died. Anything else: it was cancelled.
      if (!moved && job.status !== 'RUNNING') throw new SettledElsewhere();
      return await runForServer(settlement, request);
    } finally {
      clearTimeout(watchdog);
      clearInterval(heartbeat);
    }
  }

  async #extend(lease: Lease, ended: AbortController): Promise<void> {
    try {
      if (!(await this.#deps.queue.extend(lease, this.#options.leaseMs))) ended.abort(new LeaseLost());
    } catch (error) {
      // The database may be busy; the lease lasts for two more heartbeats.
      this.#deps.log.warn({ error: messageOf(error) }, 'a lease could not be extended');
    }
  }

  /** Inputs come from the job's own workspace only. */
  async #input(job: JobRow, digest: string): Promise<Uint8Array> {
    const scope = new WorkspaceScope(this.#deps.database, job.workspace_id, job.requested_by, 'viewer');
    if ((await scope.query('artifacts').where({ digest }).first()) === undefined) throw new Problem('input_missing');
    return this.#deps.blobs.read(digest);
  }

  async #failed(settlement: Settlement, error: unknown, stop: AbortSignal): Promise<void> {
    const { lease, job } = settlement;
    const { log, queue } = this.#deps;
    if (error instanceof LeaseLost || error instanceof SettledElsewhere) {
      log.info({ job_id: job.id }, 'the result was not needed any more');
      await this.#deps.database.transaction(async (transaction) => void (await queue.complete(transaction, lease)));
      return;
    }
    if (stop.aborted) {
      await queue.retry(lease, 'the worker was stopped', 0);
      return;
    }
    const { category, code } = jobErrorOf(error);
    log.error(
      { job_id: job.id, category, code, error: messageOf(error), attempt: lease.item.attempts },
      'a replay failed',
    );
    if (isRetried(error) && lease.item.attempts < this.#options.attempts) {
      await queue.retry(lease, messageOf(error), this.#options.retryDelayMs * lease.item.attempts);
      return;
    }
    await settleFailure(settlement, error);
  }
}

/** Safe to log: messages of our own errors never hold user code. */
function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 500) : 'unknown';
}
