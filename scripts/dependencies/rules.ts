/**
 * Which part of the house may lean on which. Packages: `client → wasm-runtime ← server`. Inside a package, a feature names the
 * features that it uses; what is not named here is not allowed, so a new dependence is a decision that shows in a review.
 */
import type { PackageRules } from './check.ts';

const RUNTIME = '@praxis/wasm-runtime';

const runtime: PackageRules = {
  name: RUNTIME,
  folder: 'wasm-runtime',
  packages: [],
  // The only places that run in Node alone.
  nodeBuiltins: (file) => /^wasm-runtime\/src\/(hosts\/|environment\/build)/.test(file),
  features: {
    '.': { uses: ['run', 'environment', 'hosts'] },
    meter: { uses: [] },
    gate: { uses: ['run'] },
    run: { uses: ['environment', 'gate', 'hosts'] },
    engines: { uses: ['environment', 'gate', 'hosts', 'meter', 'run'] },
    environment: { uses: ['engines', 'gate', 'meter', 'run'] },
    attestation: { uses: ['run'] },
    hosts: { uses: ['engines', 'environment', 'gate', 'run'] },
  },
};

const server: PackageRules = {
  name: '@praxis/server',
  folder: 'server',
  packages: [RUNTIME],
  nodeBuiltins: () => true,
  features: {},
};

const client: PackageRules = {
  name: '@praxis/client',
  folder: 'client',
  packages: [RUNTIME],
  nodeBuiltins: (file) => /^client\/(build\/|vite\.config\.ts$)/.test(file),
  features: {},
};

export const RULES: readonly PackageRules[] = [runtime, server, client];
