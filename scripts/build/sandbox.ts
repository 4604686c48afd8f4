/** Bundles the two programs that run inside a sandbox: each is one file, since a sandbox can load nothing. */
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { build, type InlineConfig, type Plugin } from 'vite';
import { ROOT } from '../process.ts';

export const SANDBOX_SOURCES = {
  worker: 'wasm-runtime/src/hosts/worker.ts',
  child: 'wasm-runtime/src/hosts/child.ts',
} as const;

const OUTPUT = 'wasm-runtime/dist/sandbox';

/** A worker that is given a Node built-in by mistake must fail here, not in the reader's browser. */
const refuseBuiltins: Plugin = {
  name: 'praxis:refuse-builtins',
  enforce: 'pre',
  resolveId(id, importer) {
    if (isBuiltin(id)) this.error(`${importer ?? 'the worker'} imports ${id}, which browsers do not have`);
    return null;
  },
};

/** What both have in common: readable, the same bytes every time, nothing of the machine that built it. */
function common(root: string, outDir: string): InlineConfig {
  return {
    root,
    configFile: false,
    envFile: false,
    publicDir: false,
    logLevel: 'warn',
    mode: 'production',
    resolve: { conditions: ['source', 'import', 'default'] },
    build: { outDir: join(root, outDir), emptyOutDir: false, minify: false, sourcemap: false, target: 'es2022' },
  };
}

/** One classic script for a blob worker: `wasm-runtime/dist/sandbox/worker.js`. */
export async function bundleWorker(root: string = ROOT, outDir: string = OUTPUT): Promise<void> {
  const config = common(root, outDir);
  await build({
    ...config,
    plugins: [refuseBuiltins],
    build: {
      ...config.build,
      modulePreload: false,
      rolldownOptions: {
        input: { worker: join(root, SANDBOX_SOURCES.worker) },
        output: { format: 'iife', entryFileNames: 'worker.js', codeSplitting: false },
      },
    },
  });
}

/** One CommonJS file for the jailed process, with nothing external but Node's own modules: `wasm-runtime/dist/sandbox/child.cjs`. */
export async function bundleChild(root: string = ROOT, outDir: string = OUTPUT): Promise<void> {
  const config = common(root, outDir);
  await build({
    ...config,
    ssr: { noExternal: true, target: 'node' },
    build: {
      ...config.build,
      target: 'node20',
      ssr: true,
      rolldownOptions: {
        input: { child: join(root, SANDBOX_SOURCES.child) },
        output: { format: 'cjs', entryFileNames: 'child.cjs', codeSplitting: false },
      },
    },
  });
}
