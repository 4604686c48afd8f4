/** Builds the application from its dependencies. It does not listen, read the environment, or handle signals. */
import Koa from 'koa';
import { artifactRoutes } from './artifacts/routes.ts';
import { artifacts } from './artifacts/service.ts';
import { auditRoutes } from './audit/routes.ts';
import type { Dependencies } from './dependencies.ts';
import { documentRoutes } from './documents/routes.ts';
import { documents } from './documents/service.ts';
import { environmentAssets } from './environments/assets.ts';
import { environmentRoutes } from './environments/routes.ts';
import { exportRoutes } from './exports/routes.ts';
import { API_PREFIX, methodNotAllowed, mount } from './http/mount.ts';
import { healthChecks, operationRoutes } from './http/operations.ts';
import { hostGuard } from './http/origin.ts';
import { problems } from './http/problem.ts';
import { rateLimits } from './http/rate-limit.ts';
import { requestLog } from './http/request-log.ts';
import type { Route } from './http/route.ts';
import { securityHeaders } from './http/security-headers.ts';
import { sessions } from './http/session.ts';
import { identityRoutes } from './identity/routes.ts';
import { identity } from './identity/service.ts';
import { jobRoutes } from './jobs/routes.ts';
import { jobs } from './jobs/service.ts';
import { DOCUMENT_PAGE, likelyEnvironments } from './pages/likely.ts';
import { pages } from './pages/pages.ts';
import { workspaceRoutes } from './workspaces/routes.ts';
import { workspaces } from './workspaces/service.ts';
import { usage } from './workspaces/usage.ts';

export interface App {
  koa: Koa;
  /** The route table, as OpenAPI and the tests see it. */
  routes: readonly Route[];
  /** Frees what was reserved, leased or kept for too long. Whoever runs the server calls it every minute or so. */
  sweep(): Promise<void>;
}

/** How long an idempotency key, or a file that nobody finished, is of use, ms. */
const DAY_MS = 24 * 60 * 60_000;

const isApi = (path: string): boolean => path.startsWith(`${API_PREFIX}/`);

/** Files carry no session, nor do pages but those of documents. */
const hasSession = (path: string): boolean => isApi(path) || DOCUMENT_PAGE.test(path);

function where(matches: (path: string) => boolean, middleware: Koa.Middleware): Koa.Middleware {
  return async function where(context, next) {
    if (matches(context.path)) await middleware(context, next);
    else await next();
  };
}

export function createApp(deps: Dependencies): App {
  const limits = rateLimits(deps.configuration.rates);
  const used = usage(deps);
  const documentService = documents(deps);
  const artifactService = artifacts(deps, used);
  const jobService = jobs(deps, documentService, used);

  const featureRoutes: Route[] = [
    ...identityRoutes(identity(deps, limits)),
    ...workspaceRoutes(workspaces(deps), used),
    ...documentRoutes(documentService, deps.configuration),
    ...exportRoutes(deps, documentService, jobService),
    ...jobRoutes(jobService, deps.configuration),
    ...artifactRoutes(artifactService),
    ...environmentRoutes(deps),
    ...auditRoutes(),
  ];
  const routes = [...featureRoutes, ...operationRoutes(deps, featureRoutes, API_PREFIX)];

  const koa = new Koa({ proxy: deps.configuration.trustedProxies > 0, maxIpsCount: deps.configuration.trustedProxies });
  koa.silent = true;
  koa.on('error', (error: unknown) => {
    // Only what happens after the answer has begun, such as a client that went away, comes here.
    deps.log.debug({ error: error instanceof Error ? error.name : 'unknown' }, 'connection error');
  });
  const sessionParts = sessions(deps, koa);
  const router = mount(deps, routes, sessionParts, limits);

  koa.use(requestLog(deps));
  koa.use(securityHeaders(deps));
  koa.use(problems(deps));
  koa.use(hostGuard(deps));
  koa.use(healthChecks(deps));
  koa.use(environmentAssets(deps.environments, limits));
  for (const middleware of sessionParts.middleware) koa.use(where(hasSession, middleware));
  koa.use(router.routes());
  koa.use(where(isApi, methodNotAllowed(router)));
  if (deps.clientDirectory !== null) koa.use(pages(deps, deps.clientDirectory, likelyEnvironments(deps, sessionParts)));

  return {
    koa,
    routes,
    async sweep() {
      await artifactService.expireUploads();
      await jobService.expireLeases();
      const now = deps.clock();
      await deps.blobs.discardBefore(now - DAY_MS);
      await deps.database('sessions').where('expires_at', '<', new Date(now).toISOString()).delete();
      await deps
        .database('idempotency_keys')
        .where('created_at', '<', new Date(now - DAY_MS).toISOString())
        .delete();
    },
  };
}
