/** The entry of the sandbox process in Node: frames on standard input and output, one session, then nothing. */
import { readSync, writeSync } from 'node:fs';
import { restoreJavaScript } from '../engines/javascript/engine.ts';
import { restorePython } from '../engines/python/engine.ts';
import { Session } from '../run/session.ts';
import { encodeFrame, packFromSandbox, readFrame, unpackToSandbox } from './frames.ts';
import type { FromSandbox } from './protocol.ts';

const INPUT_FD = 0;
const OUTPUT_FD = 1;

function send(message: FromSandbox): void {
  for (const part of encodeFrame(packFromSandbox(message))) {
    for (let written = 0; written < part.length;) written += write(part.subarray(written));
  }
}

/** Standard output is a pipe, which may be full for a while. */
function write(bytes: Uint8Array): number {
  for (;;) {
    try {
      return writeSync(OUTPUT_FD, bytes);
    } catch (error) {
      if (!isBusy(error)) throw error;
      waitForPipe();
    }
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}

function waitForPipe(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
}

const session = new Session({
  send,
  restore: { python: restorePython, javascript: restoreJavaScript },
});

/** Reads as much as there is, and waits for some. */
function read(target: Uint8Array): number {
  for (;;) {
    try {
      return readSync(INPUT_FD, target);
    } catch (error) {
      if (!isBusy(error)) throw error;
      waitForPipe();
    }
  }
}

/** One message at a time, each finished before the next is read. A stream of Node's takes as long to set up as Python to link. */
async function serve(): Promise<void> {
  for (let frame = readFrame(read); frame; frame = readFrame(read)) await session.receive(unpackToSandbox(frame));
  process.exit(0);
}

void serve();
