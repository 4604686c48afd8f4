/** Revisions as files for elsewhere: a Jupyter notebook whose outputs say how far they can be trusted. */
import { writeNotebook, type ObjectOutputs } from '@praxis/wasm-runtime/notebook';
import type { RevisionView } from '../documents/schemas.ts';
import type { RevisionOutputs } from '../jobs/schemas.ts';

type ObjectOutput = RevisionOutputs['items'][number];

/**
 * @param blob the bytes of a binary display, or null when they are gone
 * @returns the notebook's text
 */
export async function exportNotebook(
  title: string,
  revision: RevisionView,
  outputs: readonly ObjectOutput[],
  blob: (digest: string) => Promise<Uint8Array | null>,
): Promise<string> {
  const { document_id, id: revision_id, digest: revision_digest, objects } = revision;
  return writeNotebook({
    title,
    objects,
    outputs: new Map(outputs.map((output) => [output.object_id, withProvenance(output)])),
    blobs: await blobsOf(outputs, blob),
    provenance: { document_id, revision_id, revision_digest },
  });
}

function withProvenance({ outputs, trust, job_id, run_digest, fuel }: ObjectOutput): ObjectOutputs {
  return { outputs, provenance: { trust, job_id, run_digest, fuel } };
}

async function blobsOf(
  outputs: readonly ObjectOutput[],
  blob: (digest: string) => Promise<Uint8Array | null>,
): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  for (const output of outputs.flatMap((object) => object.outputs)) {
    for (const value of 'data' in output ? Object.values(output.data) : []) {
      if (typeof value === 'string' || found.has(value.digest)) continue;
      const bytes = await blob(value.digest);
      if (bytes !== null) found.set(value.digest, bytes);
    }
  }
  return found;
}
