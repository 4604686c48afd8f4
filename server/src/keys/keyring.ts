/** The server's keys: one that signs attestations (Ed25519) and one that signs links (HMAC). Both are made on first start. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import { join } from 'node:path';
import { readOrCreateSecret } from './key-files.ts';

export interface PublicAttestationKey {
  /** sha256 of the key's SubjectPublicKeyInfo, hex. */
  key_id: string;
  algorithm: 'ed25519';
  public_key_pem: string;
  jwk: { kty: string; crv: string; x: string; kid: string; alg: 'EdDSA'; use: 'sig' };
}

export interface AttestationSigner {
  readonly keyId: string;
  /** Ed25519 signature (RFC 8032) of `message`. */
  sign(message: Uint8Array): Uint8Array;
  readonly publicKey: PublicAttestationKey;
}

export interface LinkKey {
  id: string;
  secret: Uint8Array;
}

export interface Keyring {
  attestation: AttestationSigner;
  link: LinkKey;
}

/** Opens the keys in `directory`, making those that are missing. */
export function openKeyring(directory: string): Keyring {
  return { attestation: openAttestationSigner(directory), link: openLinkKey(directory) };
}

export function openAttestationSigner(directory: string): AttestationSigner {
  const pem = readOrCreateSecret(join(directory, 'attestation-ed25519.pem'), () =>
    Buffer.from(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })),
  );
  const privateKey = createPrivateKey(Buffer.from(pem));
  const publicKey = describePublicKey(createPublicKey(privateKey));
  return { keyId: publicKey.key_id, sign: (message) => sign(null, message, privateKey), publicKey };
}

function openLinkKey(directory: string): LinkKey {
  const secret = readOrCreateSecret(join(directory, 'links-hmac.key'), () => randomBytes(32));
  if (secret.byteLength !== 32) throw new Error(`links-hmac.key: expected 32 bytes, got ${secret.byteLength}`);
  // The id names the key without telling anything about it.
  return { id: createHash('sha256').update('praxis link key id\0').update(secret).digest('hex').slice(0, 16), secret };
}

export function describePublicKey(key: KeyObject): PublicAttestationKey {
  const keyId = createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex');
  const { x } = key.export({ format: 'jwk' });
  if (key.asymmetricKeyType !== 'ed25519' || x === undefined) throw new Error('expected an Ed25519 key');
  return {
    key_id: keyId,
    algorithm: 'ed25519',
    public_key_pem: key.export({ type: 'spki', format: 'pem' }).toString(),
    jwk: { kty: 'OKP', crv: 'Ed25519', x, kid: keyId, alg: 'EdDSA', use: 'sig' },
  };
}
