/** Passwords: argon2id, and the same work whether or not the account exists. */
import { type Algorithm, hash, verify } from '@node-rs/argon2';
import type { ServerConfiguration } from '../configuration.ts';

/** `Algorithm.Argon2id`; a const enum, which isolated modules cannot read. */
const ARGON2ID = 2 as Algorithm;

export interface Passwords {
  hash(password: string): Promise<string>;
  /** `stored` null: nobody has this address; the answer is no, after the same work. */
  verify(stored: string | null, password: string): Promise<boolean>;
}

export function passwords(cost: ServerConfiguration['argon2']): Passwords {
  const options = { algorithm: ARGON2ID, memoryCost: cost.memoryKib, timeCost: cost.passes, parallelism: 1 };
  // NFC: the same password typed on another system has the same bytes.
  const bytesOf = (password: string): Uint8Array => Buffer.from(password.normalize('NFC'), 'utf8');
  let nobody: Promise<string> | null = null;

  return {
    hash: (password) => hash(bytesOf(password), options),
    async verify(stored, password) {
      nobody ??= hash(crypto.getRandomValues(new Uint8Array(32)), options);
      const right = await verify(stored ?? (await nobody), bytesOf(password));
      return right && stored !== null;
    },
  };
}
