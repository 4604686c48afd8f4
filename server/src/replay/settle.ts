/** Writing down what a replay found: verdict, trust, outputs, attestation and audit, in one transaction with the end of the lease. */
import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import { addArtifact, findArtifact } from '../artifacts/store.ts';
import { recordEvent } from '../audit/events.ts';
import type { JobRow } from '../database/rows.ts';
import { WorkspaceScope } from '../database/scope.ts';
import { isoTime } from '../dependencies.ts';
import { blobsOf } from '../jobs/check-claim.ts';
import { appendOutputs, appendRecord, appendVerdict, recordOf, shownRecord } from '../jobs/results.ts';
import { moveJob, statusOf } from '../jobs/states.ts';
import { programDigest, type RunRecord, type RunResult } from '../runtime.ts';
import { requireStorage } from '../workspaces/usage.ts';
import { attest, replayerId } from './attest.ts';
import { jobErrorOf, trustOfOwnRun, TRUST_OF } from './outcome.ts';
import type { ReplayRequest } from './replayer.ts';
import type { Settlement } from './settlement.ts';

/** The job was cancelled, or another worker was faster: our result is dropped. */
export class SettledElsewhere extends Error {}

/** Runs the program of a claim and compares. Returns the verdict. */
export async function replayClaim(settlement: Settlement, request: ReplayRequest): Promise<string> {
  const { deps, replayer, job } = settlement;
  const stored = await shownRecord(scopeOf(settlement), job.id);
  if (stored === undefined) throw new SettledElsewhere();
  const claim = recordOf(stored);
  const started_at = isoTime(deps.clock());
  const found = await replayer.replay(request, claim);
  if (found.verdict === 'MATCH' && found.result !== undefined) requireBytes(found.result);
  const finished_at = isoTime(deps.clock());
  const trust = TRUST_OF[found.verdict];
  await settle(settlement, async (scope, transaction) => {
    await scope.query('jobs').where({ id: job.id, trust: 'claimed' }).update({ trust });
    if (found.verdict === 'MISMATCH' && found.result !== undefined) {
      await appendRecord(deps, scope, job, 'replay', found.result.record, found.result.observed);
    }
    await appendVerdict(deps, scope, {
      job_id: job.id,
      verdict: found.verdict,
      code: null,
      reason: found.reason,
      first_divergence: found.first_divergence === undefined ? null : JSON.stringify(found.first_divergence),
      run_digest: stored.run_digest,
      replayed_run_digest: found.replayed?.run_digest ?? null,
      replayer: replayerId(deps.signer),
    });
    if (trust === 'verified') {
      const facts = { record: claim, run_digest: stored.run_digest, mode: 'replay' as const, started_at, finished_at };
      await appendAttestation(settlement, scope, request, facts);
    }
    await auditVerdict(settlement, transaction, found.verdict);
  });
  return found.verdict;
}

/** Runs a program whose executor is the server. Its result needs no replay: nobody claimed it. Returns the job's status. */
export async function runForServer(settlement: Settlement, request: ReplayRequest): Promise<string> {
  const { deps, replayer, job } = settlement;
  const started_at = isoTime(deps.clock());
  const result = await replayer.run(request);
  requireBytes(result);
  const finished_at = isoTime(deps.clock());
  const { record } = result;
  // Before the transaction: files wait for disks. What is stored twice has one digest, so an attempt that fails later costs nothing.
  await requireStorage(deps, scopeOf(settlement), await bytesToAdd(scopeOf(settlement), record));
  for (const bytes of result.blobs.values()) await deps.blobs.put(bytes);
  const trust = trustOfOwnRun(record.error);
  const status = statusOf(record.outcome, record.error);
  await settle(settlement, async (scope, transaction) => {
    const error = record.error === null ? null : JSON.stringify(record.error);
    if (!(await moveJob(scope, job.id, status, { trust, error, finished_at }))) throw new SettledElsewhere();
    await addArtifacts(settlement, scope, record);
    const run_digest = await appendRecord(deps, scope, job, 'replay', record, result.observed);
    await appendOutputs(deps, scope, job, record);
    await appendVerdict(deps, scope, {
      job_id: job.id,
      verdict: trust === 'verified' ? 'MATCH' : 'UNVERIFIABLE',
      code: 'server_run',
      reason:
        trust === 'verified'
          ? 'This server ran the program itself.'
          : 'The run ended by a limit that depends on the machine.',
      first_divergence: null,
      run_digest,
      replayed_run_digest: run_digest,
      replayer: replayerId(deps.signer),
    });
    if (trust === 'verified')
      await appendAttestation(settlement, scope, request, {
        record,
        run_digest,
        mode: 'server',
        started_at,
        finished_at,
      });
    const subject = subjectOf(job);
    await recordEvent(deps, transaction, 'job.completed', { ...subject, detail: { status } });
  });
  return status;
}

/** No run came about, and none will: the claim stays unproven, the server's own job fails. */
export async function settleFailure(settlement: Settlement, error: unknown): Promise<void> {
  const { deps, job, lease } = settlement;
  const jobError = jobErrorOf(error);
  const scope = scopeOf(settlement);
  await scope.transaction(async (inside, transaction) => {
    if (!(await deps.queue.setAside(transaction, lease, jobError.code))) return;
    if (lease.item.kind === 'run') {
      const finished_at = isoTime(deps.clock());
      if (job.status === 'QUEUED') await moveJob(inside, job.id, 'RUNNING', { started_at: finished_at });
      if (!(await moveJob(inside, job.id, 'FAILED', { error: JSON.stringify(jobError), finished_at }))) return;
      await recordEvent(deps, transaction, 'job.completed', { ...subjectOf(job), detail: { status: 'FAILED' } });
      return;
    }
    await inside.query('jobs').where({ id: job.id, trust: 'claimed' }).update({ trust: 'unverifiable' });
    await appendVerdict(deps, inside, {
      job_id: job.id,
      verdict: 'UNVERIFIABLE',
      code: 'replay_failed',
      reason: 'The server tried to replay this run and could not.',
      first_divergence: null,
      run_digest: null,
      replayed_run_digest: null,
      replayer: replayerId(deps.signer),
    });
    await auditVerdict(settlement, transaction, 'UNVERIFIABLE');
  });
}

function scopeOf({ deps, job }: Settlement): WorkspaceScope {
  // A worker acts with the rights of the job that it works on, in that job's workspace.
  return new WorkspaceScope(deps.database, job.workspace_id, job.requested_by, 'viewer');
}

/** Ends the lease and writes, or does neither. */
async function settle(
  settlement: Settlement,
  write: (scope: WorkspaceScope, transaction: Knex.Transaction) => Promise<void>,
): Promise<void> {
  await scopeOf(settlement).transaction(async (scope, transaction) => {
    if (!(await settlement.deps.queue.complete(transaction, settlement.lease))) throw new SettledElsewhere();
    await write(scope, transaction);
  });
}

/** Every byte that the record names is there and has its digest: hashed again, by other code than that which named it. */
function requireBytes(result: RunResult): void {
  for (const [digest, { size_bytes }] of blobsOf(result.record)) {
    const bytes = result.blobs.get(digest);
    const actual = bytes === undefined ? null : `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    if (bytes?.length !== size_bytes || actual !== digest)
      throw new Error(`the run did not give the bytes of ${digest}`);
  }
}

/** Bytes of the record's blobs that the workspace does not have yet. */
async function bytesToAdd(scope: WorkspaceScope, record: RunRecord): Promise<number> {
  let bytes = 0;
  for (const [digest, { size_bytes }] of blobsOf(record)) {
    if ((await findArtifact(scope, digest)) === undefined) bytes += size_bytes;
  }
  return bytes;
}

async function addArtifacts({ deps, job }: Settlement, scope: WorkspaceScope, record: RunRecord): Promise<void> {
  for (const [digest, blob] of blobsOf(record)) {
    if ((await findArtifact(scope, digest)) !== undefined) continue;
    await requireStorage(deps, scope, blob.size_bytes);
    await addArtifact(deps, scope, { ...blob, digest, created_by: null }, subjectOf(job));
  }
}

async function appendAttestation(
  { deps, replayer, job }: Settlement,
  scope: WorkspaceScope,
  { program }: ReplayRequest,
  facts: { record: RunRecord; run_digest: string; mode: 'replay' | 'server'; started_at: string; finished_at: string },
): Promise<void> {
  const attestation = attest(deps.signer, replayer, { ...facts, job, program, program_digest: programDigest(program) });
  await scope.insert('attestations', { ...attestation, id: deps.newId(), created_at: isoTime(deps.clock()) });
}

async function auditVerdict({ deps, job }: Settlement, transaction: Knex, verdict: string): Promise<void> {
  await recordEvent(deps, transaction, 'job.verdict', { ...subjectOf(job), detail: { verdict } });
}

function subjectOf(job: JobRow) {
  return {
    workspace_id: job.workspace_id,
    document_id: job.document_id,
    revision_id: job.document_revision_id,
    object_id: job.object_id,
    job_id: job.id,
  };
}
