/** The entry of the sandbox process in Node: frames on standard input and output, one session, then nothing. */
import { writeSync } from 'node:fs';
import { runInThisContext } from 'node:vm';
import { GLUE_TABLE, type GlueFunction } from '../engines/glue.ts';
import { restoreJavaScript } from '../engines/javascript/engine.ts';
import { restorePython } from '../engines/python/engine.ts';
import { Session } from '../run/session.ts';
import { encodeFrame, FrameReader, packFromSandbox, unpackToSandbox } from './frames.ts';
import type { FromSandbox } from './protocol.ts';

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
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

const session = new Session({
  send,
  restore: { python: restorePython, javascript: restoreJavaScript },
  glue(engine, bytes) {
    if (!bytes) throw new TypeError(`the glue of ${engine} was not sent`);
    runInThisContext(new TextDecoder().decode(bytes), { filename: `${engine}.glue.js` });
    // Glue scripts put their function there.
    const table = (globalThis as Record<string, unknown>)[GLUE_TABLE] as Record<string, GlueFunction>;
    delete (globalThis as Record<string, unknown>)[GLUE_TABLE];
    const glue = table[engine];
    if (!glue) throw new TypeError(`the glue of ${engine} is not one`);
    return glue;
  },
});
const reader = new FrameReader((frame) => session.receive(unpackToSandbox(frame)));
process.stdin.on('data', (chunk: Buffer) => reader.push(chunk));
process.stdin.on('end', () => process.exit(0));
