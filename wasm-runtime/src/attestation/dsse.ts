/**
 * DSSE v1.0.2 (https://github.com/secure-systems-lab/dsse): a signed envelope around bytes. Signing and checking signatures is the
 * caller's: the server signs with node:crypto, browsers check with WebCrypto. Envelopes come from strangers.
 */

export interface Envelope {
  payloadType: string;
  /** Base64 of the payload. */
  payload: string;
  signatures: { keyid: string; sig: string }[];
}

export const IN_TOTO_PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/** Why an envelope is not accepted. */
export type AttestationErrorCode = 'MALFORMED' | 'SIGNATURE' | 'KEY_UNKNOWN' | 'STATEMENT';

export class AttestationError extends Error {
  readonly code: AttestationErrorCode;
  constructor(code: AttestationErrorCode, message: string) {
    super(message);
    this.name = 'AttestationError';
    this.code = code;
  }
}

/** Most signatures that are looked at. */
const MAXIMUM_SIGNATURES = 16;

/** Pre-authentication encoding: what is really signed, so that no payload can pass for one of another type. */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const encoder = new TextEncoder();
  const type = encoder.encode(payloadType);
  const head = encoder.encode(`DSSEv1 ${type.length} ${payloadType} ${payload.length} `);
  const out = new Uint8Array(head.length + payload.length);
  out.set(head);
  out.set(payload, head.length);
  return out;
}

/** @param sign signature of the bytes it is given */
export function signEnvelope(
  payloadType: string,
  payload: Uint8Array,
  keyid: string,
  sign: (message: Uint8Array) => Uint8Array,
): Envelope {
  const sig = encodeBase64(sign(preAuthEncoding(payloadType, payload)));
  return { payloadType, payload: encodeBase64(payload), signatures: [{ keyid, sig }] };
}

/** Checks one signature over `message`. False for a wrong one; may throw `KEY_UNKNOWN` through `AttestationError`. */
export type CheckSignature = (keyid: string, message: Uint8Array, signature: Uint8Array) => boolean | Promise<boolean>;

/**
 * The payload of an envelope that has at least one good signature.
 * @throws AttestationError MALFORMED, SIGNATURE, or what `check` throws when no other signature is good
 */
export async function openEnvelope(
  value: unknown,
  check: CheckSignature,
): Promise<{ payloadType: string; payload: Uint8Array; keyid: string }> {
  const envelope = parseEnvelope(value);
  const payload = decodeBase64(envelope.payload);
  const message = preAuthEncoding(envelope.payloadType, payload);
  let reason = new AttestationError('SIGNATURE', 'The signature does not match what it is on.');
  for (const { keyid, sig } of envelope.signatures) {
    try {
      if (await check(keyid, message, decodeBase64(sig))) return { payloadType: envelope.payloadType, payload, keyid };
    } catch (error) {
      if (!(error instanceof AttestationError)) throw error;
      reason = error;
    }
  }
  throw reason;
}

/** @throws AttestationError MALFORMED */
export function parseEnvelope(value: unknown): Envelope {
  if (!isObject(value)) throw malformed('it is not an object');
  const { payloadType, payload, signatures } = value;
  if (typeof payloadType !== 'string' || typeof payload !== 'string') throw malformed('it has no payload');
  if (!Array.isArray(signatures) || signatures.length === 0) throw malformed('it has no signatures');
  if (signatures.length > MAXIMUM_SIGNATURES) throw malformed(`it has more than ${MAXIMUM_SIGNATURES} signatures`);
  return { payloadType, payload, signatures: signatures.map(parseSignature) };
}

function parseSignature(value: unknown): { keyid: string; sig: string } {
  if (!isObject(value) || typeof value['sig'] !== 'string') throw malformed('a signature is not readable');
  // DSSE lets `keyid` be left out.
  return { keyid: typeof value['keyid'] === 'string' ? value['keyid'] : '', sig: value['sig'] };
}

export function encodeBase64(bytes: Uint8Array): string {
  // In pieces: a call takes a bounded number of arguments.
  let binary = '';
  for (let offset = 0; offset < bytes.length; offset += 8192)
    binary += String.fromCharCode(...bytes.subarray(offset, offset + 8192));
  return btoa(binary);
}

/** Standard or URL-safe alphabet, as DSSE asks of readers. @throws AttestationError MALFORMED */
export function decodeBase64(text: string): Uint8Array {
  const standard = text.replaceAll('-', '+').replaceAll('_', '/');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(standard)) throw malformed('its base64 is not readable');
  try {
    return Uint8Array.from(atob(standard), (character) => character.charCodeAt(0));
  } catch {
    throw malformed('its base64 is not readable');
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(why: string): AttestationError {
  return new AttestationError('MALFORMED', `This is not an attestation: ${why}.`);
}
