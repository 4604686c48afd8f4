/** Pages, frames, files of the client and of environments, keys and the description of the API, over HTTP. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client, must, type Reply, registered } from '../../support/server/client.ts';
import { FILE_TEXT, writeEnvironment } from '../../support/server/environment.ts';
import { claimedJob, code, saveDocument } from '../../support/server/flows.ts';
import { raw } from '../../support/server/raw.ts';
import { startServer, type TestServer } from '../../support/server/server.ts';

const FRAME_SCRIPT = 'onmessage = (event) => start(event.ports[0]);';
let server: TestServer;
let visitor: Client;
let built: string;
let hex: string;

beforeAll(async () => {
  built = mkdtempSync(join(tmpdir(), 'praxis-client-'));
  for (const folder of ['assets', 'frames']) mkdirSync(join(built, folder));
  writeFileSync(
    join(built, 'index.html'),
    '<meta name="praxis-nonce" content="__PRAXIS_NONCE__"><meta name="praxis-environment" content="__PRAXIS_ENVIRONMENT__"><meta name="praxis-likely-environment" content="__PRAXIS_LIKELY_ENVIRONMENT__"><div id="app"></div>',
  );
  writeFileSync(join(built, 'frames', 'sandbox.html'), `<!doctype html><script>${FRAME_SCRIPT}</script>`);
  writeFileSync(join(built, 'frames', 'output.html'), '<!doctype html><script>render()</script>');
  writeFileSync(join(built, 'frames', 'sandbox.js'), 'start()');
  writeFileSync(join(built, 'assets', 'index-DiwrgTda.js'), 'console.log(1)');
  writeFileSync(join(built, 'assets', 'index-DiwrgTda.js.br'), brotliCompressSync('console.log(1)'));
  writeFileSync(join(built, 'favicon.svg'), '<svg/>');
  writeFileSync(join(built, '.env'), 'SECRET');
  server = await startServer({ clientDirectory: built });
  hex = server.envVersion.slice('python@sha256:'.length);
  visitor = new Client(server);
});
afterAll(async () => {
  await server.close();
  rmSync(built, { recursive: true, force: true });
});

const get = (path: string, headers: Record<string, string> = {}): Promise<Reply> => visitor.send('GET', path, headers);
const policyOf = (reply: Reply): Record<string, string> =>
  Object.fromEntries(
    (reply.headers.get('content-security-policy') ?? '').split('; ').map((directive) => split(directive)),
  );
const split = (directive: string): [string, string] => {
  const space = directive.indexOf(' ');
  return space < 0 ? [directive, ''] : [directive.slice(0, space), directive.slice(space + 1)];
};

describe("the application's page", () => {
  it('names the environment of new notebooks, and what to fetch of it before the script runs', async () => {
    const page = await get('/');
    expect(page.text).toContain(`<meta name="praxis-environment" content="${server.envVersion}">`);
    expect(page.headers.get('link')).toBe(
      [`/assets/environments/${hex}/manifest.json`, '/frames/worker.js']
        .map((address) => `<${address}>; rel=preload; as=fetch; crossorigin=anonymous`)
        .join(', '),
    );
    expect((await get(`/assets/environments/${hex}/manifest.json`)).status).toBe(200);
  });
});

describe('the environment in which a page is likely to be', () => {
  let two: TestServer;
  let data: string;
  beforeAll(async () => {
    two = await startServer({ clientDirectory: built });
    data = writeEnvironment(two.deps.environments.directory, 'data', ['numpy']);
  });
  afterAll(() => two.close());
  const cookieOf = ({ cookie }: Client) => ({ Cookie: `${cookie ?? ''}; praxis-environment=data` });
  const likelyOf = (page: Reply): string | undefined =>
    /<meta name="praxis-likely-environment" content="([^"]*)">/.exec(page.text)?.[1];

  it('is the one that the scratch notebook needed the last time, if that is one', async () => {
    expect(likelyOf(await new Client(two).send('GET', '/', {}))).toBe(two.envVersion);
    const page = await new Client(two).send('GET', '/', { Cookie: 'praxis-environment=data' });
    expect(likelyOf(page)).toBe(data);
    expect(page.text).toContain(`<meta name="praxis-environment" content="${two.envVersion}">`);
    expect(page.headers.get('link')).toContain(`/assets/environments/${data.slice(12)}/manifest.json`);
    for (const name of ['', 'other', '__proto__', 'constructor', '../data', '"><script>', 'x'.repeat(4000)])
      expect(likelyOf(await new Client(two).send('GET', '/', { Cookie: `praxis-environment=${name}` }))).toBe(
        two.envVersion,
      );
  });

  it('is what a document needs, for those who may read it', async () => {
    const owner = await registered(two);
    const stranger = await registered(two);
    const { documentId } = await saveDocument(owner, [code('a', 'import numpy')]);
    const path = `/d/${documentId}`;
    expect(likelyOf(await owner.send('GET', path, cookieOf(owner)))).toBe(data);
    for (const client of [stranger, new Client(two)])
      expect(likelyOf(await client.send('GET', path, cookieOf(client)))).toBe(two.envVersion);
    // A document's page does not ask the scratch notebook.
    const plain = await saveDocument(owner);
    expect(likelyOf(await owner.send('GET', `/d/${plain.documentId}`, cookieOf(owner)))).toBe(two.envVersion);
    const named = await saveDocument(owner, [
      code('a', 'print(1)', { runtime: { language: 'python', environment: 'data' } }),
    ]);
    expect(likelyOf(await owner.send('GET', `/d/${named.documentId}`, cookieOf(owner)))).toBe(data);
    const unknown = await saveDocument(owner, [
      code('a', 'print(1)', { runtime: { language: 'python', environment: 'nowhere' } }),
    ]);
    expect(likelyOf(await owner.send('GET', `/d/${unknown.documentId}`, cookieOf(owner)))).toBe(two.envVersion);
  });
});

describe('a file that the build compressed', () => {
  it('goes out as brotli to those who take it, and as it is to others', async () => {
    const path = '/assets/index-DiwrgTda.js';
    const compressed = await raw(server, path, { headers: { 'Accept-Encoding': 'br' } });
    expect(compressed.headers['content-encoding']).toBe('br');
    expect(compressed.headers['content-type']).toContain('text/javascript');
    expect(compressed.headers['vary']).toContain('Accept-Encoding');
    expect(brotliDecompressSync(compressed.bytes).toString()).toBe('console.log(1)');
    const plain = await raw(server, path, { headers: { 'Accept-Encoding': 'gzip' } });
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(plain.bytes.toString()).toBe('console.log(1)');
  });
});

describe('a script of the build', () => {
  it('may be a worker of the isolated page, and as one reach nothing', async () => {
    const reply = must(200, await get('/assets/index-DiwrgTda.js'));
    expect(reply.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
    expect(reply.headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(reply.headers.get('content-security-policy')).toBe("default-src 'none';frame-ancestors 'none'");
  });
});

describe('the page', () => {
  it('is the same for every path of the client, isolated, under a strict policy', async () => {
    for (const path of ['/', '/verify', '/d/01a20000-0000-7000-8000-000000000000?view=slides']) {
      const reply = must(200, await get(path));
      expect(reply.text).toContain('id="app"');
      expect(reply.headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(reply.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
      expect(policyOf(reply)).toMatchObject({
        'default-src': "'none'",
        'script-src': "'self'",
        'connect-src': "'self'",
        'worker-src': `${server.origin}/assets/`,
        'base-uri': "'none'",
        'form-action': "'none'",
        'frame-ancestors': "'none'",
        'require-trusted-types-for': "'script'",
      });
      expect(reply.headers.get('content-security-policy')).not.toContain('unsafe');
      expect(reply.headers.getSetCookie()).toEqual([]);
    }
  });

  it('carries the nonce of its own answer, another one each time', async () => {
    const [one, two] = [await get('/'), await get('/')];
    const nonce = /content="([^"]+)"/.exec(one.text)?.[1] ?? '';
    expect(nonce.length).toBeGreaterThanOrEqual(22);
    expect(policyOf(one)['style-src']).toBe(`'self' 'nonce-${nonce}'`);
    expect(two.text).not.toContain(nonce);
  });
});

describe('the frames', () => {
  it('that run guests have an opaque origin, their own script, and nothing else', async () => {
    const reply = must(200, await get('/frames/sandbox'));
    const hash = createHash('sha256').update(FRAME_SCRIPT).digest('base64');
    expect(policyOf(reply)).toEqual({
      sandbox: 'allow-scripts',
      'default-src': "'none'",
      'script-src': `${server.origin}/frames/ 'wasm-unsafe-eval' 'sha256-${hash}'`,
      'worker-src': 'blob: data:',
      'connect-src': "'none'",
      'base-uri': "'none'",
      'form-action': "'none'",
      'frame-ancestors': "'self'",
    });
    expect(reply.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
    expect((await get('/frames/sandbox.html')).headers.get('content-security-policy')).toBe(
      reply.headers.get('content-security-policy'),
    );
    expect((await get('/frames/sandbox.js')).headers.get('cross-origin-resource-policy')).toBe('cross-origin');
  });

  it('that show active output reach nobody', async () => {
    const policy = policyOf(must(200, await get('/frames/output')));
    expect(policy).toMatchObject({
      sandbox: 'allow-scripts',
      'default-src': "'none'",
      'connect-src': "'none'",
      'frame-ancestors': "'self'",
    });
    expect(policy['script-src']).toBe("'unsafe-inline'");
  });
});

describe('files of the client', () => {
  it('are kept for good when their name has a hash, and asked for again otherwise', async () => {
    const hashed = must(200, await get('/assets/index-DiwrgTda.js'));
    expect(hashed.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(hashed.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    const plain = must(200, await get('/favicon.svg'));
    expect(plain.headers.get('cache-control')).toBe('no-cache');
    const again = await raw(server, '/favicon.svg', { headers: { 'If-None-Match': plain.headers.get('etag') ?? '' } });
    expect([again.status, again.text]).toEqual([304, '']);
  });

  it.each([
    '/.env',
    '/assets/../.env',
    '/assets/%2e%2e/.env',
    '/assets/..%2f.env',
    '/%2e%2e/%2e%2e/etc/passwd',
    '//etc/passwd',
    '/assets',
    '/assets/',
    '/frames/index.html',
    '/index.html',
    '/assets/index-DiwrgTda.js%00.png',
    '/nothing.js',
  ])('are what the build made and nothing else: %s', async (path) => {
    expect((await raw(server, path)).status).toBe(404);
  });
});

describe('files of environments', () => {
  it('never change, may be kept by everybody, and come compressed to those who can', async () => {
    const path = `/assets/environments/${hex}/python.wasm`;
    const plain = must(200, await get(path, { 'Accept-Encoding': 'identity' }));
    expect(plain.text).toBe(FILE_TEXT);
    expect(Object.fromEntries(plain.headers)).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': 'application/wasm',
      'cross-origin-resource-policy': 'cross-origin',
      vary: 'Accept-Encoding',
      'content-length': String(FILE_TEXT.length),
    });
    const compressed = await raw(server, path, { headers: { 'Accept-Encoding': 'gzip, br' } });
    expect(compressed.headers['content-encoding']).toBe('br');
    expect(compressed.bytes.length).toBeLessThan(FILE_TEXT.length / 4);
    expect(brotliDecompressSync(compressed.bytes).toString()).toBe(FILE_TEXT);
    expect(must(200, await get(`/assets/environments/${hex}/manifest.json`)).text).toContain('"python"');
  });

  it('are listed with their manifests', async () => {
    const list = (await visitor.get('/environments')).body.items;
    expect(list).toMatchObject([{ env_version: server.envVersion, current: true }]);
    expect((await visitor.get('/environments/python')).body.env_version).toBe(server.envVersion);
    expect((await visitor.get(`/environments/${encodeURIComponent(server.envVersion)}`)).body.env_version).toBe(
      server.envVersion,
    );
    expect((await visitor.get('/environments/cobol')).status).toBe(404);
    expect((await visitor.get(`/environments/python@sha256:${'0'.repeat(64)}`)).status).toBe(404);
  });

  it('whose manifest was changed are not offered', async () => {
    const own = await startServer();
    try {
      const folder = own.envVersion.slice('python@sha256:'.length);
      writeFileSync(join(own.data, 'environments', folder, 'manifest.json'), '{"name":"python"}');
      expect((await new Client(own).get('/environments')).body.items).toEqual([]);
      expect((await new Client(own).send('GET', '/ready', {})).status).toBe(503);
    } finally {
      await own.close();
    }
  });

  it.each(['/assets/environments/..%2f..%2fkeys/x', `/assets/environments/${'0'.repeat(64)}/manifest.json`])(
    'that are not there are not there: %s',
    async (path) => {
      expect((await get(path)).status).toBe(404);
    },
  );
});

describe('what machines ask', () => {
  it('is whether the process lives and whether it can work', async () => {
    expect(must(200, await get('/health')).body.status).toBe('ok');
    const ready = must(200, await get('/ready'));
    expect(JSON.parse(ready.text)).toEqual({
      status: 'ok',
      database: 'ok',
      environment: server.envVersion,
      replay: { available: true },
    });
    server.replay.availability = { available: false, reason: 'there is no jail' };
    expect(must(200, await get('/ready')).text).toContain('there is no jail');
    server.replay.availability = { available: true };
  });

  it('is what the API looks like: every route, with the schemas that are really used', async () => {
    const document = JSON.parse(must(200, await visitor.get('/openapi.json')).text) as OpenApi;
    expect(document.openapi).toBe('3.1.0');
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const routes = server.app.routes.map(
      (route) => `${route.method} /api/v1${route.path.replace(/:([a-z_]+)/g, '{$1}')}`,
    );
    expect(new Set(described)).toEqual(new Set(routes));
    const job = document.paths['/api/v1/workspaces/{ws}/jobs']?.['post'];
    expect(job?.parameters.map((parameter) => parameter.name)).toEqual(['ws', 'Idempotency-Key', 'X-CSRF-Token']);
  });

  it('gets answers of the shapes that are described', async () => {
    const document = JSON.parse((await visitor.get('/openapi.json')).text) as OpenApi;
    const client = await registered(server);
    const { job, documentId, revisionId } = await claimedJob(client);
    const ajv = new Ajv2020({ strict: false });
    const answers: [string, string][] = [
      ['/session', '/session'],
      ['/sessions', '/sessions'],
      ['/workspaces', '/workspaces'],
      ['/workspaces/{ws}', `/workspaces/${client.workspaceId}`],
      ['/workspaces/{ws}/settings', `/workspaces/${client.workspaceId}/settings`],
      ['/workspaces/{ws}/usage', `/workspaces/${client.workspaceId}/usage`],
      ['/workspaces/{ws}/members', `/workspaces/${client.workspaceId}/members`],
      ['/workspaces/{ws}/projects', `/workspaces/${client.workspaceId}/projects`],
      ['/workspaces/{ws}/documents', `/workspaces/${client.workspaceId}/documents`],
      ['/workspaces/{ws}/jobs', `/workspaces/${client.workspaceId}/jobs`],
      ['/workspaces/{ws}/artifacts', `/workspaces/${client.workspaceId}/artifacts`],
      ['/workspaces/{ws}/audit', `/workspaces/${client.workspaceId}/audit`],
      ['/documents/{doc}', `/documents/${documentId}`],
      ['/documents/{doc}/revisions', `/documents/${documentId}/revisions`],
      ['/revisions/{rev}', `/revisions/${revisionId}`],
      ['/revisions/{rev}/outputs', `/revisions/${revisionId}/outputs`],
      ['/jobs/{job}', `/jobs/${job.id}`],
      ['/jobs/{job}/result', `/jobs/${job.id}/result`],
      ['/jobs/{job}/verdict', `/jobs/${job.id}/verdict`],
      ['/environments', '/environments'],
      ['/keys', '/keys'],
    ];
    for (const [described, path] of answers) {
      const schema =
        document.paths[`/api/v1${described}`]?.['get']?.responses['200']?.content['application/json'].schema;
      expect([path, typeof schema]).toEqual([path, 'object']);
      const check = ajv.compile(schema ?? false);
      const reply = must(200, await client.get(path));
      check(JSON.parse(reply.text));
      expect([path, check.errors]).toEqual([path, null]);
    }
  });
});

interface OpenApi {
  openapi: string;
  paths: Record<
    string,
    Record<
      string,
      {
        parameters: { name: string }[];
        responses: Record<string, { content: Record<'application/json', { schema: object }> }>;
      }
    >
  >;
}
