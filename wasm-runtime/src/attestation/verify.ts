/** Checking an attestation offline: a good signature of a known key, around a statement about a run. */
import { AttestationError, type CheckSignature, IN_TOTO_PAYLOAD_TYPE, openEnvelope } from './dsse.ts';
import { type Attested, decodeStatement } from './statement.ts';

export interface VerifiedAttestation {
  keyid: string;
  attested: Attested;
}

/**
 * @param value the envelope as parsed JSON; hostile
 * @param check decides whether a signature is good, e.g. with node:crypto or WebCrypto
 * @throws AttestationError
 */
export async function verifyAttestation(value: unknown, check: CheckSignature): Promise<VerifiedAttestation> {
  const { payloadType, payload, keyid } = await openEnvelope(value, check);
  if (payloadType !== IN_TOTO_PAYLOAD_TYPE)
    throw new AttestationError('STATEMENT', 'The envelope holds something else than a statement.');
  return { keyid, attested: decodeStatement(payload) };
}
