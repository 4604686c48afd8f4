/** Bundles the two programs that run inside a sandbox: each is one file, since a sandbox can load nothing. */
import { isBuiltin } from 'node:module';
import type { Plugin } from 'vite';
import { ROOT } from '../process.ts';
import { bundle, type Bundle } from './bundle.ts';

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

/** @param root the project; `outDir` is relative to it. */
export async function bundleSandbox(name: BundleName, root = ROOT, outDir = SANDBOX_OUTPUT): Promise<void> {
  await bundle(BUNDLES[name], root, outDir, BUNDLES[name].platform === 'node' ? [] : [refuseBuiltins]);
}
