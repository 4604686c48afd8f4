/** Puts a source and all that it imports into one file: readable, and the same bytes wherever and whenever it is built. */
import { join } from 'node:path';
import type { Plugin } from 'vite';

export interface Bundle {
  source: string;
  file: string;
  format: 'es' | 'iife' | 'cjs';
  /** What the code may take for granted; decides which variant of a package is taken, too. */
  platform: 'webworker' | 'node';
}

/**
 * No paths, no times, no names of the machine.
 * @param root the project; `source` and `outDir` are relative to it.
 */
export async function bundle(
  { source, file, format, platform }: Bundle,
  root: string,
  outDir: string,
  plugins: readonly Plugin[] = [],
): Promise<void> {
  const conditions = ['source', ...(platform === 'node' ? ['node'] : ['browser']), 'import', 'default'];
  // Loaded when it is needed: a build that finds everything fresh should not wait for a bundler.
  const { build } = await import('vite');
  await build({
    root,
    configFile: false,
    envDir: false,
    publicDir: false,
    logLevel: 'warn',
    mode: 'production',
    plugins: [...plugins],
    resolve: { conditions },
    ssr: { noExternal: true, target: platform, resolve: { conditions } },
    build: {
      outDir: join(root, outDir),
      emptyOutDir: false,
      minify: false,
      sourcemap: false,
      target: platform === 'node' ? 'node20' : 'es2022',
      // "Server-side" in vite's words: no HTML, no preloading, no assets.
      ssr: true,
      rolldownOptions: {
        input: { [file]: join(root, source) },
        // Modules are strict, and have to stay so as a script.
        output: { format, entryFileNames: file, codeSplitting: false, strict: true },
        // Otherwise every module is marked with its path relative to the working directory.
        experimental: { attachDebugInfo: 'none' },
      },
    },
  });
}
