/** Uploads and downloads by signed links, over HTTP. */
import { connect } from 'node:net';
import { existsSync, readdirSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, must, type Reply, registered } from '../../support/server/client.ts';
import { PNG, reserve, send, sha256, upload } from '../../support/server/flows.ts';
import { startServer, type TestServer } from '../../support/server/server.ts';

const MINUTE_MS = 60_000;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

let server: TestServer;
let client: Client;
beforeAll(async () => {
  server = await startServer();
  client = await registered(server);
});
afterAll(() => server.close());

const blobFile = (from: TestServer, digest: string): string => {
  const hex = digest.slice('sha256:'.length);
  return join(from.data, 'blobs', 'sha256', hex.slice(0, 2), hex);
};
const incoming = (from: TestServer): string[] => {
  const folder = join(from.data, 'blobs', 'incoming');
  return existsSync(folder) ? readdirSync(folder) : [];
};
const usedBytes = async (who: Client) => (await who.get(`/workspaces/${who.workspaceId}/usage`)).body.storage_bytes;

describe('an upload', () => {
  it('becomes an artifact, and is not asked for a second time', async () => {
    const content = bytes('a,b\n1,2\n');
    const { artifact } = (await upload(client, content, 'text/csv')).body;
    expect(artifact).toMatchObject({ digest: sha256(content), size_bytes: content.length });
    expect(await fs.readFile(blobFile(server, artifact.digest), 'utf8')).toBe('a,b\n1,2\n');
    const again = must(200, await reserve(client, content, 'text/csv'));
    expect(again.body.artifact.id).toBe(artifact.id);
    expect(
      (await client.get(`/workspaces/${client.workspaceId}/artifacts`)).body.items.map((item) => item.digest),
    ).toContain(artifact.digest);
  });

  it('may be completed twice', async () => {
    const ticket = must(201, await reserve(client, bytes('twice'), 'text/plain'));
    must(204, await send(client, ticket, bytes('twice')));
    const complete = `/uploads/${ticket.body.upload_id}/complete`;
    const [one, two] = [must(200, await client.post(complete)), must(200, await client.post(complete))];
    expect(one.body.artifact.id).toBe(two.body.artifact.id);
  });

  it('cannot be completed before the bytes are there, nor by somebody else', async () => {
    const ticket = must(201, await reserve(client, bytes('early'), 'text/plain'));
    const early = await client.post(`/uploads/${ticket.body.upload_id}/complete`);
    expect([early.status, early.body.code]).toEqual([409, 'upload_incomplete']);
    const stranger = await registered(server);
    expect((await stranger.post(`/uploads/${ticket.body.upload_id}/complete`)).status).toBe(404);
  });

  it.each([
    ['other bytes of the same length', bytes('HELLO'), 'digest_mismatch'],
    ['fewer bytes', bytes('hell'), 'size_mismatch'],
    ['more bytes', bytes('hello and more'), 'size_mismatch'],
    ['no bytes', bytes(''), 'size_mismatch'],
  ])('of %s is refused and leaves nothing', async (_what, sent, expected) => {
    const before = await usedBytes(client);
    const ticket = must(201, await reserve(client, bytes('hello'), 'text/plain'));
    const reply = await send(client, ticket, sent);
    expect([reply.status, reply.body.code]).toEqual([422, expected]);
    expect(incoming(server)).toEqual([]);
    expect(existsSync(blobFile(server, sha256(bytes('hello'))))).toBe(false);
    expect(await usedBytes(client)).toEqual({ ...before, reserved: expect.any(Number) });
  });

  it('without Content-Length is cut at the announced size', async () => {
    const ticket = must(201, await reserve(client, bytes('hello'), 'text/plain'));
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(randomBytes(65_536));
      },
    });
    const sent = fetch(server.origin + ticket.body.url, {
      method: 'PUT',
      headers: ticket.body.headers,
      body: endless,
      duplex: 'half',
    } as RequestInit);
    const status = await sent.then(
      (response) => response.status,
      () => 'cut off',
    );
    expect([413, 'cut off']).toContain(status);
    expect(incoming(server)).toEqual([]);
  });

  it('that breaks off leaves nothing, frees its place and cannot be finished', async () => {
    const content = randomBytes(100_000);
    const ticket = must(201, await reserve(client, content, 'application/octet-stream'));
    const socket = connect(server.port, '127.0.0.1');
    await new Promise<void>((fulfil) => socket.once('connect', fulfil));
    const head = `PUT ${ticket.body.url} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nContent-Type: application/octet-stream\r\nContent-Length: ${content.length}\r\n\r\n`;
    socket.write(head);
    socket.write(content.subarray(0, 60_000));
    await until(async () => (await statusOf(ticket)) === 'receiving');
    socket.destroy();
    await until(async () => (await statusOf(ticket)) === 'expired');
    expect(incoming(server)).toEqual([]);
    expect((await send(client, ticket, content)).body.code).toBe('upload_used');
    expect((await client.post(`/uploads/${ticket.body.upload_id}/complete`)).status).toBe(409);
  });

  it.each([
    ['image/png', 'not a picture'],
    ['image/jpeg', 'not a picture'],
    ['application/pdf', '<script>alert(1)</script>'],
    ['image/x-unheard-of', 'anything'],
  ])('declared as %s is looked at', async (type, content) => {
    const ticket = must(201, await reserve(client, bytes(content), type));
    const reply = await send(client, ticket, bytes(content));
    expect([reply.status, reply.body.code]).toEqual([422, 'content_type_mismatch']);
  });

  it('declared as text may not be a picture', async () => {
    const ticket = must(201, await reserve(client, new Uint8Array([...PNG, 9]), 'text/plain'));
    expect((await send(client, ticket, new Uint8Array([...PNG, 9]))).body.code).toBe('content_type_mismatch');
  });

  it.each([
    ['another content type', { 'Content-Type': 'text/html' }],
    ['an encoding', { 'Content-Type': 'text/plain', 'Content-Encoding': 'gzip' }],
  ])('with %s is refused', async (_what, headers) => {
    const ticket = must(201, await reserve(client, bytes('typed'), 'text/plain'));
    const reply = await client.send('PUT', ticket.body.url, headers, 'typed');
    expect([reply.status, reply.body.code]).toEqual([415, 'unsupported_media_type']);
  });

  it.each([
    ['a digest that is none', { digest: 'sha256:abc' }],
    ['another hash', { digest: `sha512:${'a'.repeat(64)}` }],
    ['a negative size', { size_bytes: -1 }],
    ['a name with a line break', { name: 'a\r\nSet-Cookie: x' }],
    ['a name with NUL', { name: 'a\0b' }],
    ['a name that turns the text around', { name: 'a\u202egpj.exe' }],
    ['a name of 256 letters', { name: 'x'.repeat(256) }],
    ['a media type with a line break', { media_type: 'text/plain\r\nX: y' }],
    ['no media type', { media_type: 'plain' }],
    ['a place to store it', { storage_uri: '/etc/passwd' }],
  ])('cannot be announced with %s', async (_what, more) => {
    const reply = await reserve(client, bytes('x'), 'text/plain', more);
    expect([reply.status, reply.body.code]).toEqual([422, 'validation_error']);
  });
});

describe('a signed link', () => {
  const change = (url: string, name: string, value: string): string => {
    const [path, query] = url.split('?');
    const parameters = new URLSearchParams(query);
    parameters.set(name, value);
    return `${path}?${parameters}`;
  };

  it('allows exactly what it says', async () => {
    const content = bytes('signed');
    const ticket = must(201, await reserve(client, content, 'text/plain'));
    const other = must(201, await reserve(client, bytes('others'), 'text/plain'));
    const { url, upload_id } = ticket.body;
    const altered = [
      change(url, 'digest', sha256('other')),
      change(url, 'size', '999999'),
      change(url, 'type', 'text/html'),
      change(url, 'workspace', other.body.upload_id),
      change(url, 'subject', client.workspaceId),
      change(url, 'expires', String(Date.now() + 4 * MINUTE_MS)),
      change(url, 'nonce', 'AAAA'),
      change(url, 'kid', '0000000000000000'),
      change(url, 'v', '2'),
      change(url, 'signature', 'A'.repeat(43)),
      change(url, 'signature', ''),
      change(url, 'extra', '1'),
      `${url}&digest=${sha256('signed')}`,
      url.replace(/&nonce=[^&]+/, ''),
      url.replace(upload_id, other.body.upload_id),
      url.split('?')[0] ?? '',
    ];
    for (const wrong of altered) {
      const reply = await client.send('PUT', wrong, ticket.body.headers, 'signed');
      expect([wrong, reply.status, reply.body.code]).toEqual([wrong, 403, 'bad_signature']);
    }
    must(204, await send(client, ticket, content));
  });

  it('works once for an upload', async () => {
    const ticket = must(201, await reserve(client, bytes('once'), 'text/plain'));
    must(204, await send(client, ticket, bytes('once')));
    const again = await send(client, ticket, bytes('once'));
    expect([again.status, again.body.code]).toEqual([409, 'upload_used']);
    const both = must(201, await reserve(client, bytes('both at once'), 'text/plain'));
    const replies = await Promise.all([
      send(client, both, bytes('both at once')),
      send(client, both, bytes('both at once')),
    ]);
    expect(replies.map((reply) => reply.status).toSorted((a, b) => a - b)).toEqual([204, 409]);
  });

  it('runs out, for uploads and for downloads', async () => {
    const own = await startServer();
    try {
      const person = await registered(own);
      const ticket = must(201, await reserve(person, bytes('late'), 'text/plain'));
      const { artifact } = (await upload(person, PNG, 'image/png')).body;
      const link = must(
        200,
        await person.post(`/workspaces/${person.workspaceId}/artifacts/${artifact.digest}/download-url`),
      );
      must(200, await person.send('GET', link.body.url, {}));
      own.advance(5 * MINUTE_MS + 1000);
      expect((await send(person, ticket, bytes('late'))).body.code).toBe('bad_signature');
      expect((await person.send('GET', link.body.url, {})).body.code).toBe('bad_signature');
    } finally {
      await own.close();
    }
  });

  it('does not outlive the rights of its person', async () => {
    const colleague = await registered(server);
    const members = `/workspaces/${client.workspaceId}/members`;
    must(201, await client.post(members, { email: colleague.email, role: 'editor' }));
    const { artifact } = (await upload(client, bytes('shared'), 'text/plain')).body;
    const link = must(
      200,
      await colleague.post(`/workspaces/${client.workspaceId}/artifacts/${artifact.digest}/download-url`),
    );
    const ticket = must(
      201,
      await colleague.post(`/workspaces/${client.workspaceId}/uploads`, {
        digest: sha256('more'),
        size_bytes: 4,
        media_type: 'text/plain',
      }),
    );
    must(200, await client.patch(`${members}/${colleague.userId}`, { role: 'viewer' }));
    expect((await send(colleague, ticket, bytes('more'))).status).toBe(403);
    must(200, await colleague.send('GET', link.body.url, {}));
    must(204, await client.delete(`${members}/${colleague.userId}`));
    expect((await colleague.send('GET', link.body.url, {})).status).toBe(404);
  });

  it('serves a download that no browser can be fooled with', async () => {
    const html = bytes('<!doctype html><script>alert(document.cookie)</script>');
    const ticket = must(201, await reserve(client, html, 'text/html', { name: "r\u00e9sum\u00e9 'x'.html" }));
    must(204, await send(client, ticket, html));
    must(200, await client.post(`/uploads/${ticket.body.upload_id}/complete`));
    const link = must(
      200,
      await client.post(`/workspaces/${client.workspaceId}/artifacts/${sha256(html)}/download-url`),
    );
    const reply = must(200, await client.send('GET', link.body.url, {}));
    expect(reply.text).toContain('<script>');
    expect(Object.fromEntries(reply.headers)).toMatchObject({
      'content-type': 'text/html',
      'content-length': String(html.length),
      'content-disposition': "attachment; filename*=UTF-8''r%C3%A9sum%C3%A9%20%27x%27.html",
      'content-security-policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'private, max-age=31536000, immutable',
      'repr-digest': `sha-256=:${Buffer.from(sha256(html).slice(7), 'hex').toString('base64')}:`,
      'x-content-type-options': 'nosniff',
    });
    expect(reply.headers.getSetCookie()).toEqual([]);
  });

  it('is not given out for what another workspace has', async () => {
    const stranger = await registered(server);
    const { artifact } = (await upload(client, bytes('mine alone'), 'text/plain')).body;
    expect(
      (await stranger.post(`/workspaces/${stranger.workspaceId}/artifacts/${artifact.digest}/download-url`)).status,
    ).toBe(404);
    expect(
      (await stranger.post(`/workspaces/${client.workspaceId}/artifacts/${artifact.digest}/download-url`)).status,
    ).toBe(404);
    // The bytes lie on the disk already; this workspace is asked for them all the same.
    must(201, await reserve(stranger, bytes('mine alone'), 'text/plain'));
  });
});

describe('the quota', () => {
  it('is reserved: two uploads at 99 % cannot both pass', async () => {
    const quotas = { storageBytes: 10_000, uploadBytes: 10_000, openUploads: 10, runningJobs: 10 };
    const own = await startServer({ configuration: { quotas } });
    try {
      const person = await registered(own);
      await upload(person, randomBytes(9800), 'application/octet-stream');
      const [one, two] = [randomBytes(150), randomBytes(150)];
      const replies = await Promise.all(
        [one, two].map((content) => reserve(person, content, 'application/octet-stream')),
      );
      expect(replies.map((reply) => reply.status).toSorted((a, b) => a - b)).toEqual([201, 413]);
      expect(await usedBytes(person)).toEqual({ used: 9800, reserved: 150, quota: 10_000 });
      // What is never sent is freed.
      own.advance(10 * MINUTE_MS);
      await own.app.sweep();
      expect((await usedBytes(person)).reserved).toBe(0);
      must(201, await reserve(person, two, 'application/octet-stream'));
      const tooLarge = await reserve(person, bytes('x'), 'text/plain', { size_bytes: 10_001 });
      expect([tooLarge.status, tooLarge.body.code]).toEqual([413, 'too_large']);
    } finally {
      await own.close();
    }
  });

  it('counts open uploads', async () => {
    const quotas = { storageBytes: 1e6, uploadBytes: 1e6, openUploads: 3, runningJobs: 10 };
    const own = await startServer({ configuration: { quotas } });
    try {
      const person = await registered(own);
      const replies = await Promise.all(
        ['a', 'b', 'c', 'd', 'e'].map((text) => reserve(person, bytes(text), 'text/plain')),
      );
      expect(replies.filter((reply) => reply.status === 201)).toHaveLength(3);
    } finally {
      await own.close();
    }
  });
});

describe('a full disk', () => {
  it('is said in so many words, and nothing half-written stays', async () => {
    let full = false;
    const own = await startServer({ fileSystem: fillingFileSystem(() => full) });
    try {
      const person = await registered(own);
      const content = randomBytes(50_000);
      const ticket = must(201, await reserve(person, content, 'application/octet-stream'));
      full = true;
      const reply = await send(person, ticket, content);
      expect([reply.status, reply.body.code]).toEqual([507, 'storage_full']);
      expect(incoming(own)).toEqual([]);
      full = false;
      await upload(person, content, 'application/octet-stream');
    } finally {
      await own.close();
    }
  });
});

/** The real file system, whose files take no more bytes once `isFull` says so. */
function fillingFileSystem(isFull: () => boolean): typeof fs {
  return {
    ...fs,
    async open(...parameters: Parameters<typeof fs.open>) {
      const file = await fs.open(...parameters);
      return new Proxy(file, {
        get(target, name) {
          if (name === 'write' && isFull()) {
            return () => Promise.reject(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }));
          }
          const value: unknown = Reflect.get(target, name, target);
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        },
      });
    },
  };
}

async function statusOf(ticket: Reply): Promise<string | undefined> {
  const row = await server.deps
    .database<{ id: string; status: string }>('uploads')
    .where({ id: ticket.body.upload_id })
    .first();
  return row?.status;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    if (await condition()) return;
    await new Promise((fulfil) => setTimeout(fulfil, 10));
  }
  throw new Error('what was waited for did not happen');
}
