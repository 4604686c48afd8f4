/** One item under work: everything that settling it needs. */
import type { JobRow } from '../database/rows.ts';
import type { Dependencies } from '../dependencies.ts';
import type { AttestationSigner } from '../keys/keyring.ts';
import type { Lease } from '../queue/queue.ts';
import type { Replayer } from './replayer.ts';

/** What the worker's process has of the server: no key that signs links, no session, no mail. */
export type WorkerDependencies = Pick<
  Dependencies,
  'clock' | 'newId' | 'database' | 'blobs' | 'queue' | 'log' | 'configuration'
> & {
  signer: AttestationSigner;
};

export interface Settlement {
  deps: WorkerDependencies;
  replayer: Replayer;
  lease: Lease;
  job: JobRow;
}
