/** The whole path of a claim: document, revision, job, record, missing bytes, upload, outputs. */
import { programDigest } from '@praxis/wasm-runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, registered } from '../../support/server/client.ts';
import { code, createJob, PNG, recordFor, saveDocument, upload } from '../../support/server/flows.ts';
import { startServer, type TestServer } from '../../support/server/server.ts';

let server: TestServer;
let client: Client;
beforeAll(async () => {
  server = await startServer();
  client = await registered(server);
});
afterAll(() => server.close());

describe('a claim', () => {
  it('goes from document to outputs, asking for exactly the bytes that are missing', async () => {
    const { revisionId } = await saveDocument(client, [
      { id: 'intro', type: 'text', content: { markdown: '# Orbits' } },
      code('a', 'x = 1'),
      code('b', 'print(x)', { runtime: { language: 'python', parameters: { n: 3 } } }),
    ]);
    const job = await createJob(client, revisionId);
    expect(job.body).toMatchObject({
      status: 'RUNNING',
      trust: null,
      executor: 'client',
      env_version: server.envVersion,
    });
    const { program } = job.body.payload;
    expect(program.steps.map((step) => step.object_id)).toEqual(['a', 'b']);
    expect(program.steps[1]?.parameters).toEqual({ n: 3 });
    expect(programDigest(program)).toBe(job.body.program_digest);

    const artifact = new TextEncoder().encode('a,b\n1,2\n');
    const record = recordFor(program, job.body.program_digest, { artifact, display: PNG });
    const first = await client.post(`/jobs/${job.body.id}/claim`, { record });
    expect(first.status).toBe(200);
    expect(new Set(first.body.missing)).toEqual(new Set([record.artifacts[0]?.digest, displayDigest(record)]));

    expect((await upload(client, artifact, 'text/csv')).body.artifact.size_bytes).toBe(artifact.length);
    const second = await client.post(`/jobs/${job.body.id}/claim`, { record });
    expect(second.body).toEqual({ missing: [displayDigest(record)] });

    await upload(client, PNG, 'image/png');
    const done = await client.post(`/jobs/${job.body.id}/claim`, {
      record,
      observed: { duration_ms: 12, host: 'chromium' },
    });
    expect(done.body).toMatchObject({ status: 'SUCCEEDED', trust: 'claimed' });

    const outputs = await client.get(`/revisions/${revisionId}/outputs`);
    expect(outputs.body.items).toHaveLength(2);
    expect(outputs.body.items[1]).toMatchObject({
      object_id: 'b',
      trust: 'claimed',
      fuel: 1000,
      artifacts: record.artifacts,
    });
    const result = await client.get(`/jobs/${job.body.id}/result`);
    expect(result.body).toMatchObject({
      record,
      outputs: { stdout: 'a says hello\nb says hello\n' },
      observed: { duration_ms: 12 },
    });
    expect((await client.get(`/jobs/${job.body.id}/verdict`)).body).toMatchObject({ verdict: null, code: 'pending' });
  });
});

function displayDigest(record: ReturnType<typeof recordFor>): string {
  for (const output of record.steps.flatMap((step) => step.outputs)) {
    if (output.type === 'display' && typeof output.data['image/png'] === 'object')
      return output.data['image/png'].digest;
  }
  throw new Error('the record has no binary display');
}
