/** Signs what a verified run was. */
import { encodeStatement, IN_TOTO_PAYLOAD_TYPE, signEnvelope } from '@praxis/wasm-runtime/attestation';
import type { AttestationRow, JobRow } from '../database/rows.ts';
import type { AttestationSigner } from '../keys/keyring.ts';
import type { Program, RunRecord } from '../runtime.ts';
import { VERSION } from '../version.ts';
import type { Replayer } from './replayer.ts';

export interface VerifiedRun {
  job: Pick<JobRow, 'id'>;
  program: Program;
  program_digest: string;
  record: RunRecord;
  run_digest: string;
  mode: 'replay' | 'server';
  started_at: string;
  finished_at: string;
}

export const replayerId = (signer: Pick<AttestationSigner, 'keyId'>): string => `urn:praxis:replayer:${signer.keyId}`;

export function attest(
  signer: AttestationSigner,
  replayer: Replayer,
  run: VerifiedRun,
): Pick<AttestationRow, 'job_id' | 'key_id' | 'envelope'> {
  const payload = encodeStatement({
    ...run,
    job_id: run.job.id,
    replayer: { id: replayerId(signer), version: VERSION, host: replayer.host, jailed: replayer.jailed },
  });
  const envelope = signEnvelope(IN_TOTO_PAYLOAD_TYPE, payload, signer.keyId, (message) => signer.sign(message));
  return { job_id: run.job.id, key_id: signer.keyId, envelope: JSON.stringify(envelope) };
}
