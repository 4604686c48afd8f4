/**
 * Which part of the house may lean on which. Packages: `client → wasm-runtime ← server`. Inside a package, a feature names the
 * features that it uses; what is not named here is not allowed, so a new dependence is a decision that shows in a review.
 */
import type { FeatureRules, PackageRules } from './check.ts';

const RUNTIME = '@praxis/wasm-runtime';

const runtime: PackageRules = {
  name: RUNTIME,
  folder: 'wasm-runtime',
  packages: [],
  // The only places that run in Node alone; `hosts/` also holds what runs in browsers alone.
  nodeBuiltins: (file) =>
    /^wasm-runtime\/src\/(hosts\/|environment\/(build|built-files|definition|javascript-libraries|lock|package-root|packages|pip|wheel|zip))/.test(
      file,
    ),
  features: {
    '.': { uses: ['choice', 'environment', 'hosts', 'run'] },
    choice: { uses: ['environment', 'run'], offers: ['index.ts'] },
    meter: { uses: [], offers: ['index.ts', 'counter.ts'] },
    gate: { uses: ['meter', 'run'] },
    // An engine's build meters its module after its own preparations.
    engines: { uses: ['environment', 'gate', 'hosts', 'meter', 'run'], offers: engineFiles() },
    environment: { uses: ['engines', 'gate', 'hosts', 'meter', 'run'] },
    run: { uses: ['engines', 'environment', 'gate', 'hosts'] },
    attestation: { uses: ['run'] },
    notebook: { uses: ['run'], offers: ['index.ts'] },
    hosts: { uses: ['engines', 'environment', 'run'] },
  },
};

/** What every engine has: how it is built, and how it is started and run. */
function engineFiles(): string[] {
  const own = ['engine.ts', 'given.ts', 'glue.ts', 'module-bytes.ts', 'snapshot.ts'];
  const ofPython = ['compile.ts', 'exports.ts', 'interpreters.ts', 'libraries.ts', 'library-pack.ts'].map(
    (file) => `python/${file}`,
  );
  const ofJavaScript = ['javascript/libraries.ts'];
  const each = ['python', 'javascript'].flatMap((engine) =>
    ['boot.ts', 'build.ts', 'engine.ts', 'instance.ts'].map((file) => `${engine}/${file}`),
  );
  return [...own, ...ofPython, ...ofJavaScript, ...each];
}

/** What features of the server stand on. They offer all of their files. */
const SERVER_GROUND = ['.', 'audit', 'database', 'http', 'keys', 'queue', 'storage'] as const;

/** A feature of the server: routes for the table of all routes, a service, and what else others need of it. */
const serverFeature = (uses: readonly string[], offers: readonly string[]): FeatureRules => ({
  uses: [...SERVER_GROUND, ...uses],
  offers: ['routes.ts', 'service.ts', ...offers],
});

const server: PackageRules = {
  name: '@praxis/server',
  folder: 'server',
  packages: [RUNTIME],
  nodeBuiltins: () => true,
  features: {
    // app.ts, wiring.ts and the like put the server together.
    '.': {
      uses: [
        ...SERVER_GROUND,
        'artifacts',
        'documents',
        'environments',
        'exports',
        'identity',
        'jobs',
        'pages',
        'replay',
        'workspaces',
      ],
    },
    audit: { uses: ['.', 'database', 'http'] },
    database: { uses: ['.'] },
    http: { uses: ['.', 'database'] },
    keys: { uses: ['.'] },
    queue: { uses: ['.', 'database'] },
    storage: { uses: ['.'] },
    artifacts: serverFeature(['workspaces'], ['store.ts']),
    documents: serverFeature([], ['content.ts', 'environment.ts', 'schemas.ts']),
    environments: serverFeature([], ['assets.ts', 'catalogue.ts']),
    exports: serverFeature(['artifacts', 'documents', 'jobs'], []),
    identity: serverFeature(['workspaces'], []),
    jobs: serverFeature(
      ['artifacts', 'documents', 'workspaces'],
      ['check-claim.ts', 'results.ts', 'schemas.ts', 'states.ts'],
    ),
    pages: serverFeature(['documents', 'environments'], ['likely.ts', 'pages.ts']),
    replay: serverFeature(['artifacts', 'environments', 'jobs', 'workspaces'], ['jail.ts', 'supervisor.ts']),
    workspaces: serverFeature([], ['usage.ts']),
    cli: { uses: ['.', 'documents', 'environments', 'keys', 'replay'], offers: [] },
  },
};

/** What every part of the client may use. */
const CLIENT_GROUND = ['api', 'design', 'kernel'] as const;

const client: PackageRules = {
  name: '@praxis/client',
  folder: 'client',
  packages: [RUNTIME],
  nodeBuiltins: (file) => /^client\/(build\/|vite\.config\.ts$)/.test(file),
  features: {
    '.': { uses: [...CLIENT_GROUND, 'account', 'documents', 'notebook', 'outputs', 'shell', 'trust'] },
    design: { uses: [] },
    kernel: { uses: [] },
    api: { uses: ['kernel'] },
    account: { uses: CLIENT_GROUND },
    trust: { uses: CLIENT_GROUND },
    outputs: { uses: CLIENT_GROUND },
    notebook: { uses: [...CLIENT_GROUND, 'outputs', 'trust'] },
    documents: { uses: [...CLIENT_GROUND, 'account', 'notebook', 'outputs'] },
    history: { uses: [...CLIENT_GROUND, 'documents'] },
    shell: { uses: [...CLIENT_GROUND, 'account', 'documents', 'history', 'notebook', 'outputs', 'trust'] },
  },
};

export const RULES: readonly PackageRules[] = [runtime, server, client];
