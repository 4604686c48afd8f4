/** Documents, revisions, import and export, over HTTP. */
import { join } from 'node:path';
import { canonicalJson } from '@praxis/wasm-runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schemaErrors } from '../../support/notebooks.ts';
import { type Client, must, registered } from '../../support/server/client.ts';
import { writeEnvironment } from '../../support/server/environment.ts';
import {
  claimedJob,
  code,
  commit,
  createJob,
  PNG,
  recordFor,
  saveDocument,
  sha256,
  upload,
} from '../../support/server/flows.ts';
import { startServer, type TestServer } from '../../support/server/server.ts';

let server: TestServer;
let client: Client;
beforeAll(async () => {
  server = await startServer();
  client = await registered(server);
});
afterAll(() => server.close());

describe('revisions', () => {
  it('are immutable, and named by the digest of what they hold', async () => {
    const objects = [{ id: 'intro', type: 'text', content: { markdown: '# π ≈ 3' } }, code('a', 'print(1)')];
    const { documentId, revisionId } = await saveDocument(client, objects);
    const revision = (await client.get(`/revisions/${revisionId}`)).body;
    expect(revision.objects).toEqual(objects);
    expect(revision.is_head).toBe(true);
    expect(revision.digest).toBe(sha256(canonicalJson({ objects, views: [] })));
    expect((await client.get(`/documents/${documentId}`)).body.head_revision_id).toBe(revisionId);
    expect((await client.call('PATCH', `/revisions/${revisionId}`, { body: {} })).status).toBe(405);
  });

  it('have one head: a stale parent is refused, and what the head is gets told', async () => {
    const { documentId, revisionId } = await saveDocument(client);
    const second = must(201, await commit(client, documentId, revisionId, [code('a', 'print(2)')])).body;
    const stale = await commit(client, documentId, revisionId, [code('a', 'print(3)')]);
    expect([stale.status, stale.body.code]).toEqual([409, 'stale_parent']);
    expect(stale.body.detail).toContain(second.id);
    expect((await commit(client, documentId, null, [])).status).toBe(409);
    const history = (await client.get(`/documents/${documentId}/revisions`)).body.items;
    expect(history.map((item) => [item.id, item.is_head])).toEqual([
      [second.id, true],
      [revisionId, false],
    ]);
  });

  it('let exactly one of many commits on the same parent pass', async () => {
    const { documentId, revisionId } = await saveDocument(client);
    const replies = await Promise.all(
      Array.from({ length: 8 }, (_, n) => commit(client, documentId, revisionId, [code('a', `print(${n})`)])),
    );
    expect(replies.map((reply) => reply.status).toSorted((a, b) => a - b)).toEqual([
      201, 409, 409, 409, 409, 409, 409, 409,
    ]);
  });

  it.each([
    ['an unknown type', [{ id: 'a', type: 'hologram', content: {} }], 'must be one of text, equation, code'],
    ['the same id twice', [code('a', ''), code('a', '')], 'names a second object "a"'],
    [
      'a dependency that is not there',
      [code('a', '', { semantics: { dependencies: ['b'] } })],
      'which this revision does not have',
    ],
    [
      'a circle',
      [code('a', '', { semantics: { dependencies: ['b'] } }), code('b', '', { semantics: { dependencies: ['a'] } })],
      'in a circle',
    ],
    ['code without source', [{ id: 'a', type: 'code', content: { markdown: 'x' } }], '/body/objects/0/content'],
    [
      'a runtime of a text',
      [{ id: 'a', type: 'text', content: { markdown: '' }, runtime: { language: 'python' } }],
      'belongs to code',
    ],
    [
      'a language that nobody speaks',
      [code('a', '', { runtime: { language: 'cobol' } })],
      '/body/objects/0/runtime/language',
    ],
    ['an unknown field', [{ ...code('a', ''), trusted: true }], 'unknown field "trusted"'],
    ['a path as an id', [code('../../etc/passwd', '')], '/body/objects/0/id'],
    [
      'a dataset that leaves its folder',
      [
        {
          id: 'd',
          type: 'dataset',
          content: { name: '../x', digest: sha256(''), size_bytes: 0, media_type: 'text/csv' },
        },
      ],
      '/content/name',
    ],
  ])('refuse %s', async (_what, objects, message) => {
    const { documentId, revisionId } = await saveDocument(client);
    const reply = await commit(client, documentId, revisionId, objects);
    expect([reply.status, reply.body.code]).toEqual([422, 'validation_error']);
    expect(reply.body.detail).toContain(message);
  });

  it('take a chain of two thousand dependencies, and no more objects than that', async () => {
    const { documentId, revisionId } = await saveDocument(client);
    const chain = (length: number) =>
      Array.from({ length }, (_, n) =>
        code(`o${n}`, `x = ${n}`, n === 0 ? {} : { semantics: { dependencies: [`o${n - 1}`] } }),
      );
    must(201, await commit(client, documentId, revisionId, chain(2000)));
    expect((await commit(client, documentId, revisionId, chain(2001))).status).toBe(422);
  });

  it('hold views of objects that they have', async () => {
    const { documentId, revisionId } = await saveDocument(client);
    const views = (id: string) => [
      { view_type: 'notebook', object_ids: [id] },
      {
        view_type: 'slides',
        slides: [{ placements: [{ object_id: id, x: 0, y: 0, width: 10, height: 10, z_index: 1 }] }],
      },
      { view_type: 'canvas', placements: [{ object_id: id, x: 0, y: 0, scale: 1, rotation: 0 }] },
    ];
    const body = { parent_revision_id: revisionId, objects: [code('a', '')] };
    const refused = await client.post(`/documents/${documentId}/revisions`, { ...body, views: views('gone') });
    expect([refused.status, refused.body.detail]).toEqual([422, expect.stringContaining('"gone"')]);
    must(201, await client.post(`/documents/${documentId}/revisions`, { ...body, views: views('a') }));
  });
});

describe('documents', () => {
  it('are changed and archived; an archived one takes no more revisions and keeps those it has', async () => {
    const { documentId, revisionId } = await saveDocument(client);
    expect(must(200, await client.patch(`/documents/${documentId}`, { title: 'Comets' })).text).toContain('Comets');
    must(204, await client.delete(`/documents/${documentId}`));
    must(204, await client.delete(`/documents/${documentId}`));
    const refused = await commit(client, documentId, revisionId, []);
    expect([refused.status, refused.body.code]).toEqual([409, 'archived']);
    must(200, await client.get(`/revisions/${revisionId}`));
    const listed = (await client.get(`/workspaces/${client.workspaceId}/documents`)).body.items;
    expect(listed.map((item) => item.id)).not.toContain(documentId);
  });
});

const notebook = (cells: unknown[], metadata: Record<string, unknown> = {}) => ({
  nbformat: 4,
  nbformat_minor: 5,
  metadata,
  cells,
});
const codeCell = (source: string | string[], more: Record<string, unknown> = {}) => ({
  cell_type: 'code',
  execution_count: 3,
  metadata: {},
  outputs: [],
  source,
  ...more,
});

describe('notebooks', () => {
  it('are imported as a revision on top of the head, with warnings for what is lost', async () => {
    const { documentId, revisionId } = await saveDocument(client);
    const content = notebook([
      {
        cell_type: 'markdown',
        id: 'intro',
        metadata: {},
        source: ['# Orbits\n', 'Two bodies.'],
        attachments: { 'a.png': {} },
      },
      codeCell(['!ls\n', 'print(1)']),
      codeCell('print(2)', { id: 'intro' }),
    ]);
    const reply = must(
      201,
      await client.post(`/documents/${documentId}/import`, { format: 'ipynb', content: JSON.stringify(content) }),
    );
    expect(reply.body.revision.objects).toEqual([
      { id: 'intro', type: 'text', content: { markdown: '# Orbits\nTwo bodies.' } },
      {
        id: 'cell-2',
        type: 'code',
        content: { source: '!ls\nprint(1)' },
        runtime: { language: 'python' },
      },
      { id: 'cell-3', type: 'code', content: { source: 'print(2)' }, runtime: { language: 'python' } },
    ]);
    expect(reply.body.warnings).toEqual([
      expect.stringContaining('There is no shell here, and nothing is installed (!, %pip, %%bash): cell 2'),
      expect.stringContaining('Pictures attached to cell 1'),
      expect.stringContaining('New ids were given to cell 3'),
    ]);
    const stale = { format: 'ipynb', content, parent_revision_id: revisionId };
    expect((await client.post(`/documents/${documentId}/import`, stale)).status).toBe(409);
  });

  it('get the environment that has what they import, and say so', async () => {
    writeEnvironment(join(server.data, 'environments'), 'data', ['numpy', 'pandas']);
    const { documentId } = await saveDocument(client);
    const content = notebook([codeCell('import json'), codeCell('%matplotlib inline\nimport numpy as np')]);
    const reply = must(201, await client.post(`/documents/${documentId}/import`, { format: 'ipynb', content }));
    const runtime = { language: 'python', environment: 'data' };
    expect(reply.body.revision.objects).toMatchObject([{ runtime }, { runtime }]);
    expect(reply.body.warnings.at(-1)).toBe('It runs in the environment data, which has numpy.');
    const { revision } = reply.body;
    expect(must(201, await createJob(client, revision.id)).body.env_version).toMatch(/^data@/);
  });

  it.each([
    ['cut off', '{ "cells": [', 'is cut off'],
    ['a list', '[]', 'is not an object'],
    ['format 5', JSON.stringify({ nbformat: 5 }), 'formats 3 and 4 can be read'],
    ['no cells', JSON.stringify({ nbformat: 4, nbformat_minor: 5 }), 'The list of cells is not a list'],
    ['a key twice', '{"nbformat":4,"nbformat":3}', '"nbformat" twice'],
    ['a cell that is none', JSON.stringify(notebook([7])), 'Cell 1 is not an object'],
    ['a cell without source', JSON.stringify(notebook([{ cell_type: 'code' }])), 'The source of cell 1 is missing'],
    ['an unknown cell', JSON.stringify(notebook([{ cell_type: 'heading', source: 'x' }])), 'has the type "heading"'],
    ['another language', JSON.stringify(notebook([], { language_info: { name: 'R' } })), 'Only Python and JavaScript'],
  ])('that cannot be read say why: %s', async (_what, content, message) => {
    const { documentId } = await saveDocument(client);
    const reply = await client.post(`/documents/${documentId}/import`, { format: 'ipynb', content });
    expect([reply.status, reply.body.code]).toEqual([422, 'unreadable_notebook']);
    expect(reply.body.detail).toContain(message);
  });

  it('are exported with outputs and the trust that they deserve', async () => {
    const saved = await saveDocument(client, [
      { id: 'intro', type: 'text', content: { markdown: '# Orbits\n\nText' } },
      { id: 'e', type: 'equation', content: { latex: 'E = mc^2' } },
      code('a', 'x = 1\nprint(x)\n'),
    ]);
    const job = must(201, await createJob(client, saved.revisionId)).body;
    await upload(client, PNG, 'image/png');
    must(
      200,
      await client.post(`/jobs/${job.id}/claim`, {
        record: recordFor(job.payload.program, job.program_digest, { display: PNG }),
      }),
    );
    const reply = must(200, await client.get(`/revisions/${saved.revisionId}/export?format=ipynb`));
    expect(schemaErrors(reply.text)).toEqual([]);
    const written = JSON.parse(reply.text) as {
      nbformat: number;
      nbformat_minor: number;
      cells: Record<string, unknown>[];
    };
    expect([written.nbformat, written.nbformat_minor]).toEqual([4, 5]);
    expect(written.cells.map((cell) => cell['cell_type'])).toEqual(['markdown', 'markdown', 'code']);
    expect(written.cells[2]).toMatchObject({
      id: 'a',
      source: ['x = 1\n', 'print(x)\n'],
      metadata: { praxis: { trust: 'claimed', job_id: job.id } },
      outputs: [
        { output_type: 'stream', name: 'stdout', text: ['a says hello\n'] },
        {
          output_type: 'display_data',
          data: { 'image/png': Buffer.from(PNG).toString('base64'), 'text/plain': ['a plot'] },
          metadata: { praxis: { trust: 'claimed' } },
        },
      ],
    });
    expect((await client.get(`/revisions/${saved.revisionId}/export?format=docx`)).status).toBe(422);
  });

  it('come back as what they were', async () => {
    const { documentId } = await saveDocument(client);
    const cells = [
      { cell_type: 'markdown', id: 'intro', metadata: { tags: ['lead'] }, source: ['# A\n', 'b'] },
      { cell_type: 'raw', id: 'latex', metadata: {}, source: ['\\newpage'] },
      { cell_type: 'code', id: 'run', metadata: {}, execution_count: null, outputs: [], source: ['1 + 1'] },
    ];
    const imported = must(
      201,
      await client.post(`/documents/${documentId}/import`, { format: 'ipynb', content: notebook(cells) }),
    );
    const reply = await client.get(`/revisions/${imported.body.revision.id}/export?format=ipynb`);
    const exported = JSON.parse(reply.text) as { cells: Record<string, unknown>[] };
    const plain = exported.cells.map(({ metadata, ...cell }) => ({ ...cell, metadata: withoutProvenance(metadata) }));
    expect(plain).toEqual(cells);
  });
});

function withoutProvenance(metadata: unknown): unknown {
  return Object.fromEntries(Object.entries(metadata ?? {}).filter(([name]) => name !== 'praxis'));
}

describe('outputs of a revision', () => {
  it('are the newest of each object, and none of another revision', async () => {
    const first = await claimedJob(client);
    const outputs = (await client.get(`/revisions/${first.revisionId}/outputs`)).body.items;
    expect(outputs).toMatchObject([{ object_id: 'a', trust: 'claimed' }]);
    const next = must(201, await commit(client, first.documentId, first.revisionId, [code('a', 'print(2)')])).body;
    expect((await client.get(`/revisions/${next.id}/outputs`)).body.items).toEqual([]);
  });
});
