/** The one file through which the client knows the runtime: its types, and how a page opens a kernel or runs a program. */
export type { Kernel, StartProgress, StartStage, StepCallbacks, StepRequest, StepResult } from '../../../wasm-runtime/src/run/kernel.ts';
export type { Language, Limits, Program, ProgramStep } from '../../../wasm-runtime/src/run/program.ts';
export type {
  ArtifactRecord,
  BlobReference,
  MimeBundle,
  Outcome,
  Output,
  RunError,
  RunRecord,
  RunResult,
  StepRecord,
} from '../../../wasm-runtime/src/run/record.ts';
import type { Kernel, StartProgress } from '../../../wasm-runtime/src/run/kernel.ts';
import type { Limits, Program } from '../../../wasm-runtime/src/run/program.ts';
import type { RunResult } from '../../../wasm-runtime/src/run/record.ts';

export interface OpenOptions {
  limits: Partial<Limits>;
  onProgress: (progress: StartProgress) => void;
}

export async function openPageKernel(_options: OpenOptions): Promise<Kernel> {
  throw new Error('The runtime is not there yet.');
}

export async function runProgram(_program: Program, _onStep: (index: number) => void): Promise<RunResult> {
  throw new Error('The runtime is not there yet.');
}
