/** Jobs: made from a stored revision, run in a browser or by a replay worker, claimed, and cancelled. */
import type { Static } from 'typebox';
import { findArtifact } from '../artifacts/store.ts';
import { recordEvent } from '../audit/events.ts';
import type { Origin } from '../origin.ts';
import type { JobRow, RevisionRow, WorkspaceRow } from '../database/rows.ts';
import { WorkspaceScope } from '../database/scope.ts';
import { type Dependencies, isoTime } from '../dependencies.ts';
import { contentOf, type Documents } from '../documents/service.ts';
import { digestOf } from '../documents/content.ts';
import { environmentOf, resolveEnvironment } from '../documents/environment.ts';
import { Problem } from '../errors.ts';
import { page, type PageQuery } from '../http/pages.ts';
import { canonicalJson, type Program, programDigest, runDigest, type RunRecord } from '../runtime.ts';
import type { Usage } from '../workspaces/usage.ts';
import { blobsOf, checkClaim } from './check-claim.ts';
import { clampLimits, composeProgram, select, type Selection, snapshotOf } from './compose.ts';
import { presentJob, presentResult, presentVerdict } from './presenter.ts';
import { appendOutputs, appendRecord, outputsOf, programOf, recordOf, shownRecord } from './results.ts';
import type { Claim, JobError, JobPayload, JobResult, JobView, MissingBlobs, NewJob, VerdictView } from './schemas.ts';
import { moveJob, statusOf } from './states.ts';

export type Jobs = ReturnType<typeof jobs>;

const LEASE_LOST: JobError = {
  category: 'RESOURCE_LIMIT',
  code: 'WALL_CLOCK',
  message: 'The browser that had this job did not answer in time.',
};

export function jobs(deps: Dependencies, documents: Documents, usage: Usage) {
  const subjectOf = (
    job: Pick<JobRow, 'id' | 'workspace_id' | 'document_id' | 'document_revision_id' | 'object_id'>,
  ) => ({
    workspace_id: job.workspace_id,
    document_id: job.document_id,
    revision_id: job.document_revision_id,
    object_id: job.object_id,
    job_id: job.id,
  });

  async function jobOf(scope: WorkspaceScope, id: string): Promise<JobRow> {
    const row = await scope.query('jobs').where({ id }).first();
    if (row === undefined) throw new Problem('not_found');
    return row;
  }

  async function workspaceOf(scope: WorkspaceScope): Promise<WorkspaceRow> {
    const row = await scope.connection<WorkspaceRow>('workspaces').where({ id: scope.workspaceId }).first();
    if (row === undefined) throw new Problem('not_found');
    return row;
  }

  async function requireInputs(scope: WorkspaceScope, program: Program): Promise<void> {
    for (const input of program.inputs) {
      const artifact = await findArtifact(scope, input.digest);
      if (artifact?.size_bytes !== input.size_bytes) {
        throw new Problem('input_missing', {
          detail: `${input.path} (${input.digest}) has not been uploaded to this workspace.`,
        });
      }
    }
  }

  /** Identical work that has been verified in this workspace. A mere claim proves nothing, so it is not reused. */
  async function findReusable(
    scope: WorkspaceScope,
    executionKey: string,
    reuseFailed: boolean,
  ): Promise<JobRow | undefined> {
    const statuses = reuseFailed ? (['SUCCEEDED', 'FAILED'] as const) : (['SUCCEEDED'] as const);
    return scope
      .query('jobs')
      .where({ execution_key: executionKey, trust: 'verified' })
      .whereIn('status', statuses)
      .orderBy('id', 'desc')
      .first();
  }

  function payloadOf(job: Omit<JobRow, 'payload' | 'program'>, selection: Selection, program: Program): JobPayload {
    const snapshots = [...selection.datasets, ...selection.code].map(snapshotOf);
    return {
      schema_version: '1.0',
      job_id: job.id,
      job_type: job.job_type,
      created_at: job.created_at,
      workspace_id: job.workspace_id,
      project_id: job.project_id,
      document_id: job.document_id,
      document_revision_id: job.document_revision_id,
      execution_key: job.execution_key,
      priority: job.priority,
      requested_by: { user_id: job.requested_by },
      limits: program.limits,
      environment: {
        language: program.steps.at(-1)?.language ?? 'python',
        env_version: program.env_version,
        network_access: 'disabled',
      },
      inputs: {
        object: snapshots.find((snapshot) => snapshot.object_id === job.object_id) ?? null,
        dependency_snapshots: snapshots.filter((snapshot) => snapshot.object_id !== job.object_id),
      },
      output_spec: { return_stdout: true, return_stderr: true, formats: [] },
      program,
      program_digest: job.program_digest,
    };
  }

  async function compose(scope: WorkspaceScope, body: NewJob, revision: RevisionRow, projectId: string) {
    const objectId = body.target?.object_id;
    if ((body.job_type === 'object_execute') !== (objectId !== undefined)) {
      throw new Problem('validation_error', {
        detail: 'An object_execute names /body/target/object_id, a document_execute does not.',
      });
    }
    const content = contentOf(revision);
    const selection = select(content, objectId);
    const env_version = await resolveEnvironment(deps, environmentOf(selection.code), content);
    const limits = clampLimits(body.limits ?? {}, deps.configuration.maximumLimits);
    const program = composeProgram(selection, env_version, limits, body.events ?? {});
    await requireInputs(scope, program);
    const program_digest = programDigest(program);
    const now = isoTime(deps.clock());
    const id = deps.newId();
    const job: Omit<JobRow, 'payload' | 'program'> = {
      id,
      workspace_id: scope.workspaceId,
      project_id: projectId,
      document_id: revision.document_id,
      document_revision_id: revision.id,
      object_id: objectId ?? null,
      job_type: body.job_type,
      executor: body.executor,
      status: 'PENDING',
      trust: null,
      execution_key: digestOf({
        job_type: body.job_type,
        target: selection.code.map((object) => object.id),
        // The program holds sources, dependencies, parameters, data and limits.
        input_hash: program_digest,
        env_version,
      }),
      env_version,
      program_digest,
      priority: body.priority ?? 'normal',
      requested_by: scope.userId,
      result_job_id: id,
      cancel_cause: null,
      error: null,
      lease_expires_at: null,
      created_at: now,
      started_at: null,
      finished_at: null,
    };
    return { ...job, program: canonicalJson(program), payload: JSON.stringify(payloadOf(job, selection, program)) };
  }

  /** In the caller's transaction: the same answer for another revision, without running anything. */
  async function reuse(scope: WorkspaceScope, job: JobRow, earlier: JobRow): Promise<JobRow> {
    const reused: JobRow = {
      ...job,
      status: earlier.status,
      trust: earlier.trust,
      error: earlier.error,
      result_job_id: earlier.result_job_id,
      started_at: job.created_at,
      finished_at: job.created_at,
    };
    await scope.insert('jobs', reused);
    const record = await shownRecord(scope, earlier.result_job_id);
    if (record !== undefined) await appendOutputs(deps, scope, reused, recordOf(record));
    return reused;
  }

  async function create(
    scope: WorkspaceScope,
    body: NewJob,
    origin: Origin,
  ): Promise<{ job: JobView; created: boolean }> {
    const { row: revision, document } = await documents.revisionOf(scope, body.document_revision_id);
    if (!(await workspaceOf(scope)).execution_enabled) throw new Problem('execution_disabled');
    const job = await compose(scope, body, revision, document.project_id);
    return scope.transaction(async (inside, transaction) => {
      const subject = { ...subjectOf(job), actor_user_id: scope.userId };
      const earlier = await findReusable(inside, job.execution_key, body.reuse_failed ?? false);
      if (earlier !== undefined) {
        await recordEvent(deps, transaction, 'job.reused', { ...subject, job_id: earlier.id }, origin);
        const same = earlier.document_revision_id === job.document_revision_id && earlier.object_id === job.object_id;
        if (same) return { job: presentJob(earlier, true), created: false };
        return { job: presentJob(await reuse(inside, job, earlier), true), created: true };
      }
      const replay = deps.replay();
      if (body.executor === 'server' && !replay.available)
        throw new Problem('replay_unavailable', { detail: replay.reason });
      await usage.requireJob(inside);
      await inside.insert('jobs', job);
      await recordEvent(deps, transaction, 'job.created', { ...subject, detail: { executor: job.executor } }, origin);
      await moveJob(inside, job.id, 'QUEUED', {});
      if (body.executor === 'server') {
        await deps.queue.enqueue(transaction, {
          workspace_id: job.workspace_id,
          job_id: job.id,
          kind: 'run',
          priority: job.priority,
        });
      } else {
        const leaseMs = programOf(job).limits.timeout_ms + deps.configuration.clientLeaseMs;
        const now = deps.clock();
        await moveJob(inside, job.id, 'RUNNING', {
          started_at: isoTime(now),
          lease_expires_at: isoTime(now + leaseMs),
        });
      }
      return { job: presentJob(await jobOf(inside, job.id), true), created: true };
    });
  }

  async function missingBlobs(scope: WorkspaceScope, record: RunRecord): Promise<string[]> {
    const missing: string[] = [];
    for (const [digest, blob] of blobsOf(record)) {
      const artifact = await findArtifact(scope, digest);
      if (artifact === undefined) missing.push(digest);
      else if (artifact.size_bytes !== blob.size_bytes)
        throw new Problem('record_rejected', { detail: `${digest} has another size.` });
    }
    return missing;
  }

  /** Ends one job whose browser did not answer in time. */
  async function expireLease(job: JobRow): Promise<void> {
    const scope = new WorkspaceScope(deps.database, job.workspace_id, job.requested_by, 'viewer');
    await scope.transaction(async (inside, transaction) => {
      const change = { error: JSON.stringify(LEASE_LOST), finished_at: isoTime(deps.clock()), lease_expires_at: null };
      if (await moveJob(inside, job.id, 'TIMED_OUT', change)) {
        await recordEvent(deps, transaction, 'job.timed_out', subjectOf(job));
      }
    });
  }

  const leaseIsOver = (job: JobRow): boolean =>
    job.executor === 'client' &&
    job.status === 'RUNNING' &&
    job.lease_expires_at !== null &&
    job.lease_expires_at <= isoTime(deps.clock());

  async function claim(
    scope: WorkspaceScope,
    id: string,
    body: Claim,
    origin: Origin,
  ): Promise<JobView | Static<typeof MissingBlobs>> {
    const job = await jobOf(scope, id);
    if (job.executor !== 'client' || job.requested_by !== scope.userId) throw new Problem('not_the_executor');
    if (leaseIsOver(job)) {
      await expireLease(job);
      throw new Problem('job_not_running', { detail: LEASE_LOST.message });
    }
    const { record } = body;
    if (job.status !== 'RUNNING') {
      const stored = await shownRecord(scope, job.id);
      // A client that lost our answer sends the same claim again.
      if (stored?.run_digest === runDigest(record)) return presentJob(job, false);
      throw new Problem('job_not_running', { detail: `The job is ${job.status}.` });
    }
    checkClaim(record, programOf(job));
    const missing = await missingBlobs(scope, record);
    if (missing.length > 0) return { missing };
    const workspace = await workspaceOf(scope);
    return scope.transaction(async (inside, transaction) => {
      const status = statusOf(record.outcome, record.error);
      const change = {
        trust: 'claimed' as const,
        error: record.error === null ? null : JSON.stringify(record.error),
        finished_at: isoTime(deps.clock()),
        lease_expires_at: null,
      };
      if (!(await moveJob(inside, id, status, change))) throw new Problem('job_not_running');
      const run_digest = await appendRecord(deps, inside, job, 'claim', record, body.observed);
      await appendOutputs(deps, inside, job, record);
      const subject = { ...subjectOf(job), actor_user_id: scope.userId };
      await recordEvent(deps, transaction, 'job.claimed', { ...subject, detail: { run_digest } }, origin);
      await recordEvent(deps, transaction, 'job.completed', { ...subject, detail: { status } }, origin);
      if (workspace.replay_policy === 'always') {
        await deps.queue.enqueue(transaction, {
          workspace_id: job.workspace_id,
          job_id: id,
          kind: 'replay',
          priority: job.priority,
        });
      }
      return presentJob(await jobOf(inside, id), false);
    });
  }

  return {
    create,
    claim,

    async list(scope: WorkspaceScope, asked: PageQuery) {
      return page(scope.query('jobs'), 'jobs.id', asked, (row) => presentJob(row, false));
    },

    async get(scope: WorkspaceScope, id: string): Promise<JobView> {
      const job = await jobOf(scope, id);
      if (!leaseIsOver(job)) return presentJob(job, true);
      await expireLease(job);
      return presentJob(await jobOf(scope, id), true);
    },

    async cancel(scope: WorkspaceScope, id: string, origin: Origin): Promise<JobView> {
      return scope.transaction(async (inside, transaction) => {
        const job = await jobOf(inside, id);
        const change = { cancel_cause: 'user', finished_at: isoTime(deps.clock()), lease_expires_at: null };
        if (!(await moveJob(inside, id, 'CANCELLED', change)))
          throw new Problem('job_state', { detail: `The job is ${job.status}.` });
        await deps.queue.remove(transaction, id);
        const subject = { ...subjectOf(job), actor_user_id: scope.userId, detail: { cause: 'user' } };
        await recordEvent(deps, transaction, 'job.cancelled', subject, origin);
        return presentJob(await jobOf(inside, id), false);
      });
    },

    /** Asks for a replay of a claim that has none yet, as the policy `on_demand` needs. */
    async requestReplay(scope: WorkspaceScope, id: string): Promise<VerdictView> {
      return scope.transaction(async (inside, transaction) => {
        const job = await jobOf(inside, id);
        if (job.trust !== 'claimed') throw new Problem('job_state', { detail: 'Only a claim can be replayed.' });
        await deps.queue.enqueue(transaction, {
          workspace_id: job.workspace_id,
          job_id: id,
          kind: 'replay',
          priority: job.priority,
        });
        return presentVerdict(job, undefined, deps.replay());
      });
    },

    async result(scope: WorkspaceScope, id: string): Promise<JobResult> {
      const job = await jobOf(scope, id);
      const record = await shownRecord(scope, job.result_job_id);
      if (record === undefined) throw new Problem('not_found', { detail: 'The job has no result yet.' });
      return presentResult(job, record);
    },

    async verdict(scope: WorkspaceScope, id: string): Promise<VerdictView> {
      const job = await jobOf(scope, id);
      const row = await scope.query('verdicts').where({ job_id: job.result_job_id }).first();
      return presentVerdict(job, row, deps.replay());
    },

    async attestation(scope: WorkspaceScope, id: string): Promise<string> {
      const job = await jobOf(scope, id);
      const row = await scope.query('attestations').where({ job_id: job.result_job_id }).first();
      if (row === undefined) throw new Problem('not_found', { detail: 'Only verified runs have an attestation.' });
      return row.envelope;
    },

    outputs: outputsOf,

    /** Ends the jobs whose browsers did not answer in time. Returns how many. */
    async expireLeases(): Promise<number> {
      const rows = await deps
        .database<JobRow>('jobs')
        .where({ executor: 'client', status: 'RUNNING' })
        .andWhere('lease_expires_at', '<=', isoTime(deps.clock()))
        .limit(1000);
      for (const job of rows) await expireLease(job);
      return rows.length;
    },
  };
}
