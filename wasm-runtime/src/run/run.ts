/** Running a whole program: the map from program to run record. */
import type { EnvironmentSource } from '../environment/manifest.ts';
import type { Host } from '../hosts/protocol.ts';
import { Check, Errors } from './schema.ts';
import { canonicalJson, nativeDigest, programDigest, runDigest } from './digest.ts';
import { RunFailure, outcomeOf, runError } from './failure.ts';
import type { StartProgress } from './kernel.ts';
import type { OutputListener } from './previews.ts';
import { MAX_EVENTS, MAX_LINE_LENGTH, Program, SCHEMA_VERSION, type Limits, type ProgramStep } from './program.ts';
import type { ArtifactRecord, RunError, RunRecord, RunResult, StepRecord } from './record.ts';
import { Sandbox } from './sandbox.ts';

export interface RunOptions {
  host: Host;
  environments: EnvironmentSource;
  /** Bytes of an input by digest; needed when the program has inputs. */
  inputs?: (digest: string) => Promise<Uint8Array>;
  onProgress?: (progress: StartProgress) => void;
  /** Makes a listener to the outputs of a step that begins. */
  onOutputs?: (step: ProgramStep) => OutputListener;
  onStep?: (step: StepRecord) => void;
  /** Ends the run; it then rejects with the signal's reason. */
  signal?: AbortSignal;
  /** A sandbox made ahead by `prewarm` for the program's environment. It is used up. */
  prewarmed?: Sandbox;
  /** Lines of standard input. Each step is given those that the steps before it left; what it reads becomes its events. */
  stdin?: readonly string[];
  /**
   * Asked for one more line when a step wants it; `null` is the end of input. The run then starts over with one event
   * more, which comes to the same as if it had waited.
   */
  onInput?: (prompt: string) => Promise<string | null>;
}

/** @throws TypeError for what is no program, or has no canonical form */
export function assertProgram(value: unknown): asserts value is Program {
  if (!Check(Program, value)) {
    const [first] = Errors(Program, value);
    throw new TypeError(
      `not a program: ${first ? `${first.instancePath || '/'} ${first.message}` : 'it does not match the schema'}`,
    );
  }
  try {
    canonicalJson(value);
  } catch (error) {
    throw new TypeError('not a program: it holds half a character or a value that is too deep', { cause: error });
  }
  const paths = value.inputs.map((input) => input.path).sort();
  for (const [index, path] of paths.entries()) {
    const next = paths[index + 1];
    if (next === path || next?.startsWith(`${path}/`))
      throw new TypeError(`not a program: the inputs ${path} and ${next} get in each other's way`);
  }
}

/** Every line that a step reads becomes an event of its program, which must stay one. */
function assertStdin(lines: readonly string[]): void {
  if (lines.length > MAX_EVENTS)
    throw new TypeError(
      `standard input: expected at most ${MAX_EVENTS} lines, got ${lines.length}; give long data as an input file`,
    );
  const wrong = lines.findIndex((line) => line.length > MAX_LINE_LENGTH || !line.isWellFormed());
  if (wrong >= 0)
    throw new TypeError(
      `standard input: line ${wrong + 1} is longer than ${MAX_LINE_LENGTH} characters or holds half a character; give long data as an input file`,
    );
}

/** A sandbox with its engines restored, waiting for a program of that environment. */
export async function prewarm(
  options: Pick<RunOptions, 'host' | 'environments'> & {
    env_version: string;
    cpu_ms: number;
    engines: ProgramStep['language'][];
  },
): Promise<Sandbox> {
  const sandbox = await Sandbox.open(options);
  try {
    for (const engine of options.engines) await sandbox.load(engine);
  } catch (error) {
    sandbox.close();
    throw error;
  }
  return sandbox;
}

/**
 * Runs a program from its first step to its last, or to the first that does not succeed.
 * @returns the record, its digest, the bytes that it refers to, and the program with the events that it saw
 * @throws TypeError for what is no program; RunFailure when no run could be made (DEPENDENCY_ERROR, INTERNAL_ERROR): a
 * record is only ever about what the program did
 */
export async function run(program: Program, options: RunOptions): Promise<RunResult> {
  assertProgram(program);
  assertStdin(options.stdin ?? []);
  options.signal?.throwIfAborted();
  const started = performance.now();
  const inputs = await readInputs(program, options);
  let attempt = structuredClone(program);
  let { prewarmed, onInput } = options;
  let complete = false;
  for (;;) {
    const sandbox = prewarmed ?? (await openSandbox(program, options));
    prewarmed = undefined;
    const abort = () => sandbox.close(new RunFailure('HOST_FAILED', 'the run was stopped'));
    options.signal?.addEventListener('abort', abort, { once: true });
    try {
      for (const language of new Set(attempt.steps.map((step) => step.language))) await sandbox.load(language);
      const { seed, epoch_ms, clock, limits } = attempt;
      await sandbox.begin({ seed, epoch_ms, clock, limits, limits_for: 'run', inputs });
      const gathered = await runSteps(attempt, sandbox, { ...options, interactive: onInput !== undefined, complete });
      if (gathered.lacksFiles) {
        if (complete) throw new RunFailure('HOST_FAILED', 'the sandbox asked for files that it was given');
        complete = true;
        continue;
      }
      if (gathered.asks) {
        const line = (await onInput?.(gathered.asks.prompt)) ?? null;
        if (line === null) onInput = undefined;
        else attempt = withLine(attempt, gathered.asks.step, line);
        continue;
      }
      return resultOf(gathered, sandbox, options.host.name, started);
    } catch (error) {
      options.signal?.throwIfAborted();
      throw error;
    } finally {
      options.signal?.removeEventListener('abort', abort);
      sandbox.close();
    }
  }
}

function openSandbox(program: Program, { host, environments, onProgress }: RunOptions): Promise<Sandbox> {
  const { env_version, limits } = program;
  return Sandbox.open({
    host,
    environments,
    env_version,
    cpu_ms: limits.cpu_ms,
    ...(onProgress ? { onProgress } : {}),
  });
}

function withLine(program: Program, step: number, text: string): Program {
  const steps = program.steps.map((entry, index) =>
    index === step ? { ...entry, events: [...entry.events, { kind: 'stdin' as const, text }] } : entry,
  );
  return { ...program, steps };
}

function resultOf(gathered: Gathered, sandbox: Sandbox, host: string, started: number): RunResult {
  const { program } = gathered;
  const record: RunRecord = {
    schema_version: SCHEMA_VERSION,
    program_digest: programDigest(program),
    env_version: program.env_version,
    outcome: outcomeOf(gathered.error),
    error: gathered.error,
    fuel: gathered.steps.reduce((sum, step) => sum + step.fuel, 0),
    memory_bytes_peak: gathered.memory,
    steps: gathered.steps,
    artifacts: gathered.artifacts,
  };
  return {
    program,
    record,
    run_digest: runDigest(record),
    blobs: gathered.blobs,
    observed: {
      duration_ms: Math.round(performance.now() - started),
      engine_start_ms: Math.round(sandbox.engineStartMs),
      host,
    },
  };
}

interface Gathered {
  /** The program with the events that its steps saw. */
  program: Program;
  /** A step that waits for input, when someone can give it. */
  asks: { step: number; prompt: string } | null;
  /** A step needs late files that it did not look as if it needed. */
  lacksFiles: boolean;
  steps: StepRecord[];
  artifacts: ArtifactRecord[];
  blobs: Map<string, Uint8Array>;
  memory: number;
  error: RunError | null;
}

async function runSteps(
  program: Program,
  sandbox: Sandbox,
  options: RunOptions & { interactive: boolean; complete: boolean },
): Promise<Gathered> {
  const seen = structuredClone(program);
  const gathered: Gathered = {
    program: seen,
    asks: null,
    lacksFiles: false,
    steps: [],
    artifacts: [],
    blobs: new Map(),
    memory: 0,
    error: null,
  };
  let lines = (options.stdin ?? []).map((text) => ({ kind: 'stdin' as const, text }));
  let fuel = program.limits.fuel;
  const deadline = performance.now() + program.limits.timeout_ms;
  for (const [index, step] of seen.steps.entries()) {
    const given = step.events.length;
    step.events = [...step.events, ...lines];
    const end = await sandbox.step(index, step, {
      fuel,
      interactive: options.interactive,
      complete: options.complete,
      timeoutMs: Math.max(1, Math.ceil(deadline - performance.now())),
      ...(options.onOutputs ? { listener: options.onOutputs(step) } : {}),
    });
    if (end.kind === 'needs_input') {
      gathered.asks = { step: index, prompt: end.prompt };
      return gathered;
    }
    if (end.kind === 'ended') {
      // What the step did until then is not reproducible, so nothing of it is kept.
      gathered.steps.push({ object_id: step.object_id, outcome: 'limit', fuel: 0, outputs: [] });
      gathered.error = runError(end.error.code, end.error.message, {
        ...end.error.details,
        limit: limitOf(program, end.error),
      });
      break;
    }
    if (end.kind === 'needs_files') {
      gathered.lacksFiles = true;
      return gathered;
    }
    const { done } = end;
    const read = Math.max(0, done.events_used - given);
    step.events = step.events.slice(0, given + read);
    lines = lines.slice(read);
    await addBlobs(gathered.blobs, done.blobs);
    for (const { name, media_type, bytes } of done.artifacts) {
      const digest = await nativeDigest(bytes);
      gathered.blobs.set(digest, bytes);
      // As with files, the last one of a name stays.
      gathered.artifacts = gathered.artifacts.filter((earlier) => earlier.name !== name);
      gathered.artifacts.push({ name, media_type, digest, size_bytes: bytes.length, step: step.object_id });
    }
    gathered.steps.push(done.step);
    gathered.memory = Math.max(gathered.memory, done.memory_bytes);
    options.onStep?.(done.step);
    fuel = Math.max(0, fuel - done.step.fuel);
    if (done.error) {
      gathered.error = ofTheRun(done.error, program.limits);
      break;
    }
  }
  return gathered;
}

/** A step knows what fuel the steps before it had left; whoever reads the error knows what the run may use. */
function ofTheRun(error: RunError, { fuel }: Limits): RunError {
  if (error.code !== 'FUEL') return error;
  return runError('FUEL', `the fuel limit of ${fuel} was reached`, { ...error.details, limit: fuel, used: fuel });
}

function limitOf(program: Program, error: RunError): number {
  return error.code === 'CPU' ? program.limits.cpu_ms : program.limits.timeout_ms;
}

export async function addBlobs(blobs: Map<string, Uint8Array>, added: readonly Uint8Array[]): Promise<void> {
  for (const bytes of added) blobs.set(await nativeDigest(bytes), bytes);
}

async function readInputs(program: Program, options: RunOptions): Promise<{ path: string; bytes: Uint8Array }[]> {
  return Promise.all(
    program.inputs.map(async ({ path, digest, size_bytes }) => {
      let bytes: Uint8Array;
      try {
        if (!options.inputs) throw new Error('no inputs were given');
        bytes = await options.inputs(digest);
      } catch (error) {
        throw new RunFailure('INPUT_MISSING', `the input ${path} (${digest}) is not available`, { cause: error });
      }
      if (bytes.length !== size_bytes || (await nativeDigest(bytes)) !== digest) {
        throw new RunFailure('INPUT_DIGEST', `the input ${path} does not have the digest ${digest}`);
      }
      return { path, bytes };
    }),
  );
}
