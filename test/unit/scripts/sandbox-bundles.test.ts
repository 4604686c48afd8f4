// The bundles of the sandbox programs: one file each, the same bytes wherever they are built.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { afterEach, describe, expect, it } from 'vitest';
import { bundleSandbox, SANDBOX_SOURCES, type BundleName } from '../../../scripts/build/sandbox.ts';

const roots: string[] = [];

async function project(kind: BundleName, entry: string): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'praxis-bundle-'));
  roots.push(root);
  const source = join(root, SANDBOX_SOURCES[kind]);
  await mkdir(join(source, '..'), { recursive: true });
  await writeFile(source, entry);
  await writeFile(join(source, '../part.ts'), 'export const answer: number = 42;\n');
  return root;
}

const read = (root: string, file: string): Promise<string> => readFile(join(root, 'out', file), 'utf8');

afterEach(async () => {
  await Promise.all(roots.splice(0).map((root) => rm(root, { recursive: true, force: true })));
});

describe('the worker bundle', () => {
  const entry = `import { answer } from './part.ts';\nimport('./part.ts').then(({ answer: again }) => console.log(answer, again));\n`;

  it('is one classic script', async () => {
    const root = await project('worker', entry);
    await bundleSandbox('worker', root, 'out');
    expect(await readdir(join(root, 'out'))).toEqual(['worker.js']);
    const script = await read(root, 'worker.js');
    // A classic script: `import` or `export` declarations would not compile.
    expect(() => new Script(script)).not.toThrow();
    expect(script).toContain('42');
    expect(script).toContain('"use strict"');
    expect(script).not.toMatch(/\bimport\s*\(/);
  });

  it('has the same bytes when built elsewhere', async () => {
    const first = await project('worker', entry);
    const second = await project('worker', entry);
    await bundleSandbox('worker', first, 'out');
    await bundleSandbox('worker', second, 'out');
    expect(await read(second, 'worker.js')).toBe(await read(first, 'worker.js'));
  });

  it.each(['node:fs', 'fs', 'node:worker_threads'])('refuses %s', async (builtin) => {
    const root = await project('worker', `import * as x from '${builtin}';\nconsole.log(x);\n`);
    await expect(bundleSandbox('worker', root, 'out')).rejects.toThrow(`${builtin}, which browsers do not have`);
  });
});

describe('the child bundle', () => {
  it('is one CommonJS file that requires nothing but modules of Node', async () => {
    const root = await project(
      'child',
      `import { readFileSync } from 'node:fs';\nimport { bytesToHex } from '@noble/hashes/utils.js';\nimport { answer } from './part.ts';\nconsole.log(readFileSync, bytesToHex, answer);\n`,
    );
    // Packages are found from the project that the sources lie in.
    await mkdir(join(root, 'node_modules/@noble/hashes'), { recursive: true });
    await writeFile(
      join(root, 'node_modules/@noble/hashes/package.json'),
      '{"name":"@noble/hashes","type":"module","exports":{"./utils.js":"./utils.js"}}',
    );
    await writeFile(join(root, 'node_modules/@noble/hashes/utils.js'), 'export const bytesToHex = () => "bundled";\n');
    await bundleSandbox('child', root, 'out');
    expect(await readdir(join(root, 'out'))).toEqual(['child.cjs']);
    const script = await read(root, 'child.cjs');
    expect(() => new Script(`(function (exports, require, module) {${script}\n})`)).not.toThrow();
    const required = [...script.matchAll(/require\(["'`]([^"'`]+)["'`]\)/g)].map(([, name]) => name);
    expect(new Set(required)).toEqual(new Set(['node:fs']));
    expect(script).toContain('bundled');
    expect(script.startsWith('"use strict"')).toBe(true);
  });
});
