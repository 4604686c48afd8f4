/**
 * The closed unions of what the page says to its sandbox frame and hears from it. Both are trusted; what the frame hears from its
 * workers is not, and is nothing but that their script runs.
 */
import type { CompiledLibraries } from '../engines/python/library-pack.ts';
import type { Language } from '../run/program.ts';
import type { InterruptFlag } from './interrupts.ts';

/** The frame is ready. It has no secret, so it may go to whoever embeds the frame. */
export interface FrameHello {
  praxis: 'sandbox-hello';
}

/** Said to a frame that may have said so before anybody listened: it says hello once more. */
export interface FrameAsk {
  praxis: 'sandbox-ask';
}

/** The one answer: the script of all workers, and the port on which everything else is said. */
export interface FrameStart {
  praxis: 'sandbox-start';
  script: string;
  port: MessagePort;
}

/** What a file is: a module of code, many of them, an engine's snapshot, or bytes for the engine. */
export type FileForm = 'module' | 'libraries' | 'snapshot' | 'bytes';

/** What a worker gets of a file. */
export type GivenFile = WebAssembly.Module | CompiledLibraries | Uint8Array<ArrayBuffer>;

/** Numbers are the page's own: files and sandboxes are counted apart, and no number is used twice. */
export type ToFrame =
  /** A file for sandboxes to come: bytes that the page has checked, or a blob, which the frame checks. */
  | { kind: 'keep'; file: number; form: FileForm; bytes: Uint8Array<ArrayBuffer> }
  | { kind: 'read'; file: number; form: FileForm; blob: Blob; digest: string }
  /** A worker of its own, which gets this port. `glue`: a script to come before the worker's. */
  | { kind: 'open'; sandbox: number; session: MessagePort; glue?: string }
  /** The worker gets the files, to restore an engine or to boot it. */
  | { kind: 'give'; sandbox: number; as: 'load' | 'make'; engine: Language; files: Readonly<Record<string, number>> }
  /** The step of that index shall stop. */
  | { kind: 'interrupt'; sandbox: number; index: number }
  /** The worker ends, whatever it does. */
  | { kind: 'close'; sandbox: number };

export type FromFrame =
  /** The blob could not be read, or is another file, and the page has to send the bytes; or there was no room for these. */
  | { kind: 'refused'; file: number }
  | { kind: 'failed'; sandbox: number; detail: string }
  /** Its worker runs. Interruptible: it shares a word of memory with the worker, and can interrupt its steps. */
  | { kind: 'opened'; sandbox: number; interruptible: boolean }
  | { kind: 'closed'; sandbox: number };

/** The worker's script runs. */
export interface WorkerHello {
  praxis: 'worker-hello';
}

/** What the frame answers its worker, once. */
export interface WorkerStart {
  port: MessagePort;
  /** Where memory can be shared. */
  interrupts?: InterruptFlag;
}

/** What the frame says to its worker after that: an engine's files, as modules where the worker can take these. */
export interface WorkerFiles {
  kind: 'load' | 'make';
  engine: Language;
  files: Readonly<Record<string, GivenFile>>;
}
