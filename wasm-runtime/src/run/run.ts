/** Running a whole program: the map from program to run record. */
import { Check, Errors } from 'typebox/value';
import type { EnvironmentSource } from '../environment/manifest.ts';
import type { Host } from '../hosts/protocol.ts';
import { programDigest, runDigest, sha256Digest } from './digest.ts';
import { RunFailure, outcomeOf, runError } from './failure.ts';
import type { StartProgress } from './kernel.ts';
import { Program, SCHEMA_VERSION, type ProgramStep } from './program.ts';
import type { ArtifactRecord, Output, RunError, RunRecord, RunResult, StepRecord } from './record.ts';
import { Sandbox } from './sandbox.ts';

export interface RunOptions {
  host: Host;
  environments: EnvironmentSource;
  /** Bytes of an input by digest; needed when the program has inputs. */
  inputs?: (digest: string) => Promise<Uint8Array>;
  onProgress?: (progress: StartProgress) => void;
  onOutput?: (step: ProgramStep, output: Output) => void;
  onStep?: (step: StepRecord) => void;
  /** Ends the run; it then rejects with the signal's reason. */
  signal?: AbortSignal;
  /** A sandbox made ahead by `prewarm` for the program's environment. It is used up. */
  prewarmed?: Sandbox;
}

/** @throws RunFailure VALIDATION-like for what is no program */
export function assertProgram(value: unknown): asserts value is Program {
  if (Check(Program, value)) return;
  const [first] = Errors(Program, value);
  throw new TypeError(`not a program: ${first ? `${first.instancePath || '/'} ${first.message}` : 'it does not match the schema'}`);
}

/** A sandbox with its engines restored, waiting for a program of that environment. */
export async function prewarm(
  options: Pick<RunOptions, 'host' | 'environments'> & { env_version: string; cpu_ms: number; engines: ProgramStep['language'][] },
): Promise<Sandbox> {
  const sandbox = await Sandbox.open(options);
  for (const engine of options.engines) await sandbox.load(engine);
  return sandbox;
}

/**
 * Runs a program from its first step to its last, or to the first that does not succeed.
 * @returns the record, its digest, and the bytes that it refers to
 * @throws TypeError for what is no program; RunFailure when no run could be made (DEPENDENCY_ERROR, INTERNAL_ERROR): a
 * record is only ever about what the program did
 */
export async function run(program: Program, options: RunOptions): Promise<RunResult> {
  assertProgram(program);
  options.signal?.throwIfAborted();
  const started = performance.now();
  const inputs = await readInputs(program, options);
  const { limits } = program;
  const sandbox =
    options.prewarmed ??
    (await Sandbox.open({
      host: options.host,
      environments: options.environments,
      env_version: program.env_version,
      cpu_ms: limits.cpu_ms,
      ...(options.onProgress ? { onProgress: options.onProgress } : {}),
    }));
  const abort = () => sandbox.close(new RunFailure('HOST_FAILED', 'the run was stopped'));
  options.signal?.addEventListener('abort', abort, { once: true });
  try {
    for (const language of new Set(program.steps.map((step) => step.language))) await sandbox.load(language);
    const { seed, epoch_ms, clock } = program;
    await sandbox.begin({ seed, epoch_ms, clock, limits, limits_for: 'run', inputs });
    const gathered = await runSteps(program, sandbox, options);
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
      record,
      run_digest: runDigest(record),
      blobs: gathered.blobs,
      observed: {
        duration_ms: Math.round(performance.now() - started),
        engine_start_ms: Math.round(sandbox.engineStartMs),
        host: options.host.name,
      },
    };
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', abort);
    sandbox.close();
  }
}

interface Gathered {
  steps: StepRecord[];
  artifacts: ArtifactRecord[];
  blobs: Map<string, Uint8Array>;
  memory: number;
  error: RunError | null;
}

async function runSteps(program: Program, sandbox: Sandbox, options: RunOptions): Promise<Gathered> {
  const gathered: Gathered = { steps: [], artifacts: [], blobs: new Map(), memory: 0, error: null };
  let fuel = program.limits.fuel;
  const deadline = performance.now() + program.limits.timeout_ms;
  for (const [index, step] of program.steps.entries()) {
    const end = await sandbox.step(index, step, {
      fuel,
      interactive: false,
      timeoutMs: Math.max(1, Math.ceil(deadline - performance.now())),
      ...(options.onOutput ? { onOutput: (output: Output) => options.onOutput?.(step, output) } : {}),
    });
    if (end.kind === 'needs_input') throw new RunFailure('HOST_FAILED', 'the sandbox asked for input in a run');
    if (end.kind === 'ended') {
      // What the step did until then is not reproducible, so nothing of it is kept.
      gathered.steps.push({ object_id: step.object_id, outcome: 'limit', fuel: 0, outputs: [] });
      gathered.error = runError(end.error.code, end.error.message, { ...end.error.details, limit: limitOf(program, end.error) });
      break;
    }
    const { done } = end;
    addBlobs(gathered.blobs, done.blobs);
    for (const { name, media_type, bytes } of done.artifacts) {
      const digest = sha256Digest(bytes);
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
      gathered.error = done.error;
      break;
    }
  }
  return gathered;
}

function limitOf(program: Program, error: RunError): number {
  return error.code === 'CPU' ? program.limits.cpu_ms : program.limits.timeout_ms;
}

export function addBlobs(blobs: Map<string, Uint8Array>, added: readonly Uint8Array[]): void {
  for (const bytes of added) blobs.set(sha256Digest(bytes), bytes);
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
      if (bytes.length !== size_bytes || sha256Digest(bytes) !== digest) {
        throw new RunFailure('INPUT_DIGEST', `the input ${path} does not have the digest ${digest}`);
      }
      return { path, bytes };
    }),
  );
}
