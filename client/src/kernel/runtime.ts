/** The one file through which the client knows the runtime: its types, and how a page opens a kernel or runs a program. */
import {
  openKernel,
  run,
  type Kernel,
  type Limits,
  type Output,
  type Program,
  type ProgramStep,
  type RunResult,
  type StartProgress,
} from '@praxis/wasm-runtime';
import { environments, fetchPython, host } from './early.ts';

export type {
  Answer,
  ArtifactRecord,
  BlobReference,
  Kernel,
  Language,
  Limits,
  MimeBundle,
  Outcome,
  Output,
  Program,
  ProgramStep,
  Question,
  RunError,
  RunRecord,
  RunResult,
  StartProgress,
  StepEvent,
  StepRequest,
  StepResult,
} from '@praxis/wasm-runtime';

/** What a running cell did to its outputs. */
export type OutputChange =
  { kind: 'add'; output: Output } | { kind: 'replace'; at: number; output: Output } | { kind: 'clear' };

export interface OpenOptions {
  /** Asked for the `env_version`. */
  environment: () => Promise<string>;
  /** What an earlier kernel of the page has run, and this one begins with. */
  transcript: readonly ProgramStep[];
  limits: Partial<Limits>;
  onProgress: (progress: StartProgress) => void;
}

/**
 * Opens the kernel of a page, with Python in it, so that the first cell waits for nothing more. JavaScript's files, half a megabyte, are
 * fetched when a cell needs them.
 */
export async function openPageKernel({ environment, transcript, limits, onProgress }: OpenOptions): Promise<Kernel> {
  const env_version = await environment();
  let reported = -Infinity;
  const arriving = fetchPython(env_version, ({ received_bytes, total_bytes }) => {
    // Files come in hundreds of pieces, and each report renders the page.
    if (received_bytes - reported < total_bytes / 20 && received_bytes < total_bytes) return;
    reported = received_bytes;
    onProgress({
      stage: received_bytes < total_bytes ? 'download' : 'start',
      engine: 'python',
      received_bytes,
      total_bytes,
    });
  });
  const opening = openKernel({ host, environments, env_version, limits, transcript });
  try {
    const [kernel] = await Promise.all([opening, arriving]);
    await kernel.prepare('python');
    return kernel;
  } catch (error) {
    opening.then(
      (kernel) => kernel.close(),
      () => undefined,
    );
    throw error;
  }
}

export interface RunProgramOptions {
  /** Bytes of an input of the program. */
  input: (digest: string) => Promise<Uint8Array>;
  /** Told how many steps are done. */
  onStep: (done: number) => void;
  signal: AbortSignal;
}

/** Runs a program from its first step in a sandbox of its own. */
export function runProgram(program: Program, { input, onStep, signal }: RunProgramOptions): Promise<RunResult> {
  let done = 0;
  return run(program, {
    host,
    environments,
    inputs: input,
    signal,
    onStep: () => {
      done += 1;
      onStep(done);
    },
  });
}
