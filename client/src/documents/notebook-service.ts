/**
 * What the page asks of the worker that reads and writes Jupyter files. The worker is our own script; what it reads is a stranger's.
 * Answers are plain data: thrown errors would lose their class, and with it what may be shown, on their way.
 */
import type { NotebookToWrite, ReadNotebook } from '@praxis/wasm-runtime/notebook';

export interface NotebookService {
  /** @param bytes of a file, handed over */
  read(bytes: Uint8Array): ReadAnswer;
  write(notebook: NotebookToWrite): WriteAnswer;
}

/** `refused` has sentences that may be shown; `failed` is anything else, such as too little memory. */
export type ReadAnswer = { kind: 'read'; notebook: ReadNotebook } | { kind: 'refused'; message: string } | Failed;
export type WriteAnswer = { kind: 'written'; bytes: Uint8Array } | Failed;
export interface Failed {
  kind: 'failed';
}
