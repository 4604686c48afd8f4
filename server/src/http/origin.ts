/** Whose request is this? Host, Origin and Fetch Metadata, before anything else is believed. */
import { isIP } from 'node:net';
import type { Context, Middleware } from 'koa';
import type { Dependencies } from '../dependencies.ts';
import { Problem } from '../errors.ts';

const LOOPBACK_NAMES = ['127.0.0.1', 'localhost', '[::1]'];

/** The origin that this request addresses, e.g. `http://127.0.0.1:8080`; only after `hostGuard`. */
export function originOf(deps: Pick<Dependencies, 'configuration'>, context: Context): string {
  return deps.configuration.origin ?? `http://${context.get('Host').toLowerCase()}`;
}

/** The client's address, without the port; behind proxies as koa takes it from X-Forwarded-For. */
export function addressOf(context: Context): string | null {
  return isIP(context.ip) === 0 ? null : context.ip;
}

/**
 * Answers 421 for a Host that is not ours: a page that rebinds its own name to 127.0.0.1 is refused. Without a configured origin only
 * the names of the loopback interface with the very port of the socket are ours.
 */
export function hostGuard(deps: Pick<Dependencies, 'configuration'>): Middleware {
  const configured = deps.configuration.origin === null ? null : new URL(deps.configuration.origin).host;
  return async function hostGuard(context, next) {
    const host = context.get('Host').toLowerCase();
    const port = context.req.socket.localPort;
    const ours =
      configured === null
        ? LOOPBACK_NAMES.some((name) => host === `${name}:${port}` || (port === 80 && host === name))
        : host === configured;
    if (!ours) throw new Problem('foreign_host');
    await next();
  };
}

/**
 * Refuses unsafe requests that another site made somebody's browser send (OWASP: Fetch Metadata first, Origin where it is absent).
 * @param cookies whether the request came with a session: then one of the two headers has to be there
 * @throws Problem foreign_origin
 */
export function checkSameOrigin(deps: Pick<Dependencies, 'configuration'>, context: Context, cookies: boolean): void {
  const site = context.get('Sec-Fetch-Site');
  if (site !== '') {
    if (site === 'same-origin' || site === 'none') return;
    throw new Problem('foreign_origin');
  }
  const origin = context.get('Origin');
  if (origin !== '') {
    if (origin === originOf(deps, context)) return;
    throw new Problem('foreign_origin');
  }
  if (cookies) throw new Problem('foreign_origin', { detail: 'The request names neither Sec-Fetch-Site nor Origin.' });
}
