/** The one file through which the client knows the runtime: its types, and how a page opens a kernel or runs a program. */
import {
  openKernel,
  run,
  type Kernel,
  type Limits,
  type Output,
  type Program,
  type RunResult,
  type StartProgress,
} from '@praxis/wasm-runtime';
import { createBrowserHost, fetchedEnvironments, keptSnapshots } from '@praxis/wasm-runtime/browser';

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

const host = createBrowserHost({ frameUrl: '/frames/sandbox', workerUrl: '/frames/worker.js' });
const environments = fetchedEnvironments({
  baseUrl: '/assets/environments',
  snapshots: { host, kept: keptSnapshots() },
});

export interface OpenOptions {
  /** Asked for the `env_version` that new notebooks run in. */
  environment: () => Promise<string>;
  limits: Partial<Limits>;
  onProgress: (progress: StartProgress) => void;
}

/**
 * Opens the kernel of a page. Python's files are fetched at once, and on a first visit its snapshot is made, so that the first cell
 * does not wait for either. JavaScript's, half a megabyte, are fetched when a cell needs them.
 */
export async function openPageKernel({ environment, limits, onProgress }: OpenOptions): Promise<Kernel> {
  const env_version = await environment();
  const [kernel] = await Promise.all([
    openKernel({ host, environments, env_version, limits }),
    fetchPython(env_version, onProgress),
  ]);
  return kernel;
}

async function fetchPython(envVersion: string, onProgress: (progress: StartProgress) => void): Promise<void> {
  const { module, image, snapshot } = (await environments.manifest(envVersion)).engines.python.files;
  const files = image ? [module, image] : [module];
  const total_bytes = files.reduce((sum, file) => sum + file.size_bytes, 0);
  const received = files.map(() => 0);
  let reported = 0;
  const report = (stage: StartProgress['stage']): void => {
    const received_bytes = received.reduce((sum, bytes) => sum + bytes, 0);
    // Files come in hundreds of pieces, and each report renders the page.
    if (received_bytes > 0 && stage === 'download' && received_bytes - reported < total_bytes / 20) return;
    reported = received_bytes;
    onProgress({ stage, engine: 'python', received_bytes, total_bytes });
  };
  report('download');
  const downloads = files.map((file, index) =>
    environments.file(envVersion, file, (bytes) => {
      received[index] = bytes;
      report('download');
    }),
  );
  await Promise.all([Promise.all(downloads).then(() => report('start')), environments.file(envVersion, snapshot)]);
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
