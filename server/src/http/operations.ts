/** Health, readiness, keys and the description of the API itself. */
import { Type } from 'typebox';
import type { Middleware } from 'koa';
import type { Dependencies } from '../dependencies.ts';
import { closed } from '../schemas.ts';
import { openApi } from './openapi.ts';
import { publicRoute, type Route } from './route.ts';

const KeyView = Type.Object(
  {
    key_id: Type.String(),
    algorithm: Type.Literal('ed25519'),
    public_key_pem: Type.String(),
    jwk: Type.Record(Type.String(), Type.String()),
  },
  closed,
);

/** @param others all other routes of the API, to be described */
export function operationRoutes(deps: Dependencies, others: readonly Route[], prefix: string): Route[] {
  const keys = publicRoute({
    method: 'GET',
    path: '/keys',
    summary: 'The public keys that attestations are signed with',
    rate: 'api',
    answers: { 200: Type.Object({ keys: Type.Array(KeyView) }, closed) },
    handler: async () => ({ body: { keys: [deps.keys.attestation.publicKey] } }),
  });
  const description = publicRoute({
    method: 'GET',
    path: '/openapi.json',
    summary: 'This API, described in OpenAPI 3.1',
    rate: 'api',
    answers: { 200: Type.Record(Type.String(), Type.Unknown()) },
    handler: async () => ({ body: document }),
  });
  const document = openApi([...others, keys, description], prefix);
  return [keys, description];
}

/** `/health`: the process answers. `/ready`: it can do its work, and whether that includes replay. */
export function healthChecks(deps: Dependencies): Middleware {
  return async function healthChecks(context, next) {
    const safe = context.method === 'GET' || context.method === 'HEAD';
    if (safe && context.path === '/health') {
      context.status = 200;
      context.body = { status: 'ok' };
    } else if (safe && context.path === '/ready') {
      const readiness = await readinessOf(deps);
      context.status = readiness.status === 'ok' ? 200 : 503;
      context.set('Cache-Control', 'no-store');
      context.body = readiness;
    } else {
      await next();
    }
  };
}

async function readinessOf(deps: Dependencies) {
  const replay = deps.replay();
  const database = await deps.database.raw('select 1').then(
    () => 'ok' as const,
    () => 'unavailable' as const,
  );
  const current = await deps.environments.current('python');
  return {
    status: database === 'ok' && current !== null ? ('ok' as const) : ('unavailable' as const),
    database,
    environment: current?.env_version ?? null,
    replay: replay.available ? { available: true } : { available: false, reason: replay.reason },
  };
}
