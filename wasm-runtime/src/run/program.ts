/** The program: the whole input of a run, as data. The same program gives the same run record everywhere. */
import { type Static, Type } from './schema.ts';

export const SCHEMA_VERSION = '1.0';

/** `sha256:` and 64 lower-case hex digits. */
export const Digest = Type.String({ pattern: '^sha256:[0-9a-f]{64}$' });
/** `<name>@sha256:<digest of the environment's manifest>`. */
export const EnvVersion = Type.String({ pattern: '^[a-z][a-z0-9-]{0,31}@sha256:[0-9a-f]{64}$' });
const SafeCount = (minimum: number, maximum: number = Number.MAX_SAFE_INTEGER) => Type.Integer({ minimum, maximum });

export const Language = Type.Union([Type.Literal('python'), Type.Literal('javascript')]);
export type Language = Static<typeof Language>;

/** UTF-16 code units of one line of standard input. */
export const MAX_LINE_LENGTH = 65_536;
/** Events of one step. */
export const MAX_EVENTS = 10_000;

/** Something from outside that a step saw, in the order in which it saw it. */
export const StepEvent = Type.Union([
  // One line that `input()` or `sys.stdin` read, without its newline.
  Type.Object(
    { kind: Type.Literal('stdin'), text: Type.String({ maxLength: MAX_LINE_LENGTH }) },
    { additionalProperties: false },
  ),
  Type.Object({ kind: Type.Literal('viewer'), payload: Type.Unknown() }, { additionalProperties: false }),
  Type.Object({ kind: Type.Literal('interrupt'), fuel: SafeCount(0) }, { additionalProperties: false }),
]);
export type StepEvent = Static<typeof StepEvent>;

export const ProgramStep = Type.Object(
  {
    object_id: Type.String({ minLength: 1, maxLength: 128 }),
    language: Language,
    source: Type.String({ maxLength: 1_048_576 }),
    parameters: Type.Record(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]{0,63}$' }), Type.Unknown()),
    events: Type.Array(StepEvent, { maxItems: MAX_EVENTS }),
  },
  { additionalProperties: false },
);
export type ProgramStep = Static<typeof ProgramStep>;

export const ProgramInput = Type.Object(
  {
    /** Plain: no empty, `.` or `..` parts. `assertProgram` checks that no two get in each other's way. */
    path: Type.String({ pattern: '^/data(/(?!\\.{1,2}(/|$))[^/\\u0000]{1,200}){1,16}$', maxLength: 512 }),
    digest: Digest,
    size_bytes: SafeCount(0),
    media_type: Type.String({ minLength: 1, maxLength: 255 }),
  },
  { additionalProperties: false },
);
export type ProgramInput = Static<typeof ProgramInput>;

/** What a run may use. Fuel is a count of WebAssembly instructions (see `meter/cost.ts`); sizes are KiB or MiB as named. */
export const Limits = Type.Object(
  {
    fuel: SafeCount(1, 1_000_000_000_000_000),
    /** Linear memory of each engine, MiB. */
    memory_mb: SafeCount(64, 2048),
    /** Wall clock for the whole run, without the start of the engine. */
    timeout_ms: SafeCount(1, 3_600_000),
    /** Processor time of the sandbox process, where the host can measure it. */
    cpu_ms: SafeCount(1, 3_600_000),
    /** All streams, displays and errors of the run together, KiB. */
    max_output_kb: SafeCount(1, 65_536),
    max_artifacts: SafeCount(0, 10_000),
    /** All artifacts of the run together, KiB. */
    max_artifact_kb: SafeCount(0, 1_048_576),
    /** All files of the guest together, KiB. */
    max_file_kb: SafeCount(0, 1_048_576),
    max_files: SafeCount(0, 100_000),
  },
  { additionalProperties: false },
);
export type Limits = Static<typeof Limits>;

export const DEFAULT_LIMITS: Limits = {
  fuel: 20_000_000_000,
  memory_mb: 512,
  timeout_ms: 120_000,
  cpu_ms: 120_000,
  max_output_kb: 1024,
  max_artifacts: 100,
  max_artifact_kb: 65_536,
  max_file_kb: 65_536,
  max_files: 2000,
};

/** 2026-01-01T00:00:00Z: where the virtual clock starts unless the program says otherwise. */
export const DEFAULT_EPOCH_MS = 1_767_225_600_000;
export const DEFAULT_SEED = '0'.repeat(64);

export const Program = Type.Object(
  {
    schema_version: Type.Literal(SCHEMA_VERSION),
    env_version: EnvVersion,
    seed: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    /** At most the year 2255: CPython and WASI hold nanoseconds in 64 bits. */
    epoch_ms: SafeCount(0, 9_000_000_000_000),
    clock: Type.Union([Type.Literal('virtual'), Type.Literal('live')]),
    steps: Type.Array(ProgramStep, { maxItems: 2000 }),
    inputs: Type.Array(ProgramInput, { maxItems: 1000 }),
    limits: Limits,
  },
  { additionalProperties: false },
);
export type Program = Static<typeof Program>;

/** What a program must be told; everything else has a default. */
export interface ProgramParts extends Partial<Omit<Program, 'schema_version' | 'steps' | 'limits'>> {
  env_version: string;
  steps: readonly (Pick<ProgramStep, 'language' | 'source'> & Partial<ProgramStep>)[];
  limits?: Partial<Limits>;
}

/**
 * A program with the defaults for what was left out: the virtual clock from `DEFAULT_EPOCH_MS`, a seed of zeros, `DEFAULT_LIMITS`,
 * steps named `step-1`, `step-2`, … without parameters and events.
 */
export function createProgram({ env_version, steps, limits, ...rest }: ProgramParts): Program {
  return {
    schema_version: SCHEMA_VERSION,
    env_version,
    seed: DEFAULT_SEED,
    epoch_ms: DEFAULT_EPOCH_MS,
    clock: 'virtual',
    steps: steps.map((step, index) => ({ object_id: `step-${index + 1}`, parameters: {}, events: [], ...step })),
    inputs: [],
    limits: { ...DEFAULT_LIMITS, ...limits },
    ...rest,
  };
}
