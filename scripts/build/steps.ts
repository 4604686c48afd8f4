/** The steps of a build, in order, with what each is made from, what it makes, and what to do when it fails. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT, runCommand } from '../process.ts';
import { bundle, type Bundle } from './bundle.ts';
import { bundleSandbox, SANDBOX_OUTPUT, SANDBOX_SOURCES } from './sandbox.ts';
import type { Watched } from './staleness.ts';

export interface BuildStep extends Watched {
  run(): Promise<void>;
  /** One sentence for whoever sees this step fail. */
  whenItFails: string;
}

/** Versions of the tools and packages that every step depends on. */
const VERSIONS = ['package-lock.json'];
const RUNTIME = ['wasm-runtime/src', 'wasm-runtime/package.json', 'wasm-runtime/tsconfig.json', 'tsconfig.base.json'];
/** What environments are made of, beside the builder's code. */
const ENVIRONMENT_SOURCES = [
  'wasm-runtime/environments',
  'wasm-runtime/src/engines/javascript/guest',
  'wasm-runtime/src/engines/python/guest',
  'wasm-runtime/src/engines/python/compile_boot.py',
];
/** All that takes part in building environments, as one file: so a change of anything else does not build them again. */
const BUILDER: Bundle = {
  source: 'wasm-runtime/src/environment/build.ts',
  file: 'builder.js',
  format: 'es',
  platform: 'node',
};
const BUILDER_FOLDER = 'wasm-runtime/dist/builder';
/** The one module with hundreds of files behind it, which would be searched for at every start of the command line. */
const SCHEMA: Bundle = {
  source: 'wasm-runtime/src/run/schema.ts',
  file: 'schema.js',
  format: 'es',
  platform: 'node',
};
const ENVIRONMENT_LOCK = 'wasm-runtime/environments.lock.json';
const ENVIRONMENTS = 'wasm-runtime/dist/environments';

async function mustExist(path: string): Promise<void> {
  await access(join(ROOT, path)).catch(() => {
    throw new Error(`${path} does not exist`);
  });
}

export const BUILD_STEPS: readonly BuildStep[] = [
  {
    name: 'compile',
    inputs: [
      ...VERSIONS,
      ...RUNTIME,
      'server/src',
      'server/package.json',
      'server/tsconfig.json',
      'scripts/build/bundle.ts',
    ],
    outputs: ['wasm-runtime/dist/lib', 'server/dist'],
    whenItFails: 'the errors above name file and line; `npm run typecheck` shows them for the whole project.',
    async run() {
      await runCommand('tsc', ['-b', 'wasm-runtime', 'server']);
      await bundle(SCHEMA, ROOT, 'wasm-runtime/dist/lib/run');
    },
  },
  {
    name: 'sandbox',
    inputs: [...VERSIONS, ...RUNTIME, 'scripts/build/sandbox.ts', 'scripts/build/bundle.ts'],
    outputs: [SANDBOX_OUTPUT],
    whenItFails: 'a sandbox script may import only what can be bundled into one file; the import above cannot.',
    async run() {
      await mustExist(SANDBOX_SOURCES.worker);
      await mustExist(SANDBOX_SOURCES.child);
      await bundleSandbox('worker');
      await bundleSandbox('child');
    },
  },
  {
    name: 'builder',
    inputs: [...VERSIONS, ...RUNTIME, 'scripts/build/bundle.ts'],
    outputs: [BUILDER_FOLDER],
    whenItFails: 'the builder of environments could not be bundled; the error above names the import.',
    run: () => bundle(BUILDER, ROOT, BUILDER_FOLDER),
  },
  {
    name: 'environments',
    inputs: [...VERSIONS, ...ENVIRONMENT_SOURCES, BUILDER_FOLDER, ENVIRONMENT_LOCK, 'scripts/build/environments.ts'],
    outputs: [ENVIRONMENTS],
    whenItFails: `digests that differ from ${ENVIRONMENT_LOCK} are explained above; for anything else, delete wasm-runtime/dist and run \`npm ci\`.`,
    // A process of its own: booting an engine replaces clocks and randomness, and holds a few hundred megabytes.
    run: () => runCommand('tsx', ['scripts/build/environments.ts', join(ROOT, ENVIRONMENTS)]),
  },
  {
    name: 'client',
    inputs: [...VERSIONS, ...RUNTIME, SANDBOX_OUTPUT, 'client'],
    outputs: ['client/dist'],
    whenItFails: '`npx vite build client` shows the error alone.',
    run: () => runCommand('vite', ['build', 'client', '--logLevel', 'warn']),
  },
];
