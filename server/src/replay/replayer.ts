/** What can run a program again. The worker below it knows queues and trust; this knows sandboxes. */
import type { Program, Replay, RunRecord, RunResult } from '../runtime.ts';

export interface ReplayRequest {
  program: Program;
  /** Bytes of an input of the program. */
  inputs: (digest: string) => Promise<Uint8Array>;
  /** Stops the run. */
  signal: AbortSignal;
}

export interface Replayer {
  /** e.g. `node-20.20.2`, for the attestation. */
  readonly host: string;
  /** Whether the operating system confines the sandbox beside WebAssembly. */
  readonly jailed: boolean;
  /** Compares a claim with a run of its program. @throws when no run could be made for reasons of our own */
  replay(request: ReplayRequest, record: RunRecord): Promise<Replay>;
  /** @throws RunFailure */
  run(request: ReplayRequest): Promise<RunResult>;
  close(): Promise<void>;
}
