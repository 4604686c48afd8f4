/**
 * A vite plugin: `<script data-inline src="/src/….ts"></script>` becomes one classic script inside the page.
 * A frame of opaque origin cannot load module scripts (they need CORS), so its pages carry their script themselves.
 */
import { join } from 'node:path';
import { build, type Plugin } from 'vite';

const MARK = /<script data-inline src="(\/src\/[a-z0-9/-]+\.ts)"><\/script>/g;

export function inlineScripts(): Plugin {
  let root = '';
  return {
    name: 'praxis-inline-scripts',
    configResolved(config) {
      root = config.root;
    },
    transformIndexHtml: {
      order: 'pre',
      async handler(html) {
        const pieces: string[] = [];
        let end = 0;
        for (const match of html.matchAll(MARK)) {
          pieces.push(html.slice(end, match.index), '<script>', await bundle(join(root, match[1] ?? '')), '</script>');
          end = match.index + match[0].length;
        }
        return pieces.join('') + html.slice(end);
      },
    },
  };
}

async function bundle(entry: string): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'warn',
    resolve: { conditions: ['source'] },
    build: { write: false, target: 'es2022', lib: { entry, formats: ['iife'], name: 'frame' } },
  });
  const output = Array.isArray(result) ? result[0] : result;
  if (output === undefined || !('output' in output)) throw new Error(`${entry}: nothing was built`);
  const chunk = output.output[0];
  if (output.output.length !== 1) throw new Error(`${entry}: an inline script must be one file`);
  if (/<\/script/i.test(chunk.code)) throw new Error(`${entry}: contains </script`);
  return chunk.code;
}
