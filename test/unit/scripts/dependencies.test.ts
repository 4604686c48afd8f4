// The rules of who may import whom, and the reader that feeds them.
import { describe, expect, it } from 'vitest';
import { checkImport, type PackageRules } from '../../../scripts/dependencies/check.ts';
import { importsOf } from '../../../scripts/dependencies/imports.ts';
import { RULES } from '../../../scripts/dependencies/rules.ts';

describe('importsOf', () => {
  it('finds every way to import', () => {
    const source = [
      `import a from './a.ts';`,
      `import type { B } from './b.ts';`,
      `export { c } from './c.ts';`,
      `export * from './d.ts';`,
      `export * as e from './e.ts';`,
      `import './f.ts';`,
      `const g = await import('./g.ts');`,
      'const h = await import(`./h.ts`);',
      `type I = typeof import('./i.ts');`,
      `let j: import('./j.ts').J;`,
    ].join('\n');
    const found = importsOf('x.ts', source).sort((one, other) => one.line - other.line);
    expect(found.map(({ specifier }) => specifier)).toEqual('abcdefghij'.split('').map((name) => `./${name}.ts`));
    expect(found.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('is not misled by comments and strings', () => {
    const source = `// import a from './a.ts';\n/* import './b.ts' */\nconst s = "import('./c.ts')";\n`;
    expect(importsOf('x.ts', source)).toEqual([]);
  });

  it('reads JSX', () => {
    expect(importsOf('x.tsx', `import { h } from 'y';\nexport const v = <p title="x">{h}</p>;\n`)).toHaveLength(1);
  });

  it.each(['const name = "./a.ts"; await import(name);', 'await import(`./${folder}/a.ts`);'])(
    'refuses %s',
    (source) => {
      expect(() => importsOf('x.ts', source)).toThrow('x.ts:1: the name of an imported module is computed');
    },
  );

  it('refuses what does not parse', () => {
    expect(() => importsOf('x.ts', 'import { from')).toThrow(SyntaxError);
  });
});

describe('between packages', () => {
  const allowed: [string, string][] = [
    ['client/src/kernel/start.ts', '@praxis/wasm-runtime/browser'],
    ['server/src/replay/worker.ts', '@praxis/wasm-runtime/node'],
    ['server/src/replay/worker.ts', 'koa'],
    ['server/src/replay/worker.ts', 'node:fs'],
    ['wasm-runtime/src/hosts/node.ts', 'node:child_process'],
    ['wasm-runtime/src/environment/build.ts', 'node:fs/promises'],
    ['client/build/inline-scripts.ts', 'node:crypto'],
    ['test/unit/x.test.ts', '../../server/src/app.ts'],
  ];
  it.each(allowed)('%s may import %s', (file, specifier) => {
    expect(checkImport(RULES, file, specifier)).toBeUndefined();
  });

  const refused: [string, string, RegExp][] = [
    ['client/src/api/http.ts', '@praxis/server', /client may not depend on @praxis\/server/],
    ['server/src/app.ts', '@praxis/client', /server may not depend on @praxis\/client/],
    ['wasm-runtime/src/run/run.ts', '@praxis/server', /may not depend on/],
    ['wasm-runtime/src/run/run.ts', '@praxis/client/x', /may not depend on/],
    ['client/src/api/http.ts', '../../../server/src/errors.ts', /may not leave the package/],
    ['client/src/api/http.ts', '../../../wasm-runtime/src/run/run.ts', /may not leave the package/],
    ['wasm-runtime/src/run/run.ts', '../../../client/src/x.ts?raw', /may not leave the package/],
    ['wasm-runtime/src/run/run.ts', 'node:crypto', /exists in Node only/],
    ['wasm-runtime/src/run/run.ts', 'fs/promises', /exists in Node only/],
    ['wasm-runtime/src/environment/manifest.ts', 'node:fs', /exists in Node only/],
    ['client/src/api/http.ts', 'node:buffer', /exists in Node only/],
  ];
  it.each(refused)('%s may not import %s', (file, specifier, reason) => {
    expect(checkImport(RULES, file, specifier)).toMatch(reason);
  });
});

describe('between the features of a package', () => {
  const rules: readonly PackageRules[] = [
    {
      name: 'house',
      folder: 'house',
      packages: [],
      nodeBuiltins: () => false,
      features: {
        '.': { uses: ['open', 'closed'] },
        open: { uses: ['.'] },
        closed: { uses: ['open', '.'], offers: ['service.ts', 'deep/public.ts'] },
        user: { uses: ['closed'] },
      },
    },
  ];

  const allowed: [string, string][] = [
    ['house/src/open/a.ts', './b.ts'],
    ['house/src/closed/deep/a.ts', '../service.ts'],
    ['house/src/user/a.ts', '../closed/service.ts'],
    ['house/src/user/a.ts', '../closed/deep/public.ts'],
    ['house/src/closed/a.ts', '../open/anything.ts'],
    ['house/src/closed/a.ts', '../errors.ts'],
    ['house/src/main.ts', './closed/service.ts'],
  ];
  it.each(allowed)('%s may import %s', (file, specifier) => {
    expect(checkImport(rules, file, specifier)).toBeUndefined();
  });

  const refused: [string, string, string][] = [
    ['house/src/user/a.ts', '../closed/store.ts', 'store.ts is an internal of "closed"'],
    ['house/src/user/a.ts', '../open/a.ts', '"user" may not import from "open"'],
    ['house/src/user/deep/a.ts', '../../errors.ts', '"user" may not import from "."'],
    ['house/src/open/a.ts', '../closed/service.ts', '"open" may not import from "closed"'],
    ['house/src/closed/a.ts', '../open/deep/a.ts', 'deep/a.ts is an internal of "open"'],
    ['house/src/main.ts', './closed/store.ts', 'store.ts is an internal of "closed"'],
    [
      'house/src/new/a.ts',
      '../open/a.ts',
      'the folder "new" has no rules yet: add it to scripts/dependencies/rules.ts',
    ],
    [
      'house/src/user/a.ts',
      '../new/a.ts',
      'the folder "new" has no rules yet: add it to scripts/dependencies/rules.ts',
    ],
    ['house/src/user/a.ts', '../../tools/x.ts', 'house/tools/x.ts lies outside of house/src'],
  ];
  it.each(refused)('%s may not import %s', (file, specifier, reason) => {
    expect(checkImport(rules, file, specifier)).toBe(reason);
  });
});

describe('the rules themselves', () => {
  it.each(RULES.map((rules) => [rules.name, rules] as const))('%s names only features that have rules', (_, rules) => {
    const named = Object.values(rules.features).flatMap(({ uses }) => uses);
    expect(named.filter((name) => rules.features[name] === undefined)).toEqual([]);
  });
});
