/** Steps that many tests take: a document, a revision, a job, a record that its program could have given. */
import { createHash } from 'node:crypto';
import type { Program, RunRecord } from '@praxis/wasm-runtime';
import { type Body, type Client, must, type Reply } from './client.ts';

export const sha256 = (bytes: Uint8Array | string): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

export const code = (id: string, source: string, more: Record<string, unknown> = {}) => ({
  id,
  type: 'code',
  content: { source },
  runtime: { language: 'python' },
  ...more,
});

export interface Saved {
  documentId: string;
  revisionId: string;
}

export async function saveDocument(client: Client, objects: unknown[] = [code('a', 'print(1)')]): Promise<Saved> {
  const document = must(201, await client.post(`/workspaces/${client.workspaceId}/documents`, { title: 'Orbits' }));
  const revision = must(201, await commit(client, document.body.id, null, objects));
  return { documentId: document.body.id, revisionId: revision.body.id };
}

export const commit = (client: Client, documentId: string, parent: string | null, objects: unknown[]): Promise<Reply> =>
  client.post(`/documents/${documentId}/revisions`, { parent_revision_id: parent, message: 'a message', objects });

export async function createJob(
  client: Client,
  revisionId: string,
  more: Record<string, unknown> = {},
): Promise<Reply> {
  return client.post(`/workspaces/${client.workspaceId}/jobs`, {
    job_type: 'document_execute',
    document_revision_id: revisionId,
    executor: 'client',
    ...more,
  });
}

/** A record that this program could have given, with one artifact and one binary display when asked for. */
export function recordFor(
  program: Program,
  programDigest: string,
  blobs: { artifact?: Uint8Array; display?: Uint8Array } = {},
): RunRecord {
  const last = program.steps.at(-1)?.object_id ?? '';
  return {
    schema_version: '1.0',
    program_digest: programDigest,
    env_version: program.env_version,
    outcome: 'succeeded',
    error: null,
    fuel: 1000 * program.steps.length,
    memory_bytes_peak: 1_048_576,
    steps: program.steps.map((step) => ({
      object_id: step.object_id,
      outcome: 'succeeded',
      fuel: 1000,
      outputs: [
        { type: 'stream', name: 'stdout', text: `${step.object_id} says hello\n` },
        ...(blobs.display === undefined || step.object_id !== last
          ? []
          : [
              {
                type: 'display' as const,
                data: {
                  'image/png': { digest: sha256(blobs.display), size_bytes: blobs.display.length },
                  'text/plain': 'a plot',
                },
                metadata: {},
              },
            ]),
      ],
    })),
    artifacts:
      blobs.artifact === undefined
        ? []
        : [
            {
              name: 'table.csv',
              media_type: 'text/csv',
              digest: sha256(blobs.artifact),
              size_bytes: blobs.artifact.length,
              step: last,
            },
          ],
  };
}

/** Reserves an upload. */
export const reserve = (
  client: Client,
  bytes: Uint8Array,
  mediaType: string,
  more: Record<string, unknown> = {},
): Promise<Reply> =>
  client.post(`/workspaces/${client.workspaceId}/uploads`, {
    digest: sha256(bytes),
    size_bytes: bytes.length,
    media_type: mediaType,
    name: 'result',
    purpose: 'claim',
    ...more,
  });

export const send = (client: Client, ticket: Reply, bytes: Uint8Array): Promise<Reply> =>
  client.send('PUT', ticket.body.url, ticket.body.headers, new Uint8Array(bytes));

/** Reserves, sends and completes an upload. */
export async function upload(client: Client, bytes: Uint8Array, mediaType: string): Promise<Reply> {
  const ticket = must(201, await reserve(client, bytes, mediaType));
  must(204, await send(client, ticket, bytes));
  return must(200, await client.post(`/uploads/${ticket.body.upload_id}/complete`));
}

/** Smallest PNG head that passes for one. */
export const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3, 4]);

/** A job whose claim is in. */
export async function claimedJob(
  client: Client,
  objects?: unknown[],
): Promise<{ job: Body; record: RunRecord } & Saved> {
  const saved = await saveDocument(client, objects);
  const { body: job } = must(201, await createJob(client, saved.revisionId));
  const record = recordFor(job.payload.program, job.program_digest);
  const claim = must(200, await client.post(`/jobs/${job.id}/claim`, { record }));
  if (claim.body.trust !== 'claimed') throw new Error(`expected a claim, got ${claim.text}`);
  return { job, record, ...saved };
}
