/** Reading somebody's public key from a file, in the forms in which servers give theirs: PEM, JWK, or a set of JWKs with one key. */
import { createHash, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { UsageError } from './exit-codes.ts';

export interface PublicKey {
  key: KeyObject;
  /** sha256 of the key's SubjectPublicKeyInfo, hex: how attestations name it. */
  id: string;
}

/** @throws UsageError when the file holds no Ed25519 public key */
export async function readPublicKey(file: string): Promise<PublicKey> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UsageError(`cannot read ${file}: ${error instanceof Error ? error.message : 'unknown error'}`);
  });
  return parsePublicKey(text, file);
}

/** @param name of the file, for messages. @throws UsageError */
export function parsePublicKey(text: string, name: string): PublicKey {
  let key: KeyObject;
  try {
    key = text.trimStart().startsWith('{')
      ? createPublicKey({ key: jwkOf(JSON.parse(text)), format: 'jwk' })
      : createPublicKey(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown error';
    throw new UsageError(`${name} holds no public key in PEM or JWK form: ${why}`);
  }
  if (key.asymmetricKeyType !== 'ed25519') {
    throw new UsageError(`${name}: expected an Ed25519 key, got ${String(key.asymmetricKeyType)}`);
  }
  const id = createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex');
  return { key, id };
}

/** A key itself, the one of a set, or the `jwk` of what a Praxis server says about its key. */
function jwkOf(value: unknown): JsonWebKey {
  if (typeof value !== 'object' || value === null) throw new TypeError('it is not an object');
  if ('jwk' in value) return jwkOf(value.jwk);
  // Safe: createPublicKey checks every member.
  if (!('keys' in value)) return value as JsonWebKey;
  const keys: unknown = value.keys;
  if (!Array.isArray(keys) || keys.length !== 1) throw new TypeError('a set of keys must have exactly one');
  return jwkOf(keys[0]);
}
