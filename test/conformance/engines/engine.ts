/** What the comparison needs of an engine of WebAssembly, wherever it lives. */
import type { Program, RunRecord } from '@praxis/wasm-runtime';

export interface EngineRun {
  run_digest: string;
  record: RunRecord;
}

export interface OpenEngine {
  /** Of what runs here, e.g. `Node 22.23.3`. */
  version: string;
  run(program: Program, stdin: readonly string[]): Promise<EngineRun>;
  close(): Promise<void>;
}

export interface EngineKind {
  /** What it is asked for by. */
  id: string;
  /** In which way it is run, behind its version in the table. */
  how: string;
  /** `sample`: some 30 programs, for an engine that takes long; `loop`: a few programs, a hundred times each. */
  programs: 'all' | 'sample' | 'loop';
  /** @throws NotHere when it cannot be had on this machine */
  open(): Promise<OpenEngine>;
}

/** An engine that this machine cannot have; the message says why, and what to do about it. */
export class NotHere extends Error {
  override readonly name = 'NotHere';
}
