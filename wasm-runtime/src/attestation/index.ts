/** Attestations: signed statements about runs, made by servers and checked by anybody, in Node and in browsers. */
export { AttestationError, openEnvelope, IN_TOTO_PAYLOAD_TYPE, preAuthEncoding, signEnvelope } from './dsse.ts';
export type { AttestationErrorCode, CheckSignature, Envelope } from './dsse.ts';
export { decodeStatement, encodeStatement } from './statement.ts';
export type { Attested, ReplayerFacts, StatementFacts } from './statement.ts';
export { verifyAttestation, type VerifiedAttestation } from './verify.ts';
