/** Bundles the two programs that run inside a sandbox: each is one file, since a sandbox can load nothing. */
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import type { Plugin } from 'vite';
import { ROOT } from '../process.ts';

interface Bundle {
  source: string;
  file: string;
  format: 'iife' | 'cjs';
  /** What the code may take for granted; decides which variant of a package is taken, too. */
  platform: 'webworker' | 'node';
}

const BUNDLES = {
  /** One classic script for a blob worker. */
  worker: { source: 'wasm-runtime/src/hosts/worker.ts', file: 'worker.js', format: 'iife', platform: 'webworker' },
  /** One CommonJS file for the jailed process; only Node's own modules stay outside. */
  child: { source: 'wasm-runtime/src/hosts/child.ts', file: 'child.cjs', format: 'cjs', platform: 'node' },
} as const satisfies Record<string, Bundle>;

export type BundleName = keyof typeof BUNDLES;

export const SANDBOX_SOURCES: Readonly<Record<BundleName, string>> = {
  worker: BUNDLES.worker.source,
  child: BUNDLES.child.source,
};

export const SANDBOX_OUTPUT = 'wasm-runtime/dist/sandbox';

/** A worker that is given a Node built-in by mistake must fail here, not in the reader's browser. */
const refuseBuiltins: Plugin = {
  name: 'praxis:refuse-builtins',
  enforce: 'pre',
  resolveId(id, importer) {
    if (isBuiltin(id)) this.error(`${importer ?? 'the worker'} imports ${id}, which browsers do not have`);
    return null;
  },
};

/**
 * Readable, and the same bytes wherever and whenever it is built: no paths, no times, no names of the machine.
 * @param root the project; `outDir` is relative to it.
 */
export async function bundleSandbox(name: BundleName, root = ROOT, outDir = SANDBOX_OUTPUT): Promise<void> {
  const { source, file, format, platform }: Bundle = BUNDLES[name];
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
    plugins: platform === 'node' ? [] : [refuseBuiltins],
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
        input: { [name]: join(root, source) },
        // Modules are strict, and have to stay so as a script.
        output: { format, entryFileNames: file, codeSplitting: false, strict: true },
        // Otherwise every module is marked with its path relative to the working directory.
        experimental: { attachDebugInfo: 'none' },
      },
    },
  });
}
