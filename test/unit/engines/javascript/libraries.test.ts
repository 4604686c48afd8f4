/** Libraries that programs import by name: which names lead where, and that nothing else does. */
import { describe, expect, test } from 'vitest';
import { buildJavaScript } from '../../../../wasm-runtime/src/engines/javascript/build.ts';
import { restoreJavaScript } from '../../../../wasm-runtime/src/engines/javascript/engine.ts';
import {
  packJavaScriptLibraries,
  unpackJavaScriptLibraries,
} from '../../../../wasm-runtime/src/engines/javascript/libraries.ts';
import type { Begin } from '../../../../wasm-runtime/src/hosts/protocol.ts';
import { glueSource, guest, startSession, wasm, type Session } from './support.ts';

const encode = (text: string) => new TextEncoder().encode(text);
const packed = (packages: Readonly<Record<string, Readonly<Record<string, string>>>>) =>
  packJavaScriptLibraries(
    Object.entries(packages).map(([name, files]) => ({
      name,
      files: Object.entries(files).map(([path, text]) => ({ path, bytes: encode(text) })),
    })),
  );

const PACK = packed({
  shapes: {
    LICENSE: 'as you like',
    'src/index.js': `import { tau } from 'numbers'; import { helper } from './deep/helper.js';
export { helper }; export const circle = (r) => (tau / 2) * r ** 2; export const within = (name) => import(name);
export const made = (code) => Function(code)(); export let calls = 0; export const call = () => ++calls;`,
    'src/deep/helper.js': "import * as index from '../index.js'; export const helper = () => typeof index.circle;",
    'src/secret.js': "export default 'secret'",
    'src/table.json': '{}',
  },
  '@team/shapes': { 'main.mjs': "export default 'scoped'; throw new RangeError('of the library');" },
  numbers: { 'index.js': 'export const tau = 6; export const random = () => Math.random();' },
});
const NAMES = [
  { name: 'shapes', module: 'src/index.js', is_public: true },
  { name: '@team/shapes', module: 'main.mjs', is_public: true },
  { name: 'numbers', module: 'index.js', is_public: false },
];

const files = buildJavaScript({ wasm, glueSource, guest, libraries: NAMES });

async function open(inputs: Readonly<Record<string, string>> = {}, pack: Uint8Array | null = PACK): Promise<Session> {
  const engine = await restoreJavaScript(await files);
  if (pack) engine.completeFiles(pack);
  const given: Begin['inputs'] = Object.entries(inputs).map(([path, text]) => ({ path, bytes: encode(text) }));
  return startSession(engine, {}, { inputs: given });
}

describe('a library', () => {
  test('is imported by its name, with all that it imports', async () => {
    const { run } = await open({ '/data/mine.mjs': "export { circle as round } from 'shapes';" });
    expect(run("import { circle, helper } from 'shapes'; [circle(2), helper()]").result).toBe("[ 12, 'function' ]");
    const again = run(
      "import { round } from './mine.mjs'; const s = await import('shapes'); [round === circle, s.call(), s.calls]",
    );
    expect(again.result).toBe('[ true, 1, 1 ]');
  });

  test('that throws says where', async () => {
    const { run } = await open();
    const { error } = run("import '@team/shapes'");
    expect(error).toMatchObject({ code: 'JAVASCRIPT_EXCEPTION', message: 'of the library' });
    expect(error?.traceback).toContain('@team/shapes/main.mjs:1:');
  });

  test('costs nothing where nobody imports it, and the same fuel every time', async () => {
    const run = async (source: string, pack?: Uint8Array | null) => (await open({}, pack)).run(source);
    expect((await run('1 + 1', null)).fuel).toBe((await run('1 + 1')).fuel);
    const [one, other] = [await run("import 'shapes'"), await run("import 'shapes'")];
    expect(one.fuel).toBe(other.fuel);
    expect(one.error).toBeNull();
  });

  test('that is not here yet ends the step, which nobody can catch', async () => {
    const { trap, stdout } = (await open({}, null)).run(
      "try { await import('shapes') } catch { console.log('caught') }",
    );
    expect(trap).toMatchObject({ kind: 'files' });
    expect(stdout).toBe('');
  });

  test('is found by nobody who asks for what there is not', async () => {
    const { run } = await open({}, null);
    expect(run("import 'shape'").error?.message).toBe(
      "cannot import 'shape': there is no such module; these are: shapes, @team/shapes, praxis; there is no network",
    );
  });
});

describe('nothing of a library is reached but by its name', () => {
  const HOSTILE = [
    'shapes/', 'shapes/src/index.js', 'shapes/src/secret.js', 'shapes/../shapes', 'shapes/../../x', 'shapes/LICENSE', 'shapes/package.json',
    'shapes//2', './shapes', '/shapes', '/shapes/src/index.js', 'file:///shapes/src/secret.js', 'SHAPES', ' shapes', 'shapes\0', 'numbers',
    'numbers/index.js', '@team', '@team/', '@team/shapes/main.mjs', '__proto__', 'constructor', 'toString', 'hasOwnProperty', '', '.', '..',
    '#shapes', 'npm:shapes', 'praxis/shapes', 'praxis:json', 'shapes?x', 'shapes#x', '%73hapes',
  ]; // prettier-ignore

  test.each(HOSTILE)('%j', async (specifier) => {
    const { run } = await open();
    const source = `try { await import(${JSON.stringify(specifier)}); 'imported' } catch (error) { error.name }`;
    // A name ends at a NUL, as the engine has them: what is left is looked for.
    expect(run(source).result).toBe(specifier === 'shapes\0' ? "'imported'" : "'TypeError'");
  });

  test.each(['./secret.js', '../src/secret.js', './deep/helper.js'])(
    'a step called like a module of it: %s',
    async (name) => {
      const { run } = await open();
      expect(run("import 'shapes'").error).toBeNull();
      for (const filename of ['shapes/src/index.js', 'shapes/src/other.js', 'shapes/'])
        expect(run(`await import('${name}')`, { filename }).error?.code).toBe('PACKAGE_UNAVAILABLE');
      expect(run("await import('numbers')", { filename: 'shapes/src/index.js' }).error?.code).toBe(
        'PACKAGE_UNAVAILABLE',
      );
    },
  );

  test('code of a library reaches its own modules and other libraries, and no more', async () => {
    const { run } = await open({ '/data/a.js': 'export default 1' });
    run("import { within, made } from 'shapes'");
    expect(run("(await within('./secret.js')).default").result).toBe("'secret'");
    for (const name of [
      '../../numbers/index.js',
      '../../../data/a.js',
      '/data/a.js',
      'file:///data/a.js',
      './table.json',
      '../LICENSE',
      'praxis',
      'praxis:json',
      './nope.js',
    ])
      expect(run(`await within('${name}')`).error).toMatchObject({ code: 'PACKAGE_UNAVAILABLE' });
    // Code that it makes out of text has no module that it would be in.
    expect(run('await made(\'return import("./secret.js")\')').error?.name).toBe('TypeError');
    expect(run("made('return typeof process + typeof require + (this === globalThis)')").result).toBe(
      "'undefinedundefinedtrue'",
    );
  });

  test('an input may have the name of a library', async () => {
    const { run } = await open({
      '/data/shapes/src/index.js': 'export default "mine"',
      '/data/shapes.mjs': 'export default 2',
    });
    expect(run("(await import('./shapes/src/index.js')).default").result).toBe("'mine'");
    expect(run("(await import('shapes')).circle(1)").result).toBe('3');
  });
});

describe('what a program does to a library', () => {
  test('ends with its run', async () => {
    const first = await open();
    first.run(
      "import * as s from 'shapes'; s.call(); Object.prototype.helper = 1; Function.prototype.call = null; Array = null",
    );
    const { run } = await open();
    expect(run("import * as s from 'shapes'; [s.calls, s.circle(1), ({}).helper, typeof Array]").result).toBe(
      "[ 0, 3, undefined, 'function' ]",
    );
  });

  test('is not to change what it exports', async () => {
    const { run } = await open();
    run("import * as s from 'shapes'");
    expect(run("'use strict'; s.circle = 1").error?.name).toBe('TypeError');
    expect(run("Reflect.defineProperty(s, 'circle', { value: 1 })").result).toBe('false');
  });
});

describe('where a module is named', () => {
  test.each([
    ["import { a } from '", 0, ['praxis', 'shapes', '@team/shapes', '/data/a.js']],
    ['await import("sh', 2, ['shapes']],
    ["import '/da", 3, ['/data/a.js']],
    ["import 'lodash", 6, []],
  ] as const)('completion knows what there is: %s', async (source, before, names) => {
    const { engine } = await open({ '/data/a.js': '', '/data/notes.txt': '' });
    const answer = engine.ask('complete', { language: 'javascript', source, cursor: source.length });
    expect(answer).toEqual({ before, matches: names.map((text) => ({ text, kind: 'module' })), text: '' });
  });

  test('and elsewhere it is what it was', async () => {
    const { engine } = await open();
    const ask = (source: string) => engine.ask('complete', { language: 'javascript', source, cursor: source.length });
    expect(ask("x = 'shap")?.matches).toEqual([]);
    expect(ask('structuredCl')?.matches.map(({ text }) => text)).toEqual(['structuredClone']);
  });
});

describe('a pack', () => {
  test('gives back what was put in', () => {
    const [first] = unpackJavaScriptLibraries(PACK);
    expect(first?.files.map(({ path }) => path)).toContain('LICENSE');
    expect(new TextDecoder().decode(first?.files[0]?.bytes)).toBe('as you like');
  });

  test.each([
    ['bytes of something else', encode('what is this')],
    ['one that is cut short', PACK.subarray(0, PACK.length - 1)],
  ])('is no pack: %s', (_what, bytes) => {
    expect(() => unpackJavaScriptLibraries(bytes)).toThrow(/is cut short/);
  });
});
