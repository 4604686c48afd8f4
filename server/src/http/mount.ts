/** Turns the route table into a router: each row's guards run in one fixed order, then its handler. */
import { createHash, timingSafeEqual } from 'node:crypto';
import Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import type { TObject, TSchema } from 'typebox';
import { openScope } from './membership.ts';
import type { UserRow } from '../database/rows.ts';
import type { Dependencies } from '../dependencies.ts';
import { Problem } from '../errors.ts';
import { readBody } from './body.ts';
import { once, readIdempotencyKey } from './idempotency.ts';
import { parseJson } from './json.ts';
import { addressOf, checkSameOrigin } from './origin.ts';
import type { RateLimits } from './rate-limit.ts';
import { requestIdOf, noteForLog } from './request-log.ts';
import type { Actor, Answer, Route } from './route.ts';
import type { SessionHandle, Sessions } from './session.ts';
import { type Validator, validator } from './validate.ts';

export const API_PREFIX = '/api/v1';

const SAFE_METHODS = new Set(['GET', 'HEAD']);

export function mount(deps: Dependencies, routes: readonly Route[], sessions: Sessions, limits: RateLimits): Router {
  const router = new Router({ prefix: API_PREFIX });
  for (const route of routes) {
    const run = guarded(deps, route, sessions, limits);
    router.register(route.path, [route.method], async (context: Context) => respond(context, await run(context)));
  }
  return router;
}

/** Behind the router: a path that exists for other methods only. */
export function methodNotAllowed(router: Router): Middleware {
  return async function methodNotAllowed(context) {
    const { path } = router.match(context.path, context.method);
    if (path.length === 0) throw new Problem('not_found');
    const allowed = [...new Set(path.flatMap((layer) => layer.methods))].join(', ');
    throw new Problem('method_not_allowed', { headers: { Allow: allowed } });
  };
}

function guarded(
  deps: Dependencies,
  route: Route,
  sessions: Sessions,
  limits: RateLimits,
): (context: Context) => Promise<Answer> {
  const checkParams = optional(route.params, 'path');
  const checkQuery = optional(route.query, 'query');
  const checkBody = optional(route.body, 'body');
  const bodyLimit = route.bodyLimit ?? deps.configuration.body.jsonBytes;

  return async (context) => {
    context.vary('Cookie, Origin, Sec-Fetch-Site');
    const session = sessions.handle(context);
    const actor = await authenticate(deps, route, context, session);
    noteForLog(context, { user_id: actor?.id });

    const subject = actor === null ? `ip ${addressOf(context)}` : `user ${actor.id}`;
    context.set(await limits.consume(route.rate, subject));

    const params = checkParams(context['params'] ?? {});
    // A signed link's query is its own: whoever checks the signature reads it.
    const query = route.authentication === 'signature' ? {} : checkQuery(readQuery(context));
    const bytes = route.body === undefined ? null : await readBody(context, bodyLimit);
    const body = bytes === null ? undefined : checkBody(parseJson(bytes));

    const permission = route.permission;
    const found =
      permission === null || actor === null
        ? null
        : await openScope(
            deps.database,
            actor,
            permission.sentence,
            permission.resource,
            parameterOf(params, permission.parameter),
          );
    if (found !== null) noteForLog(context, { workspace_id: found.workspaceId });

    const call = {
      params,
      query,
      body,
      session,
      actor,
      scope: found,
      origin: { ip: addressOf(context), user_agent: context.get('User-Agent') || null },
      requestId: requestIdOf(context),
      koa: context,
    };
    // Safe: `authenticate` has thrown where the route needs an actor and there is none; the scope is there where it has a permission.
    const work = () => route.handler(call as Parameters<Route['handler']>[0]);
    if (route.idempotency !== 'required' || actor === null) return work();
    const bodyHash = createHash('sha256')
      .update(bytes ?? '')
      .digest();
    const key = readIdempotencyKey(context.get('Idempotency-Key'));
    return once(
      deps,
      { key, userId: actor.id, route: `${context.method} ${context.path}`, bodyHash, requestId: call.requestId },
      work,
    );
  };
}

async function authenticate(
  deps: Dependencies,
  route: Route,
  context: Context,
  session: SessionHandle,
): Promise<Actor | null> {
  const row =
    session.userId === null ? undefined : await deps.database<UserRow>('users').where({ id: session.userId }).first();
  if (route.authentication === 'session' && row === undefined) throw new Problem('not_signed_in');
  // A signed link carries its own authority: the cookie, and therefore its forgery, plays no part.
  if (!SAFE_METHODS.has(context.method) && route.authentication !== 'signature') {
    checkSameOrigin(deps, context, session.id !== null);
    if (session.id !== null) checkToken(session.csrfToken, context.get('X-CSRF-Token'));
  }
  return row === undefined ? null : { id: row.id, email: row.email, name: row.name };
}

function checkToken(expected: string | null, given: string): void {
  const [a, b] = [expected ?? '', given].map((token) => createHash('sha256').update(token).digest());
  if (expected === null || a === undefined || b === undefined || !timingSafeEqual(a, b))
    throw new Problem('csrf_token');
}

/** Parameters of the query, each at most once. */
function readQuery(context: Context): Record<string, string> {
  const query: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(context.querystring)) {
    if (Object.hasOwn(query, name))
      throw new Problem('bad_request', { detail: `The query names ${JSON.stringify(name.slice(0, 64))} twice.` });
    query[name] = value;
  }
  return query;
}

function optional(schema: TObject | TSchema | undefined, part: 'body' | 'query' | 'path'): Validator<TSchema> {
  if (schema !== undefined) return validator(schema, part);
  return (value) => (part === 'body' ? undefined : value);
}

function parameterOf(params: unknown, name: string): string {
  const value: unknown = typeof params === 'object' && params !== null ? Reflect.get(params, name) : undefined;
  if (typeof value !== 'string') throw new TypeError(`the route has no parameter ${name}`);
  return value;
}

function respond(context: Context, answer: Answer): void {
  context.status = answer.status ?? (answer.body === undefined ? 204 : 200);
  // Answers are about one person at one moment; what may be cached says so itself.
  context.set('Cache-Control', 'no-store');
  if (answer.body !== undefined) {
    const streamed = answer.body instanceof Uint8Array || isStream(answer.body);
    context.body = streamed ? answer.body : JSON.stringify(answer.body);
    if (!streamed) context.type = 'application/json; charset=utf-8';
  }
  context.set(answer.headers ?? {});
}

function isStream(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'pipe' in value && typeof value.pipe === 'function';
}
