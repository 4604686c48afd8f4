/** JavaScript libraries: the definition of the project, and everything that a stranger's, or a package, may have wrong. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildJavaScript } from '../../../wasm-runtime/src/engines/javascript/build.ts';
import { unpackJavaScriptLibraries } from '../../../wasm-runtime/src/engines/javascript/libraries.ts';
import { DefinitionError } from '../../../wasm-runtime/src/environment/definition.ts';
import {
  libraryNames,
  packLibraries,
  readLibraries,
  type Library,
} from '../../../wasm-runtime/src/environment/javascript-libraries.ts';
import { glueSource, guest, wasm } from '../engines/javascript/support.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'praxis-libraries-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(path: string, text: string): Promise<void> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

const GOOD: Library = {
  name: 'good',
  version: '1.2.3',
  licence: 'MIT',
  sha256: '0'.repeat(64),
  module: 'src/index.js',
};
const FILES = {
  'package.json': '{ "name": "good", "version": "1.2.3", "license": "MIT" }',
  LICENSE: 'Permission is hereby granted',
  'src/index.js': "export { two } from './two.js'; import './host.js';",
  'src/two.js': 'export const two = 2;',
  'src/host.js': "import { open } from 'node:fs/promises';",
  'src/unused.js': 'export default 0;',
  'dist/good.min.js': 'not read',
};
const OURS = 'export const open = () => { throw new Error("there is no file system") };';

/** As `sha256sum LICENSE src/host.js … | sha256sum` says. */
function digestOf(files: Readonly<Record<string, string>>): string {
  const sum = (text: string) => createHash('sha256').update(text).digest('hex');
  const paths = Object.keys(files).sort();
  return sum(paths.map((path) => `${sum(files[path] ?? '')}  ${path}\n`).join(''));
}
const PACKED = { LICENSE: FILES.LICENSE, 'src/host.js': OURS, 'src/index.js': FILES['src/index.js'], 'src/two.js': FILES['src/two.js'] }; // prettier-ignore

async function pack(library: Partial<Library> = {}, files: Readonly<Record<string, string>> = {}): Promise<Uint8Array> {
  for (const [path, text] of Object.entries({ ...FILES, ...files })) await write(`installed/good/${path}`, text);
  await write('ours/good/src/host.js', OURS);
  const libraries = [{ ...GOOD, replaced: ['src/host.js'], ...library }];
  const engine = await buildJavaScript({ wasm, glueSource, guest, libraries: libraryNames(libraries) });
  return packLibraries(libraries, engine, {
    folderOf: (name) => join(folder, 'installed', name),
    ours: join(folder, 'ours'),
  });
}
const refused = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable('it was taken'),
    (error: unknown) => {
      if (!(error instanceof DefinitionError)) throw error;
      return error.message;
    },
  );

describe('the libraries of the project', () => {
  it('have a licence and a digest each, and are those that are documented', async () => {
    const libraries = await readLibraries();
    expect(libraries.filter(({ is_public = true }) => is_public).map(({ name }) => name)).toEqual([
      'arquero', 'd3-array', 'd3-format', 'd3-random', 'simple-statistics', '@uwdata/flechette',
    ]); // prettier-ignore
    for (const { licence, sha256 } of libraries) {
      expect(licence).toMatch(/^(ISC|MIT|BSD-3-Clause|Apache-2\.0)$/);
      expect(sha256).not.toBe('0'.repeat(64));
    }
  });
});

describe('a pack', () => {
  it('has what importing loads, our own in the place of what needs a host, and the licence', async () => {
    const bytes = await pack({ sha256: digestOf(PACKED) });
    const [library] = unpackJavaScriptLibraries(bytes);
    const found = library?.files.map(({ path, bytes: file }) => [path, new TextDecoder().decode(file)]);
    expect(Object.fromEntries(found ?? [])).toEqual(PACKED);
    expect(await pack({ sha256: digestOf(PACKED) })).toEqual(bytes);
  });

  it.each([
    ['src/two.js', 'export const two = 3;'],
    ['LICENSE', 'Permission is hereby refused'],
  ])('is refused by name for one byte of %s', async (path, text) => {
    const message = await refused(pack({ sha256: digestOf(PACKED) }, { [path]: text }));
    expect(message).toBe(
      `javascript/libraries.json: good: the files of good 1.2.3 have the digest ${digestOf({ ...PACKED, [path]: text })}, ` +
        `while the definition has ${digestOf(PACKED)}`,
    );
  });

  const REFUSED: [what: string, library: Partial<Library>, files: Record<string, string>, reason: string][] = [
    ['another version', { version: '1.2.4' }, {}, 'expected version 1.2.4, but 1.2.3 is installed; run `npm ci`'],
    ['another licence', { licence: 'ISC' }, {}, 'expected the licence ISC, but the package has MIT'],
    [
      'what needs a host',
      { replaced: [] },
      {},
      "cannot import 'node:fs/promises' from 'good/src/host.js': it is no module of good",
    ],
    ['a module that is not there', { module: 'src/nothing.js' }, {}, 'it cannot be imported: '],
    ['a replacement for nothing', { replaced: ['src/nothing.js'] }, {}, 'there is no src/nothing.js to be replaced'],
    ['a mistake', {}, { 'src/two.js': 'export const two = ;' }, 'it cannot be imported: SyntaxError'],
    [
      'one that throws',
      {},
      { 'src/two.js': 'throw new Error("no"); export const two = 2' },
      'it cannot be imported: Error: no',
    ],
    [
      'one that never ends',
      {},
      { 'src/two.js': 'for (;;); export const two = 2' },
      'it cannot be imported: the fuel limit',
    ],
    ['a NUL', {}, { 'src/two.js': '\0' }, 'src/two.js has a NUL character'],
  ];
  it.each(REFUSED)('is refused for %s', async (_what, library, files, reason) => {
    expect(await refused(pack(library, files))).toContain(reason);
  });
});

describe('a definition', () => {
  const read = async (content: string) => {
    await write('libraries.json', content);
    return refused(readLibraries(folder));
  };

  it('is refused when it is no JSON', async () => expect(await read('{')).toContain('it is no JSON'));

  it.each([
    [{ ...GOOD, name: '../good' }, 'name'],
    [{ ...GOOD, name: '__proto__' }, 'name'],
    [{ ...GOOD, module: '../index.js' }, 'module'],
    [{ ...GOOD, module: 'src/../../index.js' }, 'module'],
    [{ ...GOOD, module: '/index.js' }, 'module'],
    [{ ...GOOD, module: 'index.json' }, 'module'],
    [{ ...GOOD, replaced: ['../../x.js'] }, 'replaced'],
    [{ ...GOOD, sha256: 'short' }, 'sha256'],
    [{ ...GOOD, version: '^1.0.0' }, 'version'],
    [{ ...GOOD, more: 1 }, 'more'],
  ])('%j', async (library, field) => {
    expect(await read(JSON.stringify({ libraries: [library] }))).toContain(field);
  });

  it('names each library once', async () => {
    expect(await read(JSON.stringify({ libraries: [GOOD, GOOD] }))).toContain('good: it is there twice');
  });
});
