/** Content security policies of the pages. The application's page is ours; what the frames show or run is a stranger's. */
import { createHash } from 'node:crypto';

/** Where the application's page keeps the nonce that its style sheets carry; replaced in every answer. */
export const NONCE_PLACEHOLDER = '__PRAXIS_NONCE__';

/** Where it keeps the `env_version` of new notebooks; nothing where there is none. */
export const ENVIRONMENT_PLACEHOLDER = '__PRAXIS_ENVIRONMENT__';

/** Where it keeps the one in which its kernel is likely to be. */
export const LIKELY_ENVIRONMENT_PLACEHOLDER = '__PRAXIS_LIKELY_ENVIRONMENT__';

/** Names of the Trusted Types policies that the client makes. */
const TRUSTED_TYPES = ['praxis-markdown', 'praxis-worker', 'dompurify'];

const policy = (directives: readonly (readonly string[])[]): string =>
  directives.map((directive) => directive.join(' ')).join('; ');

export function applicationPolicy(origin: string, nonce: string): string {
  return policy([
    ['default-src', "'none'"],
    ['script-src', "'self'"],
    // The editor makes its style sheet while it runs; the nonce is its permission.
    ['style-src', "'self'", `'nonce-${nonce}'`],
    ['img-src', "'self'", 'blob:', 'data:'],
    ['font-src', "'self'"],
    ['connect-src', "'self'"],
    ['frame-src', "'self'"],
    // One worker reads notebook files. It is a script of the build, which comes with a policy of its own that allows it nothing.
    ['worker-src', `${origin}/assets/`],
    ['manifest-src', "'self'"],
    ['base-uri', "'none'"],
    ['form-action', "'none'"],
    ['frame-ancestors', "'none'"],
    ['require-trusted-types-for', "'script'"],
    ['trusted-types', ...TRUSTED_TYPES],
  ]);
}

/**
 * The frame that runs guests: an opaque origin whose only powers are its own script, WebAssembly, and workers of that script. Never `blob:` or
 * `data:` in script-src: a worker could then import what it likes.
 */
export function sandboxPolicy(origin: string, html: string): string {
  return policy([
    ['sandbox', 'allow-scripts'],
    ['default-src', "'none'"],
    ['script-src', `${origin}/frames/`, "'wasm-unsafe-eval'", ...inlineScriptHashes(html)],
    // WebKit starts no worker from a blob in an opaque origin; the frame then tries the same script as data.
    ['worker-src', 'blob:', 'data:'],
    ['connect-src', "'none'"],
    ['base-uri', "'none'"],
    ['form-action', "'none'"],
    ['frame-ancestors', "'self'"],
  ]);
}

/** The frame that shows active HTML of a guest: it may run scripts, and reach nothing and nobody. */
export function outputPolicy(): string {
  return policy([
    ['sandbox', 'allow-scripts'],
    ['default-src', "'none'"],
    ['script-src', "'unsafe-inline'"],
    ['style-src', "'unsafe-inline'"],
    ['img-src', 'data:', 'blob:'],
    ['font-src', 'data:'],
    ['media-src', 'data:', 'blob:'],
    ['connect-src', "'none'"],
    ['worker-src', "'none'"],
    ['frame-src', "'none'"],
    ['object-src', "'none'"],
    ['base-uri', "'none'"],
    ['form-action', "'none'"],
    ['frame-ancestors', "'self'"],
  ]);
}

/** Our build writes a frame's own script into the frame: its hash, and no other inline script's, is allowed. */
function inlineScriptHashes(html: string): string[] {
  return [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(
    ([, code = '']) => `'sha256-${createHash('sha256').update(code, 'utf8').digest('base64')}'`,
  );
}
