/** Secrets in files: made once, readable by the server's own user only. */
import {
  linkSync,
  mkdirSync,
  openSync,
  closeSync,
  fsyncSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/**
 * Reads the secret in `path`, or makes it with mode 0600. Two processes that start at once end up with the same one.
 * @throws Error when the file can be read by others: such a key may have leaked.
 */
export function readOrCreateSecret(path: string, create: () => Uint8Array): Uint8Array {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const found = readSecret(path);
  if (found !== null) return found;
  const temporary = `${path}.${process.pid}.${crypto.randomUUID()}`;
  const file = openSync(temporary, 'wx', 0o600);
  try {
    writeSync(file, create());
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    // link refuses to replace: the first process wins.
    linkSync(temporary, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    unlinkSync(temporary);
  }
  const secret = readSecret(path);
  if (secret === null) throw new Error(`cannot read the key that was just made: ${path}`);
  return secret;
}

function readSecret(path: string): Uint8Array | null {
  let mode: number;
  try {
    mode = statSync(path).mode;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  if ((mode & 0o077) !== 0) throw new Error(`${path} can be read by other users; make it mode 0600 or replace it`);
  return readFileSync(path);
}
