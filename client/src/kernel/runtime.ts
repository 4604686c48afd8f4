/** The one file through which the client knows the runtime: its types, and how a page opens a kernel or runs a program. */
import {
  openKernel,
  run,
  type Kernel,
  type Language,
  type Limits,
  type Output,
  type Program,
  type RunResult,
  type StartProgress,
} from '@praxis/wasm-runtime';
import { createBrowserHost, fetchedEnvironments } from '@praxis/wasm-runtime/browser';

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

const environments = fetchedEnvironments({ baseUrl: '/assets/environments' });
const host = createBrowserHost({ frameUrl: '/frames/sandbox', workerUrl: '/frames/worker.js' });
const ENGINES: readonly Language[] = ['python', 'javascript'];

export interface OpenOptions {
  /** Asked for the `env_version` that new notebooks run in. */
  environment: () => Promise<string>;
  limits: Partial<Limits>;
  onProgress: (progress: StartProgress) => void;
}

/**
 * Opens the kernel of a page. The files of both engines are fetched at once, so that the first cell of either language starts
 * without waiting for the network.
 */
export async function openPageKernel({ environment, limits, onProgress }: OpenOptions): Promise<Kernel> {
  const env_version = await environment();
  const [kernel] = await Promise.all([
    openKernel({ host, environments, env_version, limits }),
    fetchEngines(env_version, onProgress),
  ]);
  return kernel;
}

async function fetchEngines(envVersion: string, onProgress: (progress: StartProgress) => void): Promise<void> {
  const { engines } = await environments.manifest(envVersion);
  const files = ENGINES.flatMap((engine) => Object.values(engines[engine].files));
  const total_bytes = files.reduce((sum, file) => sum + file.size_bytes, 0);
  const received = files.map(() => 0);
  const report = (stage: StartProgress['stage']): void => {
    const received_bytes = received.reduce((sum, bytes) => sum + bytes, 0);
    onProgress({ stage, engine: 'python', received_bytes, total_bytes });
  };
  report('download');
  await Promise.all(
    files.map((file, index) =>
      environments.file(envVersion, file, (bytes) => {
        received[index] = bytes;
        report('download');
      }),
    ),
  );
  report('start');
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
