/** Builds the pages: the application, and the frames that show or run what is not trusted. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { defaultClientConditions, defineConfig } from 'vite';
import { inlineScripts } from './build/inline-scripts.ts';
import { preloadPage } from './build/preload-page.ts';
import { precompress } from './build/precompress.ts';
import { sandboxWorker } from './build/sandbox-worker.ts';

const root = import.meta.dirname;
const frames = readdirSync(join(root, 'frames'))
  .filter((file) => file.endsWith('.html'))
  .map((file) => join(root, 'frames', file));

export default defineConfig({
  root,
  appType: 'mpa',
  plugins: [
    inlineScripts(),
    preloadPage('/index.html', '/src/application.tsx'),
    sandboxWorker(join(root, '../wasm-runtime')),
    precompress(join(root, 'dist')),
  ],
  resolve: { conditions: ['source', ...defaultClientConditions] },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  worker: { format: 'es' },
  build: {
    outDir: join(root, 'dist'),
    emptyOutDir: true,
    target: 'es2022',
    // The content security policy allows neither data: fonts nor inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The editor's chunk, which is fetched while the page is read already.
    chunkSizeWarningLimit: 640,
    rolldownOptions: { input: [join(root, 'index.html'), ...frames] },
  },
});
