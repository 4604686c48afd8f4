/** Canonical JSON (RFC 8785) and the digests of programs and records. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import canonicalize from 'canonicalize';
import type { Program } from './program.ts';
import type { RunRecord } from './record.ts';

/**
 * @returns RFC 8785 text
 * @throws TypeError for what JSON cannot say: undefined, NaN, infinities, lone surrogates
 */
export function canonicalJson(value: unknown): string {
  let text: string | undefined;
  try {
    text = canonicalize(value);
  } catch (error) {
    throw new TypeError(`canonical JSON: ${error instanceof Error ? error.message : 'not a JSON value'}`, {
      cause: error,
    });
  }
  if (text === undefined) throw new TypeError('canonical JSON: not a JSON value');
  return text;
}

/** `sha256:<hex>` of bytes. */
export function sha256Digest(bytes: Uint8Array): string {
  return `sha256:${bytesToHex(sha256(bytes))}`;
}

/** Below it, asking the platform takes longer than hashing here. */
const NATIVE_MIN_BYTES = 16_384;

/** Digests that somebody we trust has computed already. */
const known = new WeakMap<Uint8Array, string>();

/** Says what these bytes hash to: computed by our own side from all of them, which nobody changes any more. */
export function rememberDigest(bytes: Uint8Array, digest: string): void {
  known.set(bytes, digest);
}

/** As `sha256Digest`, by the platform's own SHA-256 where it has one: a page has it in secure contexts only. */
export async function nativeDigest(bytes: Uint8Array): Promise<string> {
  const remembered = known.get(bytes);
  if (remembered !== undefined) return remembered;
  // Older browsers, and pages that are not secure, lack it, whatever the types say.
  const subtle = (globalThis.crypto as Partial<Crypto> | undefined)?.subtle;
  if (!subtle || bytes.length < NATIVE_MIN_BYTES) return sha256Digest(bytes);
  // What comes from a sandbox or a file lies in a plain buffer.
  const hash = await subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return `sha256:${bytesToHex(new Uint8Array(hash))}`;
}

/** sha256 of a value's canonical JSON in UTF-8. */
export function jsonDigest(value: unknown): string {
  return sha256Digest(new TextEncoder().encode(canonicalJson(value)));
}

export function programDigest(program: Program): string {
  return jsonDigest(program);
}

export function runDigest(record: RunRecord): string {
  return jsonDigest(record);
}

/** Digests of all bytes that a record refers to: artifacts and binary displays. */
export function blobDigests(record: RunRecord): Set<string> {
  const digests = new Set(record.artifacts.map(({ digest }) => digest));
  for (const { outputs } of record.steps) {
    for (const output of outputs) {
      if (output.type !== 'display' && output.type !== 'result') continue;
      for (const value of Object.values(output.data)) if (typeof value !== 'string') digests.add(value.digest);
    }
  }
  return digests;
}
