/** Shapes of the job API. */
import { type Static, type TSchema, Type } from 'typebox';
import { OBJECT_ID_PATTERN, ObjectId } from '../documents/schemas.ts';
import { ArtifactRecord, Limits, Output, Program, RunError, RunRecord, StepEvent } from '../runtime.ts';
import { closed, Count, Digest, EnvVersion, Id, Time } from '../schemas.ts';
import type { JobStatus } from '../database/rows.ts';
import { JOB_STATUSES } from './states.ts';

const JobTypeSchema = Type.Union([Type.Literal('document_execute'), Type.Literal('object_execute')]);
const ExecutorSchema = Type.Union([Type.Literal('client'), Type.Literal('server')]);
const PrioritySchema = Type.Union([Type.Literal('low'), Type.Literal('normal'), Type.Literal('high')]);
const StatusSchema = Type.Unsafe<JobStatus>({ type: 'string', enum: [...JOB_STATUSES] });
export const TrustSchema = Type.Union([
  Type.Literal('claimed'),
  Type.Literal('verified'),
  Type.Literal('mismatch'),
  Type.Literal('unverifiable'),
]);
const Nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);

export const NewJob = Type.Object(
  {
    job_type: JobTypeSchema,
    document_revision_id: Id,
    target: Type.Optional(Type.Object({ object_id: Type.Optional(ObjectId) }, closed)),
    executor: ExecutorSchema,
    priority: Type.Optional(PrioritySchema),
    /** May ask for less or more than the defaults; the server clamps. */
    limits: Type.Optional(Type.Partial(Limits, closed)),
    reuse_failed: Type.Optional(Type.Boolean()),
    /** What steps read from outside, by object: part of the program, so that a replay sees the same. */
    events: Type.Optional(
      Type.Record(Type.String({ pattern: OBJECT_ID_PATTERN }), Type.Array(StepEvent, { maxItems: 10_000 })),
    ),
  },
  closed,
);
export type NewJob = Static<typeof NewJob>;

const Snapshot = Type.Object(
  { object_id: ObjectId, type: Type.String(), content: Type.Record(Type.String(), Type.Unknown()), digest: Digest },
  closed,
);

/** Everything that an executor needs; it never calls back for state. */
export const JobPayload = Type.Object(
  {
    schema_version: Type.Literal('1.0'),
    job_id: Id,
    job_type: JobTypeSchema,
    created_at: Time,
    workspace_id: Id,
    project_id: Id,
    document_id: Id,
    document_revision_id: Id,
    execution_key: Digest,
    priority: PrioritySchema,
    requested_by: Type.Object({ user_id: Id }, closed),
    limits: Limits,
    environment: Type.Object(
      { language: Type.String(), env_version: EnvVersion, network_access: Type.Literal('disabled') },
      closed,
    ),
    inputs: Type.Object(
      { object: Type.Union([Snapshot, Type.Null()]), dependency_snapshots: Type.Array(Snapshot) },
      closed,
    ),
    output_spec: Type.Object(
      { return_stdout: Type.Boolean(), return_stderr: Type.Boolean(), formats: Type.Array(Type.String()) },
      closed,
    ),
    program: Program,
    program_digest: Digest,
  },
  closed,
);
export type JobPayload = Static<typeof JobPayload>;

/** An error of the program, or of the platform, in the categories of the glossary. */
export const JobError = Type.Object(
  {
    category: Type.String(),
    code: Type.String(),
    message: Type.String(),
    details: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  },
  closed,
);
export type JobError = Static<typeof JobError>;

const jobFields = {
  id: Id,
  job_type: JobTypeSchema,
  status: StatusSchema,
  trust: Nullable(TrustSchema),
  executor: ExecutorSchema,
  priority: PrioritySchema,
  workspace_id: Id,
  project_id: Id,
  document_id: Id,
  document_revision_id: Id,
  target: Type.Object({ object_id: Type.Optional(ObjectId) }, closed),
  execution_key: Digest,
  env_version: EnvVersion,
  program_digest: Digest,
  requested_by: Id,
  /** The earlier job whose verified result this one shares. */
  reused_from: Type.Optional(Id),
  created_at: Time,
  started_at: Nullable(Time),
  finished_at: Nullable(Time),
  lease_expires_at: Nullable(Time),
  error: Type.Optional(JobError),
  payload: Type.Optional(JobPayload),
};
export const JobView = Type.Object(jobFields, closed);
export type JobView = Static<typeof JobView>;

export const Observation = Type.Object(
  {
    duration_ms: Type.Optional(Type.Number({ minimum: 0, maximum: 1e12 })),
    engine_start_ms: Type.Optional(Type.Number({ minimum: 0, maximum: 1e12 })),
    host: Type.Optional(Type.String({ maxLength: 128 })),
  },
  closed,
);
export const Claim = Type.Object({ record: RunRecord, observed: Type.Optional(Observation) }, closed);
export type Claim = Static<typeof Claim>;
export const MissingBlobs = Type.Object({ missing: Type.Array(Digest) }, closed);
export const ClaimAnswer = Type.Union([MissingBlobs, JobView]);

export const JobResult = Type.Object(
  {
    schema_version: Type.Literal('1.0'),
    job_id: Id,
    job_type: JobTypeSchema,
    status: StatusSchema,
    trust: Nullable(TrustSchema),
    started_at: Nullable(Time),
    finished_at: Nullable(Time),
    duration_ms: Type.Union([Count, Type.Null()]),
    env_version: EnvVersion,
    resource_usage: Type.Object({ memory_mb_peak: Type.Number(), fuel: Count }, closed),
    outputs: Type.Object({ result_json: Type.Array(Output), stdout: Type.String(), stderr: Type.String() }, closed),
    artifacts: Type.Array(ArtifactRecord),
    error: Type.Optional(RunError),
    run_digest: Digest,
    record: RunRecord,
    observed: Type.Optional(Observation),
  },
  closed,
);
export type JobResult = Static<typeof JobResult>;

export const VerdictView = Type.Object(
  {
    job_id: Id,
    trust: Nullable(TrustSchema),
    /** Null while nothing has been replayed yet. */
    verdict: Type.Union([
      Type.Literal('MATCH'),
      Type.Literal('MISMATCH'),
      Type.Literal('UNVERIFIABLE'),
      Type.Literal('MALFORMED'),
      Type.Null(),
    ]),
    /** e.g. `replay_unavailable`, `replay_failed`, `server_run`. */
    code: Type.Optional(Type.String()),
    reason: Type.String(),
    first_divergence: Type.Optional(
      Type.Object({ step: Count, object_id: Type.String(), field: Type.String() }, closed),
    ),
    run_digest: Type.Optional(Digest),
    replayed_run_digest: Type.Optional(Digest),
    replayer: Type.Optional(Type.String()),
    created_at: Nullable(Time),
  },
  closed,
);
export type VerdictView = Static<typeof VerdictView>;

export const RevisionOutputs = Type.Object(
  {
    items: Type.Array(
      Type.Object(
        {
          object_id: Type.String(),
          job_id: Id,
          status: StatusSchema,
          trust: Nullable(TrustSchema),
          outcome: Type.String(),
          fuel: Count,
          run_digest: Digest,
          outputs: Type.Array(Output),
          artifacts: Type.Array(ArtifactRecord),
          created_at: Time,
        },
        closed,
      ),
    ),
    next_cursor: Type.Null(),
  },
  closed,
);
export type RevisionOutputs = Static<typeof RevisionOutputs>;

export const Envelope = Type.Object(
  {
    payloadType: Type.String(),
    payload: Type.String(),
    signatures: Type.Array(Type.Object({ keyid: Type.String(), sig: Type.String() }, closed)),
  },
  closed,
);
