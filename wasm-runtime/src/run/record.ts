/** The run record: the whole deterministic output of a run. Wall-clock facts are never in it. */
import { type Static, Type } from './schema.ts';
import { Digest, EnvVersion, SCHEMA_VERSION, type Program } from './program.ts';

const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const closed = { additionalProperties: false } as const;

export const Outcome = Type.Union([
  Type.Literal('succeeded'),
  Type.Literal('failed'),
  Type.Literal('limit'),
  Type.Literal('violation'),
  Type.Literal('internal'),
]);
export type Outcome = Static<typeof Outcome>;

/** Bytes that a display or an artifact refers to; they travel beside the record, named by digest. */
export const BlobReference = Type.Object({ digest: Digest, size_bytes: Count }, closed);
export type BlobReference = Static<typeof BlobReference>;

/** Media type → text, or a reference for binary types. */
export const MimeBundle = Type.Record(
  Type.String({ pattern: '^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+;= -]{0,126}$' }),
  Type.Union([Type.String(), BlobReference]),
);
export type MimeBundle = Static<typeof MimeBundle>;

export const StreamOutput = Type.Object(
  {
    type: Type.Literal('stream'),
    name: Type.Union([Type.Literal('stdout'), Type.Literal('stderr')]),
    text: Type.String(),
    /** Present when the output limit cut the text. */
    truncated: Type.Optional(Type.Literal(true)),
  },
  closed,
);
export const DisplayOutput = Type.Object(
  {
    type: Type.Union([Type.Literal('display'), Type.Literal('result')]),
    data: MimeBundle,
    metadata: Type.Record(Type.String({ maxLength: 256 }), Type.Unknown()),
  },
  closed,
);
export const ErrorOutput = Type.Object(
  { type: Type.Literal('error'), name: Type.String(), message: Type.String(), traceback: Type.String() },
  closed,
);
export const Output = Type.Union([StreamOutput, DisplayOutput, ErrorOutput]);
export type Output = Static<typeof Output>;

export const RunErrorCategory = Type.Union([
  Type.Literal('USER_CODE_ERROR'),
  Type.Literal('RESOURCE_LIMIT'),
  Type.Literal('SANDBOX_VIOLATION'),
  Type.Literal('VALIDATION_ERROR'),
  Type.Literal('DEPENDENCY_ERROR'),
  Type.Literal('INTERNAL_ERROR'),
]);
export type RunErrorCategory = Static<typeof RunErrorCategory>;

export const RunErrorCode = Type.Enum([
  // USER_CODE_ERROR
  'PYTHON_EXCEPTION', 'JAVASCRIPT_EXCEPTION', 'SYNTAX_ERROR',
  // RESOURCE_LIMIT
  'FUEL', 'MEMORY', 'DEPTH', 'OUTPUT', 'ARTIFACTS', 'FILES', 'WALL_CLOCK', 'CPU',
  // SANDBOX_VIOLATION
  'IMPORT_DENIED', 'CODE_LOADING', 'PROTOCOL', 'ENGINE_FAULT',
  // DEPENDENCY_ERROR
  'INPUT_MISSING', 'INPUT_DIGEST', 'ENVIRONMENT_UNKNOWN', 'PACKAGE_UNAVAILABLE',
  // INTERNAL_ERROR
  'ENGINE_FAILED', 'HOST_FAILED',
]); // prettier-ignore
export type RunErrorCode = Static<typeof RunErrorCode>;

export const RunError = Type.Object(
  {
    category: RunErrorCategory,
    code: RunErrorCode,
    message: Type.String(),
    details: Type.Object(
      {
        /** `object_id` of the step that failed. */
        step: Type.Optional(Type.String()),
        traceback: Type.Optional(Type.String()),
        /** 1-based line and column in the step's source. */
        line: Type.Optional(Count),
        column: Type.Optional(Count),
        /** Allowed and used amounts, in the unit of the limit. */
        limit: Type.Optional(Count),
        used: Type.Optional(Count),
      },
      closed,
    ),
  },
  closed,
);
export type RunError = Static<typeof RunError>;

export const StepRecord = Type.Object(
  { object_id: Type.String(), outcome: Outcome, fuel: Count, outputs: Type.Array(Output) },
  closed,
);
export type StepRecord = Static<typeof StepRecord>;

export const ArtifactRecord = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 255 }),
    media_type: Type.String({ minLength: 1, maxLength: 255 }),
    digest: Digest,
    size_bytes: Count,
    /** `object_id` of the step that made it. */
    step: Type.String(),
  },
  closed,
);
export type ArtifactRecord = Static<typeof ArtifactRecord>;

export const RunRecord = Type.Object(
  {
    schema_version: Type.Literal(SCHEMA_VERSION),
    program_digest: Digest,
    env_version: EnvVersion,
    outcome: Outcome,
    error: Type.Union([Type.Null(), RunError]),
    fuel: Count,
    memory_bytes_peak: Count,
    /** One for each step that started; a step that does not succeed is the last. */
    steps: Type.Array(StepRecord),
    artifacts: Type.Array(ArtifactRecord),
  },
  closed,
);
export type RunRecord = Static<typeof RunRecord>;

/** Facts about one run on one machine: shown beside a record, never hashed. */
export interface Observed {
  duration_ms: number;
  engine_start_ms: number;
  /** What ran it, e.g. `node-20.20.2` or `chromium-156`. */
  host: string;
}

export interface RunResult {
  /** The program that ran, with the events that its steps saw. */
  program: Program;
  record: RunRecord;
  run_digest: string;
  observed: Observed;
  /** Bytes of artifacts and binary displays by digest. */
  blobs: Map<string, Uint8Array>;
}
