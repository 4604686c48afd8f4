/**
 * The authorisation walk: every route of the table, called by every kind of person. A new route is walked without anybody having to
 * remember it; one whose parameters the walk does not know makes the test fail.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Route } from '../../server/src/http/route.ts';
import { may, SENTENCES } from '../../server/src/policy.ts';
import { Client, must, registered } from '../support/server/client.ts';
import { claimedJob, reserve, sha256 } from '../support/server/flows.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

type Who = 'owner' | 'editor' | 'viewer' | 'stranger' | 'anonymous';

let server: TestServer;
let people: Record<Who, Client>;
let values: Record<string, string>;

beforeAll(async () => {
  server = await startServer();
  const [owner, editor, viewer, stranger] = [
    await registered(server),
    await registered(server),
    await registered(server),
    await registered(server),
  ];
  const members = `/workspaces/${owner.workspaceId}/members`;
  must(201, await owner.post(members, { email: editor.email, role: 'editor' }));
  must(201, await owner.post(members, { email: viewer.email, role: 'viewer' }));
  const anonymous = new Client(server);
  anonymous.adopt(await anonymous.get('/session'));
  people = { owner, editor, viewer, stranger, anonymous };
  // So that a rotation after the change of role does not happen in the middle of the walk.
  for (const person of [editor, viewer]) await person.get('/session');
  const claimed = await claimedJob(owner);
  const upload = must(201, await reserve(owner, new TextEncoder().encode('reserved'), 'text/plain')).body.upload_id;
  const projects = (await owner.get(`/workspaces/${owner.workspaceId}/projects`)).body.items;
  values = {
    ws: owner.workspaceId,
    doc: claimed.documentId,
    rev: claimed.revisionId,
    job: claimed.job.id,
    user: stranger.userId,
    digest: sha256('nothing'),
    env_version: server.envVersion,
    id: '',
    upload,
    project: projects[0]?.id ?? '',
  };
});
afterAll(() => server.close());

function pathOf(route: Route): string {
  const path = route.path.replace(/:([a-z_]+)/g, (_match, name: string) => {
    const special: Record<string, string | undefined> = { upload: values['upload'], workspace: values['project'] };
    const ofId = name === 'id' ? special[route.permission?.resource ?? ''] : undefined;
    const value = ofId ?? (values[name] || '0197f3a0-0000-7000-8000-000000000000');
    if (!Object.hasOwn(values, name)) throw new Error(`the walk knows no value for :${name}`);
    return encodeURIComponent(value);
  });
  return route.query !== undefined && route.path.endsWith('/export') ? `${path}?format=ipynb` : path;
}

/** Passes no schema, so that those who may change something change nothing; the guards before it have run all the same. */
const PROBE = { 'this field exists nowhere': true };

async function call(who: Who, route: Route): Promise<{ status: number; code: string }> {
  const client = people[who];
  const headers = { 'Idempotency-Key': `walk-${who}-${Math.random()}` };
  const reply = await client.call(
    route.method,
    pathOf(route),
    route.body === undefined ? { headers } : { headers, body: validBody(route) },
  );
  return { status: reply.status, code: reply.body.code };
}

/** Bodies that pass the schema, so that the permission decides, and that then fail or change nothing that matters. */
function validBody(route: Route): unknown {
  const nothing = '0197f3a0-0000-7000-8000-000000000000';
  const bodies: Record<string, unknown> = {
    'POST /auth/register': PROBE,
    'POST /auth/login': PROBE,
    'POST /auth/password': { current_password: 'not it', new_password: 'something else' },
    'POST /workspaces': { name: 'walked' },
    'PATCH /workspaces/:ws': { name: 'walked' },
    'PATCH /workspaces/:ws/settings': { execution_enabled: true },
    'POST /workspaces/:ws/members': { email: 'nobody@example.org', role: 'viewer' },
    'PATCH /workspaces/:ws/members/:user': { role: 'viewer' },
    'POST /workspaces/:ws/projects': { name: 'walked' },
    'PATCH /workspaces/:ws/projects/:id': { name: 'walked' },
    'POST /workspaces/:ws/documents': { title: 'walked' },
    'PATCH /documents/:doc': { title: 'walked' },
    'POST /documents/:doc/revisions': { parent_revision_id: null, objects: [] },
    'POST /documents/:doc/import': { format: 'ipynb', content: 'no notebook' },
    'POST /workspaces/:ws/jobs': { job_type: 'document_execute', document_revision_id: nothing, executor: 'client' },
    'POST /jobs/:job/claim': { record: minimalRecord() },
    'POST /workspaces/:ws/uploads': { digest: sha256('walk'), size_bytes: 4, media_type: 'text/plain' },
  };
  const body = bodies[`${route.method} ${route.path}`];
  if (body === undefined) throw new Error(`the walk knows no body for ${route.method} ${route.path}`);
  return body;
}

const minimalRecord = () => ({
  schema_version: '1.0',
  program_digest: sha256(''),
  env_version: server.envVersion,
  outcome: 'succeeded',
  error: null,
  fuel: 0,
  memory_bytes_peak: 0,
  steps: [],
  artifacts: [],
});

const nameOf = (route: Route): string => `${route.method} ${route.path}`;
/** Run last: it ends the session of whoever calls it. */
const ENDS_SESSION = 'POST /auth/logout';
/** Changes what the others are walked with. */
const DESTROYS = ['DELETE /documents/:doc', 'DELETE /workspaces/:ws/projects/:id'];

describe('every route', () => {
  it('is walked by everybody', async () => {
    const routes = server.app.routes.filter((route) => nameOf(route) !== ENDS_SESSION);
    const ordered = [
      ...routes.filter((route) => !DESTROYS.includes(nameOf(route))),
      ...routes.filter((route) => DESTROYS.includes(nameOf(route))),
    ];
    expect(ordered.length).toBeGreaterThan(45);
    const surprises: string[] = [];
    for (const route of ordered) {
      // Owners last: only they can take something away.
      for (const who of ['anonymous', 'stranger', 'viewer', 'editor', 'owner'] as const) {
        const { status, code } = await call(who, route);
        const wrong = judge(route, who, status, code);
        if (wrong !== null) surprises.push(`${who} ${nameOf(route)}: ${wrong}, got ${status} ${code}`);
      }
    }
    expect(surprises).toEqual([]);
  });

  it('that belongs to a workspace says who may use it, in a sentence that exists', () => {
    for (const route of server.app.routes) {
      if (!/:(ws|doc|rev|job)\b/.test(route.path)) continue;
      expect([nameOf(route), route.permission?.sentence ?? 'none']).toEqual([
        nameOf(route),
        expect.toBeOneOf(Object.keys(SENTENCES)),
      ]);
    }
  });

  it('that is open to everybody is one of these', () => {
    const open = server.app.routes.filter((route) => route.authentication !== 'session').map(nameOf);
    expect(new Set(open)).toEqual(
      new Set([
        'GET /session',
        'POST /auth/register',
        'POST /auth/login',
        'GET /environments',
        'GET /environments/:env_version',
        'GET /keys',
        'GET /openapi.json',
        'PUT /uploads/:id/content',
        'GET /artifacts/:id/content',
      ]),
    );
  });

  it('that ends a session needs one', async () => {
    expect((await people.anonymous.post('/auth/logout')).status).toBe(401);
    must(204, await people.viewer.post('/auth/logout'));
  });
});

/** What is wrong with this answer, or null. */
function judge(route: Route, who: Who, status: number, code: string): string | null {
  if (status >= 500) return 'a failure of the server';
  if (route.authentication === 'signature') return code === 'bad_signature' ? null : 'expected bad_signature';
  if (route.authentication === 'none') return status === 401 || status === 403 ? 'expected it to be open' : null;
  if (who === 'anonymous') return status === 401 ? null : 'expected 401';
  const { permission } = route;
  if (permission === null) return status === 401 && code !== 'bad_credentials' ? 'expected it to be allowed' : null;
  if (who === 'stranger') return status === 404 && code === 'not_found' ? null : 'expected 404';
  const allowed = may(who, permission.sentence);
  if (!allowed) return status === 403 && code === 'role_too_low' ? null : 'expected 403 role_too_low';
  return code === 'role_too_low' || status === 401 ? 'expected it to be allowed' : null;
}

describe('what does not exist', () => {
  it('cannot be told from what belongs to somebody else', async () => {
    const nothing = '0197f3a0-0000-7000-8000-000000000000';
    for (const [kind, id] of [
      ['documents', values['doc']],
      ['revisions', values['rev']],
      ['jobs', values['job']],
      ['workspaces', values['ws']],
    ]) {
      const foreign = await people.stranger.get(`/${kind}/${id}`);
      const missing = await people.stranger.get(`/${kind}/${nothing}`);
      const odd = await people.stranger.get(`/${kind}/not-an-id`);
      expect([foreign.status, missing.status, odd.status]).toEqual([404, 404, 404]);
      expect({ ...foreign.body, request_id: '' }).toEqual({ ...missing.body, request_id: '' });
    }
  });

  it('includes the things of others inside of our own', async () => {
    const { stranger } = people;
    const job = { job_type: 'document_execute', document_revision_id: values['rev'], executor: 'client' };
    expect((await stranger.post(`/workspaces/${stranger.workspaceId}/jobs`, job)).status).toBe(404);
    const document = { title: 'x', project_id: values['project'] };
    expect((await stranger.post(`/workspaces/${stranger.workspaceId}/documents`, document)).status).toBe(422);
    expect(
      (await stranger.patch(`/workspaces/${stranger.workspaceId}/projects/${values['project']}`, { name: 'x' })).status,
    ).toBe(404);
    expect((await stranger.delete(`/workspaces/${stranger.workspaceId}/members/${people.owner.userId}`)).status).toBe(
      404,
    );
  });
});
