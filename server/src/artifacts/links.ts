/**
 * Signed links: HMAC-SHA256 over everything that the link allows. Whoever holds a link may do this one thing until it runs out; nothing
 * in it can be exchanged. The holder is not trusted, nor is anything that the link says before its signature has been checked.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { Problem } from '../errors.ts';
import type { LinkKey } from '../keys/keyring.ts';

const VERSION = '1';
/** A link never works longer than this, ms, whatever the configuration says. */
export const MAXIMUM_LIFETIME_MS = 5 * 60_000;

/** What a link is for. `path` is decoded once, as the router matches it. */
export interface LinkTarget {
  method: 'GET' | 'PUT';
  /** Host (with port) that serves the link. */
  host: string;
  path: string;
}

export interface LinkFields {
  digest: string;
  /** Bytes: exactly this many are accepted or served. */
  size: string;
  type: string;
  workspace: string;
  /** User id of the person whom the link was made for; their rights are checked again when it is used. */
  subject: string;
}

const FIELD_NAMES = ['digest', 'size', 'type', 'workspace', 'subject'] as const satisfies readonly (keyof LinkFields)[];
/** The query of a link has these parameters, each once, and no others. */
const PARAMETERS = ['v', 'kid', ...FIELD_NAMES, 'expires', 'nonce', 'signature'] as const;

/** The query string of a link that works until `expiresMs`. */
export function signLink(
  key: LinkKey,
  target: LinkTarget,
  fields: LinkFields,
  expiresMs: number,
  nonce: string,
): string {
  const query = new URLSearchParams({ v: VERSION, kid: key.id, ...fields, expires: String(expiresMs), nonce });
  query.set('signature', signatureOf(key, target, query).toString('base64url'));
  return query.toString();
}

/** @throws Problem bad_signature, always the same one: an attacker learns nothing about which check failed. */
export function verifyLink(key: LinkKey, target: LinkTarget, query: URLSearchParams, nowMs: number): LinkFields {
  const names = [...query.keys()].toSorted();
  const expected = [...PARAMETERS].toSorted();
  const wellFormed = names.length === expected.length && names.every((name, index) => name === expected[index]);
  const given = Buffer.from(query.get('signature') ?? '', 'base64url');
  const right = signatureOf(key, target, query);
  const signed = given.length === right.length && timingSafeEqual(given, right);
  const expires = Number(query.get('expires'));
  const inTime = Number.isSafeInteger(expires) && nowMs < expires && expires <= nowMs + MAXIMUM_LIFETIME_MS;
  if (!wellFormed || !signed || !inTime || query.get('v') !== VERSION || query.get('kid') !== key.id)
    throw new Problem('bad_signature');
  const [digest = '', size = '', type = '', workspace = '', subject = ''] = FIELD_NAMES.map(
    (name) => query.get(name) ?? '',
  );
  return { digest, size, type, workspace, subject };
}

function signatureOf(key: LinkKey, target: LinkTarget, query: URLSearchParams): Buffer {
  const parameters = [...query]
    .filter(([name]) => name !== 'signature')
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  // JSON separates the parts without ambiguity.
  const message = JSON.stringify(['praxis link', VERSION, target.method, target.host, target.path, parameters]);
  return createHmac('sha256', key.secret).update(message, 'utf8').digest();
}
