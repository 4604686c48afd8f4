/** `GET /assets/environments/<hex>/<file>`: files that never change, so that every cache may keep them for good. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Middleware } from 'koa';
import type { EnvironmentCatalogue } from './catalogue.ts';
import type { RateLimits } from '../http/rate-limit.ts';
import { addressOf } from '../http/origin.ts';

const PATH = /^\/assets\/environments\/([0-9a-f]{64})\/([a-z0-9][a-z0-9._-]{0,63})$/;

const TYPES: Record<string, string> = {
  json: 'application/json',
  js: 'text/javascript',
  mjs: 'text/javascript',
  wasm: 'application/wasm',
};

export function environmentAssets(catalogue: EnvironmentCatalogue, limits: RateLimits): Middleware {
  return async function environmentAssets(context, next) {
    const match = PATH.exec(context.path);
    const [, hex, file] = match ?? [];
    if (hex === undefined || file === undefined || (context.method !== 'GET' && context.method !== 'HEAD')) {
      await next();
      return;
    }
    context.set(await limits.consume('assets', `ip ${addressOf(context)}`));
    const path = join(catalogue.directory, hex, file);
    const compressed = context.acceptsEncodings('br', 'identity') === 'br' ? await openFile(`${path}.br`) : null;
    const opened = compressed ?? (await openFile(path));
    // Falls through to the common 404.
    if (opened === null) return;
    context.status = 200;
    context.set({
      'Cache-Control': 'public, max-age=31536000, immutable',
      Vary: 'Accept-Encoding',
      // Sandbox frames of opaque origin get their bytes from the page, yet scripts among the files may be named by them.
      'Cross-Origin-Resource-Policy': 'cross-origin',
      'Content-Type': TYPES[file.slice(file.lastIndexOf('.') + 1)] ?? 'application/octet-stream',
      ...(compressed === null ? {} : { 'Content-Encoding': 'br' }),
    });
    context.length = opened.size;
    context.body = opened.file.createReadStream();
  };
}

async function openFile(path: string) {
  try {
    const file = await open(path, 'r');
    return { file, size: (await file.stat()).size };
  } catch {
    return null;
  }
}
