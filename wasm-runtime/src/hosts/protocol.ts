/**
 * The closed union of messages between the trusted side (page, command line, server) and one sandbox (worker or child process).
 * Everything that comes out of a sandbox is hostile: `sandbox-messages.ts` validates it before anyone reads it.
 */
import type { FileBytes } from '../environment/file-bytes.ts';
import type { Given } from '../engines/given.ts';
import type { CompiledLibraries } from '../engines/python/library-pack.ts';
import type { Answer, Question, QuestionKind } from '../run/ask.ts';
import type { Language, Limits, ProgramStep } from '../run/program.ts';
import type { Output, RunError, StepRecord } from '../run/record.ts';

/** The files of one engine, by their role in the manifest. */
export interface EngineFiles {
  module: FileBytes;
  snapshot: FileBytes;
  image?: FileBytes;
  /** Compiled libraries that programs can import. */
  libraries?: FileBytes;
  /** The late part of the image, or the libraries of JavaScript, where they are there already. */
  late?: FileBytes;
}

/** What an engine boots from, where its snapshot is made. */
export interface BootFiles {
  module: FileBytes;
  image: FileBytes;
}

/** The same files inside a sandbox: checked, as bytes or as modules that hold them. */
export type GivenFiles = { readonly [Role in keyof Omit<EngineFiles, 'libraries'>]: Given } & {
  readonly libraries?: Uint8Array | CompiledLibraries;
};
export type GivenBootFiles = { readonly [Role in keyof BootFiles]: Given };

/** What a run fixes before its first step. */
export interface Begin {
  seed: string;
  epoch_ms: number;
  clock: 'virtual' | 'live';
  limits: Limits;
  /** Whether outputs and artifacts are limited for the whole run or for each step, as in a kernel. */
  limits_for: 'run' | 'step';
  inputs: { path: string; bytes: Uint8Array }[];
}

export type ToSandbox =
  /** Restore one engine. May come before `begin`, so that a host can keep warm sandboxes. */
  | { kind: 'load'; engine: Language; files: EngineFiles }
  /** An engine's late files, between steps; until they came, a step that reads there ends with `needs_files`. */
  | { kind: 'late'; engine: Language; bytes: Uint8Array }
  /** Boot an engine and give its snapshot; the sandbox is of no further use. Only where the host can: in browsers. */
  | { kind: 'make'; engine: Language; files: BootFiles }
  /** Fix seed, clock, limits and inputs; from here on the gate is in guest mode for good. Once. */
  | { kind: 'begin'; begin: Begin }
  /** Run one step with at most `fuel`; `interactive`: report missing input instead of end of file. */
  | { kind: 'step'; index: number; step: ProgramStep; fuel: number; interactive: boolean }
  /** A question between steps. Leaves no trace. */
  | { kind: 'ask'; index: number; about: QuestionKind; question: Question };

/** A message as it comes out inside the sandbox. */
export type InSandbox =
  | Exclude<ToSandbox, { kind: 'load' | 'make' }>
  | { kind: 'load'; engine: Language; files: GivenFiles }
  | { kind: 'make'; engine: Language; files: GivenBootFiles };

export interface SandboxArtifact {
  name: string;
  media_type: string;
  bytes: Uint8Array;
}

/** An artifact whose bytes went ahead of the answer: the so-maniest of those that did in its step. */
export interface AheadArtifact {
  name: string;
  media_type: string;
  ahead: number;
}

/** A live interrupt. It becomes an event of the step: replayed, the step is interrupted at the same instruction. */
export interface Interrupt {
  /** Events of the step that it had consumed before. */
  after: number;
  /** Fuel that the step had used. */
  fuel: number;
}

/** Artifacts of this length and more go ahead; what is shorter is not worth a message. */
export const AHEAD_MIN_BYTES = 65_536;

/** Everything that one step did. Digests are computed by the receiver, never believed. */
export interface StepDone {
  step: StepRecord;
  error: RunError | null;
  artifacts: (SandboxArtifact | AheadArtifact)[];
  /** Bytes of binary displays; the record refers to them by digest. */
  blobs: Uint8Array[];
  memory_bytes: number;
  /** Events that the step consumed, at most those that it was given. */
  events_used: number;
  /** Interrupts that came while it ran, in order. */
  interrupts: Interrupt[];
}

export type FromSandbox =
  | { kind: 'loaded'; engine: Language; duration_ms: number }
  | { kind: 'made'; engine: Language; snapshot: Uint8Array }
  | { kind: 'begun' }
  /** A preview of an output while the step runs; the authoritative list comes with `done`. */
  | { kind: 'output'; index: number; output: Output }
  /** The previewed output at place `at` has become another. */
  | { kind: 'replace'; index: number; at: number; output: Output }
  /** What was previewed of the step so far is gone. */
  | { kind: 'clear'; index: number }
  /**
   * Bytes of a large artifact, sent while the guest waits, out of its memory: in one piece or several, one artifact after the other.
   * `size_bytes` is the artifact's. Its name comes with `done`.
   */
  | { kind: 'ahead'; index: number; size_bytes: number; bytes: Uint8Array }
  /** The step asked for a line that it was not given; the sandbox is now of no further use. */
  | { kind: 'needs_input'; index: number; prompt: string; interrupts: Interrupt[] }
  /** The step read what is in the late files of its engine; the sandbox is now of no further use. */
  | { kind: 'needs_files'; index: number; interrupts: Interrupt[] }
  | { kind: 'done'; index: number; done: StepDone }
  /** null: there is none */
  | { kind: 'answer'; index: number; answer: Answer | null }
  /** The sandbox itself failed; it is of no further use. */
  | { kind: 'failed'; error: RunError };

/** A live sandbox as the trusted side sees it. Messages arrive unvalidated. */
export interface SandboxConnection {
  send(message: ToSandbox): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Called once when the sandbox ends without being closed: crash, kill, limit of the operating system. */
  onExit(listener: (reason: ExitReason) => void): void;
  /**
   * Asks the step of that index to stop by itself, as Ctrl+C does. Nothing says that it will, and it may have ended already.
   * @returns false where a running sandbox cannot be told anything
   */
  interrupt(index: number): boolean;
  /** Ends the sandbox at once, whatever it does. Idempotent. */
  close(): void;
}

export type ExitReason = { cause: 'crash' | 'cpu' | 'memory'; detail: string };

/** A way to make sandboxes: a worker behind a frame in browsers, a process in Node. */
export interface Host {
  /** For `observed.host`, e.g. `node-20.20.2`. */
  readonly name: string;
  /** Whether it sends an engine's files once, and not to each sandbox: then those that could come later may come with the others. */
  readonly keepsFiles?: boolean;
  /** `glue`: the script that an engine boots with, for a sandbox that makes a snapshot, where the host can. */
  open(options: { cpu_ms: number; glue?: Uint8Array }): Promise<SandboxConnection>;
}
