/** The built client over HTTP: its page for every path that is a page, the frames with headers of their own, and its files. */
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context, Middleware } from 'koa';
import type { Dependencies } from '../dependencies.ts';
import type { Environment } from '../environments/catalogue.ts';
import { originOf } from '../http/origin.ts';
import type { LikelyEnvironment } from './likely.ts';
import {
  applicationPolicy,
  ENVIRONMENT_PLACEHOLDER,
  LIKELY_ENVIRONMENT_PLACEHOLDER,
  NONCE_PLACEHOLDER,
  outputPolicy,
  sandboxPolicy,
} from './policies.ts';

/** Paths that the client routes by itself. */
const APPLICATION_PAGES = /^\/(|verify|d\/[^/]{1,128})$/;
/** Files of the build; segments that begin with a dot are none. */
const FILE = /^(\/[A-Za-z0-9_][A-Za-z0-9._-]{0,200}){1,4}$/;
/** Names that carry a hash of their content never mean anything else. */
const HASHED = /^\/assets\/.+-[A-Za-z0-9_-]{8}\.[a-z0-9]+$/;

const TYPES: Record<string, string> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  ico: 'image/x-icon',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  map: 'application/json',
  png: 'image/png',
  svg: 'image/svg+xml',
  ttf: 'font/ttf',
  txt: 'text/plain; charset=utf-8',
  wasm: 'application/wasm',
  webmanifest: 'application/manifest+json',
  woff: 'font/woff',
  woff2: 'font/woff2',
};

/** @param directory the client's build */
export function pages(deps: Dependencies, directory: string, likelyFor: LikelyEnvironment): Middleware {
  return async function pages(context, next) {
    const { path } = context;
    if (context.method !== 'GET' && context.method !== 'HEAD') await next();
    else if (APPLICATION_PAGES.test(path)) await application(deps, context, directory, likelyFor);
    else if (/^\/frames\/sandbox(\.html)?$/.test(path)) await frame(context, directory, 'sandbox', deps);
    else if (/^\/frames\/output(\.html)?$/.test(path)) await frame(context, directory, 'output', deps);
    else if (FILE.test(path) && !path.endsWith('.html')) await file(context, directory);
    else await next();
  };
}

async function application(
  deps: Dependencies,
  context: Context,
  directory: string,
  likelyFor: LikelyEnvironment,
): Promise<void> {
  const html = await readPage(join(directory, 'index.html'));
  if (html === null) return notBuilt(context);
  const nonce = Buffer.from(deps.random(16)).toString('base64');
  const usual = await deps.environments.current('python');
  const likely = (await likelyFor(context)) ?? usual;
  const filled = html
    .replaceAll(NONCE_PLACEHOLDER, nonce)
    .replaceAll(ENVIRONMENT_PLACEHOLDER, usual?.env_version ?? '')
    .replaceAll(LIKELY_ENVIRONMENT_PLACEHOLDER, likely?.env_version ?? '');
  page(context, filled, applicationPolicy(originOf(deps, context), nonce));
  context.set({ 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' });
  if (likely !== null) context.set('Link', enginePreload(likely));
}

/**
 * What the page asks for as soon as its script runs: browsers that take the hint begin before that. The engine's files are not among it,
 * since a page of a later visit has them, and would not use what came.
 */
function enginePreload({ env_version }: Environment): string {
  const folder = `/assets/environments/${env_version.slice(env_version.indexOf(':') + 1)}`;
  return [`${folder}/manifest.json`, '/frames/worker.js']
    .map((address) => `<${address}>; rel=preload; as=fetch; crossorigin=anonymous`)
    .join(', ');
}

async function frame(
  context: Context,
  directory: string,
  name: 'sandbox' | 'output',
  deps: Dependencies,
): Promise<void> {
  const html = await readPage(join(directory, 'frames', `${name}.html`));
  if (html === null) return notBuilt(context);
  page(context, html, name === 'sandbox' ? sandboxPolicy(originOf(deps, context), html) : outputPolicy());
  context.set({
    'Cross-Origin-Embedder-Policy': 'require-corp',
    // The embedding page requires the permission of whatever it embeds; an opaque origin is nobody's same origin.
    'Cross-Origin-Resource-Policy': 'cross-origin',
  });
  // An opaque origin has an agent cluster of its own already; asking for one makes browsers complain.
  context.remove('Origin-Agent-Cluster');
}

function page(context: Context, html: string, contentSecurityPolicy: string): void {
  context.status = 200;
  context.body = html;
  context.set({
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': contentSecurityPolicy,
    'Cache-Control': 'no-store',
    'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=()',
  });
}

async function file(context: Context, directory: string): Promise<void> {
  const path = join(directory, context.path);
  const compressed = context.acceptsEncodings('br', 'identity') === 'br' ? await openFile(`${path}.br`) : null;
  const opened = compressed ?? (await openFile(path));
  // Falls through to the common 404.
  if (opened === null) return;
  const isFrame = context.path.startsWith('/frames/');
  const hashed = HASHED.test(context.path);
  context.status = 200;
  context.set({
    'Content-Type': TYPES[context.path.slice(context.path.lastIndexOf('.') + 1)] ?? 'application/octet-stream',
    'Cache-Control': hashed ? 'public, max-age=31536000, immutable' : 'no-cache',
    // A frame's script is loaded by an opaque origin.
    'Cross-Origin-Resource-Policy': isFrame ? 'cross-origin' : 'same-origin',
    ETag: opened.etag,
    Vary: 'Accept-Encoding',
    ...(compressed === null ? {} : { 'Content-Encoding': 'br' }),
  });
  if (context.fresh) {
    await opened.file.close();
    context.status = 304;
    return;
  }
  context.length = opened.size;
  context.body = opened.file.createReadStream();
}

async function openFile(path: string) {
  try {
    const opened = await open(path, 'r');
    const stats = await opened.stat();
    if (stats.isFile())
      return { file: opened, size: stats.size, etag: `"${stats.mtimeMs.toString(36)}-${stats.size.toString(36)}"` };
    await opened.close();
  } catch {
    // Whatever cannot be opened is not there.
  }
  return null;
}

async function readPage(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch(() => null);
}

function notBuilt(context: Context): void {
  context.status = 503;
  context.type = 'text/plain; charset=utf-8';
  context.body = 'The client has not been built yet: run "npm run build".\n';
}
