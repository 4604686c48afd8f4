/** A live kernel: steps run one after the other in one sandbox, which can be rebuilt from its transcript at any time. */
import type { EnvironmentSource } from '../environment/manifest.ts';
import type { Host } from '../hosts/protocol.ts';
import type { Answer, Question } from './ask.ts';
import type { Language, Limits, ProgramStep } from './program.ts';
import type { OutputListener } from './previews.ts';
import type { ArtifactRecord, RunError, StepRecord } from './record.ts';

export type StartStage = 'download' | 'start' | 'ready';

export interface StartProgress {
  stage: StartStage;
  engine: Language;
  received_bytes: number;
  total_bytes: number;
}

export interface KernelOptions {
  host: Host;
  environments: EnvironmentSource;
  env_version: string;
  seed?: string;
  epoch_ms?: number;
  clock?: 'virtual' | 'live';
  /** Fuel, wall clock, outputs and artifacts count for each step of a kernel; memory and files for the kernel's life. */
  limits?: Partial<Limits>;
  inputs?: { path: string; media_type: string; bytes: Uint8Array }[];
  /**
   * What another kernel has run: this one begins with the state that the steps give here, which in another environment may be another
   * one. Whatever they show is not shown again.
   */
  transcript?: readonly ProgramStep[];
  onProgress?: (progress: StartProgress) => void;
}

export interface StepRequest {
  object_id: string;
  language: Language;
  source: string;
  parameters?: Record<string, unknown>;
}

export interface StepCallbacks extends OutputListener {
  /** Asked for a line when the guest reads input that it was not given. `null` means end of file. */
  onInput?: (prompt: string) => Promise<string | null>;
}

export interface StepResult {
  step: StepRecord;
  error: RunError | null;
  /** Ended from outside before its end: the kernel's state holds nothing of it. */
  stopped: boolean;
  artifacts: ArtifactRecord[];
  /** Bytes of the artifacts and of binary displays by digest. */
  blobs: Map<string, Uint8Array>;
  memory_bytes: number;
  duration_ms: number;
}

export interface Kernel {
  readonly env_version: string;
  readonly limits: Limits;
  /** Brings an engine in before its first step asks for it. Never rejects: what fails here, the step meets again and says. */
  prepare(language: Language): Promise<void>;
  /** Runs one step; calls are queued. Never rejects because of what the guest does. */
  execute(step: StepRequest, callbacks?: StepCallbacks): Promise<StepResult>;
  /**
   * What could stand at the cursor, from the live names. Only between steps: `null` while one runs or waits, while its
   * engine is not there, and when there is nothing to say. Leaves no trace in the kernel's state or its transcript.
   */
  complete(question: Question): Promise<Answer | null>;
  /** What stands at the cursor, or is called there. As `complete`. */
  inspect(question: Question): Promise<Answer | null>;
  /**
   * Ends the running step and drops the queue. Where the host can reach a running sandbox, Python raises KeyboardInterrupt: the step
   * has failed, what it did until then stays, and its events say at which instruction it was met, so that the transcript gives the same
   * again. Otherwise, or when it does not end within a moment, the step is `stopped` and the state before it is rebuilt.
   */
  interrupt(): Promise<void>;
  /** A fresh kernel: forgets the transcript. */
  restart(): Promise<void>;
  /** The steps whose effects the kernel's state holds, with the events that they consumed. */
  transcript(): ProgramStep[];
  close(): void;
}
