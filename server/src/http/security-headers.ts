/** Headers that every answer carries, errors included; pages and frames then set their own Content-Security-Policy. */
import type { Middleware } from 'koa';
import helmet from 'koa-helmet';
import type { Dependencies } from '../dependencies.ts';

export function securityHeaders(deps: Pick<Dependencies, 'configuration'>): Middleware {
  const https = deps.configuration.origin?.startsWith('https://') ?? false;
  return helmet({
    // JSON and files need nothing; what is a page says what it needs.
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
    },
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginEmbedderPolicy: { policy: 'require-corp' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    originAgentCluster: true,
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: https ? { maxAge: 63_072_000, includeSubDomains: false } : false,
    xContentTypeOptions: true,
    xDnsPrefetchControl: { allow: false },
    xFrameOptions: false,
    xXssProtection: false,
  });
}
