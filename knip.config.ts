// What counts as used: knip finds files, exports and dependencies that nothing needs.
import type { KnipConfig } from 'knip';

/** Pages and style sheets import, too; knip is shown their imports as if they were a script's. */
const asImports = (specifiers: Iterable<string | undefined>): string =>
  [...specifiers].map((specifier) => `import ${JSON.stringify(specifier)};`).join('\n');

/** What environments have of npm for programs in JavaScript: `wasm-runtime/environments/javascript/libraries.json`. */
const libraries = ['@uwdata/flechette', 'acorn', 'arquero', 'd3-array', 'd3-format', 'd3-random', 'simple-statistics'];

const config: KnipConfig = {
  // What its own file uses is not dead, only wider than it has to be.
  ignoreExportsUsedInFile: true,
  compilers: {
    css: (text: string) => asImports([...text.matchAll(/@import\s+'([^']+)'/g)].map(([, file]) => file)),
    // `/src/…` is the way of the bundler to say "from the package's folder"; pages lie there or one folder below.
    html: (text: string, path: string) =>
      asImports(
        [...text.matchAll(/<script\b[^>]*\bsrc="\/([^"]+)"/g)].map(([, file]) =>
          path.includes('/frames/') ? `../${file}` : `./${file}`,
        ),
      ),
  },
  // Tests use what the packages under test depend on; every package lists its own.
  ignoreIssues: { 'test/**': ['unlisted'] },
  workspaces: {
    '.': {
      entry: ['scripts/*.ts', 'scripts/build/environments.ts', 'test/**/*.test.{ts,tsx}'],
      project: ['scripts/**/*.ts', 'test/**/*.{ts,tsx}'],
    },
    'wasm-runtime': {
      entry: ['src/hosts/worker.ts', 'src/hosts/child.ts'],
      project: ['src/**/*.ts'],
      // Their files are read as data, and metered or packed; nothing imports them.
      ignoreDependencies: ['pyodide', 'pyodide-0.27', 'quickjs-emscripten', ...libraries],
    },
    server: {
      entry: ['src/cli/main.ts', 'src/replay/process.ts', 'src/replay/jail-probe-process.ts'],
      project: ['src/**/*.ts'],
    },
    client: {
      entry: ['frames/*.html'],
      project: ['src/**/*.{ts,tsx,css}', 'build/**/*.ts'],
    },
  },
};

// knip reads the default export.
export default config;
