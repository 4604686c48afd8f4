/** Revisions as files for elsewhere: a Jupyter notebook whose outputs say how far they can be trusted. */
import type { RevisionOutputs } from '../jobs/schemas.ts';
import { RAW_TAG, type NotebookOutput, writeNotebook, type WrittenCell } from '../documents/ipynb.ts';
import type { RevisionView, ScientificObject } from '../documents/schemas.ts';

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
  const byObject = new Map(outputs.map((output) => [output.object_id, output]));
  const cells = await Promise.all(revision.objects.map((object) => cellOf(object, byObject.get(object.id), blob)));
  const code = revision.objects.filter((object) => object.type === 'code');
  const language =
    code.length > 0 && code.every((object) => object.runtime?.language === 'javascript') ? 'javascript' : 'python';
  return writeNotebook(title, language, cells, {
    document_id: revision.document_id,
    revision_id: revision.id,
    revision_digest: revision.digest,
  });
}

async function cellOf(
  object: ScientificObject,
  output: ObjectOutput | undefined,
  blob: (digest: string) => Promise<Uint8Array | null>,
): Promise<WrittenCell> {
  const tags = object.semantics?.tags ?? [];
  const base = { id: object.id, tags, outputs: [], provenance: null };
  switch (object.type) {
    case 'code':
      return {
        ...base,
        kind: 'code',
        source: textOf(object.content['source']),
        outputs: output === undefined ? [] : await Promise.all(output.outputs.map((one) => outputOf(one, blob))),
        provenance: {
          language: object.runtime?.language ?? 'python',
          ...(output === undefined
            ? { trust: null }
            : { trust: output.trust, job_id: output.job_id, run_digest: output.run_digest, fuel: output.fuel }),
        },
      };
    case 'text': {
      const raw = tags.includes(RAW_TAG);
      return {
        ...base,
        kind: raw ? 'raw' : 'markdown',
        tags: tags.filter((tag) => tag !== RAW_TAG),
        source: textOf(object.content['markdown']),
      };
    }
    case 'equation':
      return { ...base, kind: 'markdown', source: `$$\n${textOf(object.content['latex'])}\n$$` };
    case 'plot':
    case 'table':
    case 'media':
    case 'dataset':
      // A notebook has no such cells: the object's data is kept as a raw cell, so that nothing is lost.
      return { ...base, kind: 'raw', source: JSON.stringify(object, null, 1) };
  }
}

async function outputOf(
  output: ObjectOutput['outputs'][number],
  blob: (digest: string) => Promise<Uint8Array | null>,
): Promise<NotebookOutput> {
  if (output.type === 'stream') return { type: 'stream', name: output.name, text: output.text };
  if (output.type === 'error') return output;
  const data: Record<string, string> = {};
  for (const [type, value] of Object.entries(output.data)) {
    const bytes = typeof value === 'string' ? value : await blob(value.digest);
    if (bytes !== null) data[type] = typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('base64');
  }
  return { type: output.type, data, metadata: output.metadata };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
