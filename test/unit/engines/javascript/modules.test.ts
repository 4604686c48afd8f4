/** What steps and modules can import, and what becomes of it. */
import { describe, expect, test } from 'vitest';
import type { Begin } from '../../../../wasm-runtime/src/hosts/protocol.ts';
import type { Limits } from '../../../../wasm-runtime/src/run/program.ts';
import { openSession, type Session } from './support.ts';

function openWith(files: Readonly<Record<string, string>>, limits: Partial<Limits> = {}): Promise<Session> {
  const encoder = new TextEncoder();
  const inputs: Begin['inputs'] = Object.entries(files).map(([path, text]) => ({ path, bytes: encoder.encode(text) }));
  return openSession(limits, { inputs });
}

const LIBRARY = {
  '/data/lib.mjs': `export let count = 0;
export const more = () => ++count;
export default function twice(x) { return 2 * x; }
export const { url } = import.meta;
export { other as renamed } from './sub/other.js';
console.log('lib runs');`,
  '/data/sub/other.js':
    "import { parameters as given } from 'praxis'; import * as up from '../lib.mjs'; export const other = 'o', seen = () => [given, up.count];",
  '/data/table.json': '{ "rows": [1, 2], "__proto__": 3 }',
};

describe('what a step imports', () => {
  test('is bound under its names, and stays for later steps', async () => {
    const { run } = await openWith(LIBRARY);
    const first = run("import twice, { more, 'renamed' as other } from './lib.mjs';\n[twice(4), more(), other]");
    expect(first).toMatchObject({ error: null, result: "[ 8, 1, 'o' ]", stdout: 'lib runs\n' });
    expect(run('[twice(5), more(), other]').result).toBe("[ 10, 2, 'o' ]");
    expect(run('const later = () => twice(6);').error).toBeNull();
    expect(run('later()').result).toBe('12');
  });

  test('is found anywhere at the top level, and the rest of the step stays where it was', async () => {
    const { run } = await openWith(LIBRARY);
    const source = `'\u{1f389}'; /* import 'a' */ import { more } from './lib.mjs'; const a = \`
import 'b'\`
import * as ns from '/data/lib.mjs'
(a.length)
import table from './table.json' with { type: 'json' };
throw new Error(String(ns.count + table.rows.length))`;
    expect(run(source).error).toMatchObject({ message: '2', line: 6, column: 16 });
    expect(run('[a.trim(), typeof more, table.rows]').result).toBe(`[ "import 'b'", 'function', [ 1, 2 ] ]`);
  });

  test('follows what the module assigns, and cannot be assigned', async () => {
    const { run } = await openWith(LIBRARY);
    run("import { count, more } from './lib.mjs'; const seen = () => count");
    expect(run('more(); more(); [count, seen()]').result).toBe('[ 2, 2 ]');
    for (const source of ['count = 5', '"use strict"; count++'])
      expect(run(source).error).toMatchObject({ name: 'TypeError', message: "'count' is read-only" });
    expect(run('count').result).toBe('2');
  });

  test.each(['let count = 9', 'const count = 9', 'class count {}', 'function count() {}'])(
    'gives way to %j, which does not reach into the module',
    async (declaration) => {
      const { run } = await openWith(LIBRARY);
      run("import { count } from './lib.mjs'; import * as ns from './lib.mjs'");
      run('function seen() { return count }');
      expect(run(`${declaration}; [seen() === count, ns.count]`).result).toBe('[ true, 0 ]');
      expect(run('[seen() === count, ns.count]').result).toBe('[ true, 0 ]');
      expect(run("import { count } from './lib.mjs'; [seen(), count]").result).toBe('[ 0, 0 ]');
    },
  );

  test('comes from a module that runs once, whatever it is called', async () => {
    const { run } = await openWith(LIBRARY);
    expect(run("import './lib.mjs'; import '/data/lib.mjs'; import './sub/../lib.mjs'").stdout).toBe('lib runs\n');
    const again = run("const { more, url } = await import('file:///data/lib.mjs'); more(); (await import(url)).count");
    expect(again).toMatchObject({ result: '1', stdout: '' });
  });

  test('knows where it is: import.meta.url', async () => {
    const { run } = await openWith({ ...LIBRARY, '/data/a b/ü%.js': 'export default import.meta.url' });
    expect(run("import { url } from './lib.mjs'; url").result).toBe("'file:///data/lib.mjs'");
    expect(run("import own from './a b/ü%.js'; own").result).toBe("'file:///data/a%20b/%C3%BC%25.js'");
    expect(run('(await import(own)).default === own').result).toBe('true');
  });

  test('may be JSON, whatever the program made of JSON.parse', async () => {
    const { run } = await openWith({ ...LIBRARY, '/data/bad.json': '{ a', '/data/`${1}".json': '"\\u2028`${1}"' });
    run('JSON.parse = () => "changed"');
    expect(run("import t from './table.json' with { type: 'json' }; [t.rows, Object.keys(t)]").result).toBe(
      "[ [ 1, 2 ], [ 'rows', '__proto__' ] ]",
    );
    expect(run("(await import('./`${1}\".json', { with: { type: 'json' } })).default.length").result).toBe('6');
    expect(run("import './bad.json'").error?.traceback).toBe(
      'SyntaxError: /data/bad.json is not JSON: expecting property name\n    at cell:1:1\n',
    );
    expect(run("import './lib.mjs' with { type: 'json' }").error?.message).toContain('is not JSON');
    expect(run("import './table.json' with { type: 'css' }").error?.message).toContain('the only attribute');
  });

  test('is seen by completion and inspection, which call nothing of the program', async () => {
    const session = await openWith(LIBRARY);
    session.run("import twice, { count } from './lib.mjs'; import * as library from './lib.mjs'");
    const ask = (about: 'complete' | 'inspect', source: string) =>
      session.engine.ask(about, { language: 'javascript', source, cursor: source.length });
    expect(ask('complete', 'twi')?.matches).toEqual([{ text: 'twice', kind: 'function', detail: '(x)' }]);
    expect(ask('complete', 'library.')?.matches.map(({ text }) => text)).toEqual(
      expect.arrayContaining(['count', 'default', 'more', 'renamed', 'url']) as string[],
    );
    expect(ask('inspect', 'twice')?.text).toMatch(/^twice\(x\)\nType: {2}function/);
    expect(ask('inspect', 'count')?.text).toBe('Type:  number\nValue: 0');
    session.run('Object.defineProperty(globalThis, "trap", { get() { console.log("called") } })');
    expect(ask('inspect', 'trap')?.text).toBe('');
  });
});

describe('the module praxis', () => {
  test('has what the globals are, also when a program has changed those', async () => {
    const { run } = await openSession();
    run('globalThis.display = () => console.log("changed"); globalThis.artifact = 1; parameters = 2');
    const source = `import { artifact, display, inputs, parameters, updateDisplay, clearOutput, input } from 'praxis';
display(parameters.rate); artifact('a.txt', 'x'); [typeof updateDisplay, typeof clearOutput, typeof input, inputs.paths()]`;
    const ran = run(source, { parameters: { rate: 3 } });
    expect(ran).toMatchObject({ error: null, result: "[ 'function', 'function', 'function', [] ]", stdout: '' });
    expect(ran.outputs[0]).toMatchObject({ type: 'display', data: { 'text/plain': '3' } });
    expect(ran.artifacts).toHaveLength(1);
  });

  test('has the parameters of the step that runs, in modules too', async () => {
    const { run } = await openWith(LIBRARY);
    run("import { seen } from './sub/other.js'", { parameters: { k: 1 } });
    expect(run('seen()[0]', { parameters: { k: 2 } }).result).toBe('{ k: 2 }');
  });

  test('leaves no way to what modules are made with', async () => {
    const { run } = await openWith(LIBRARY);
    expect(run('typeof globalThis.praxis').result).toBe("'undefined'");
    for (const name of ['praxis:json', 'praxis:nowhere', 'praxis:step.js', 'praxis:probe', 'praxis.mjs', 'cell'])
      expect(run(`await import('${name}')`).error?.code).toBe('PACKAGE_UNAVAILABLE');
  });
});

describe('modules that import modules', () => {
  test('in a circle see each other', async () => {
    const { run } = await openWith({
      '/data/a.js': "import { b } from './b.js'; export function a() { return 'a' + b; } export const late = b;",
      '/data/b.js': `import { a, late } from './a.js'; export let b = 'b'; export const both = () => a() + late;
export const early = (() => { try { return late } catch (error) { return error.name } })();`,
    });
    expect(run("import { a } from './a.js'; import { both, early } from './b.js'; [a(), both(), early]").result).toBe(
      "[ 'ab', 'abb', 'ReferenceError' ]",
    );
  });

  test('wait for those that await, in order', async () => {
    const { run } = await openWith({
      '/data/slow.js':
        "console.log('slow'); export const v = await new Promise((done) => setTimeout(done, 50, 7)); console.log('slow done');",
      '/data/user.js': "import { v } from './slow.js'; console.log('user'); export const w = v + 1;",
    });
    expect(run("import { w } from './user.js'; import './slow.js'; w")).toMatchObject({
      result: '8',
      stdout: 'slow\nslow done\nuser\n',
    });
    expect(run("const { v } = await import('./slow.js'); v").result).toBe('7');
  });

  test('may go two hundred deep; a chain without end is a limit', async () => {
    const chain = (count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, index) => [
          `/data/m${index}.js`,
          index + 1 < count
            ? `import { v as w } from './m${index + 1}.js'; export const v = w + 1`
            : 'export const v = 1',
        ]),
      );
    expect((await openWith(chain(200))).run("import { v } from './m0.js'; v").result).toBe('200');
    expect((await openWith(chain(990))).run("try { await import('./m0.js') } catch { 1 }").trap).toMatchObject({
      code: 'DEPTH',
    });
  });
});

describe('an import that fails', () => {
  test('of no module says which there are, near ones first', async () => {
    const { run } = await openWith({ ...LIBRARY, '/data/notes.txt': '' });
    const { error, stdout } = run("1;\nimport { a } from './libs.mjs'; console.log('never')");
    expect(stdout).toBe('');
    const message =
      "cannot import './libs.mjs': there is no /data/libs.mjs; these are: /data/lib.mjs, praxis, /data/sub/other.js, /data/table.json; there is no network";
    expect(error).toMatchObject({ code: 'PACKAGE_UNAVAILABLE', name: 'TypeError', message, advice: message });
    expect(error).toMatchObject({ line: 2, column: 1, traceback: `TypeError: ${message}\n    at cell:2:1\n` });
    expect(run("import 'praxsi'").error?.message).toMatch(/no such module; these are: praxis, \/data/);
    expect(run("import 'https://esm.sh/d3'").error?.message).toContain("modules do not come from 'https:'");
    expect(run("import './notes.txt'").error?.message).toContain("a module's name ends with .js, .mjs or .json");
    expect(run("try { await import('d3') } catch ({ code, name }) { [code, name] }").result).toBe(
      "[ 'ERR_MODULE_NOT_FOUND', 'TypeError' ]",
    );
  });

  test.each([
    [
      "import { nope, count } from './lib.mjs'",
      'SyntaxError',
      "'./lib.mjs' has no export 'nope'; it exports count, default, more, renamed, url",
    ],
    ["import { a } from './uses.js'", 'SyntaxError', "'/data/lib.mjs'"],
    ["import './outer.js'", 'TypeError', "cannot import './gone.js' from '/data/inner.js': there is no /data/gone.js"],
  ])('%j says why', async (source, name, message) => {
    const { run } = await openWith({
      ...LIBRARY,
      '/data/uses.js': "import { nope } from './lib.mjs'; export const a = nope",
      '/data/outer.js': "import './inner.js'",
      '/data/inner.js': "import './gone.js'",
    });
    const { error } = run(source);
    expect(error?.name).toBe(name);
    expect(error?.message).toContain(message);
    expect(run('typeof count').result).toBe("'undefined'");
  });

  test('for what the module says tells file, line and the declaration', async () => {
    const { run } = await openWith({
      '/data/syntax.js': 'export const a = 1;\nexport const b = ;',
      '/data/throws.js': 'export const a = 1;\n\nfunction deep() { null.x }\ndeep();',
    });
    expect(run("\nimport './syntax.js'").error).toMatchObject({
      name: 'SyntaxError',
      line: 2,
      traceback: "SyntaxError: unexpected token in expression: ';'\n    at /data/syntax.js:2:18\n    at cell:2:1\n",
    });
    const traceback =
      "TypeError: cannot read property 'x' of null\n    at deep (/data/throws.js:3:23)\n    at <anonymous> (/data/throws.js:4:5)\n    at cell:1:1\n";
    expect(run("import './throws.js'").error?.traceback).toBe(traceback);
    expect(run("import './throws.js'").error?.traceback).toBe(traceback);
    expect(run('1').result).toBe('1');
  });

  test('is an exception that the program can catch', async () => {
    const { run } = await openWith({
      '/data/throws.js': 'throw new Error("thrown")',
      '/data/later.js': 'await 1; throw new Error("later")',
      '/data/outer.js': 'import "./throws.js"',
      '/data/bad.json': '{',
      '/data/syntax.js': ';;)',
    });
    for (const file of ['throws.js', 'later.js', 'outer.js', 'bad.json', 'syntax.js', 'gone.js']) {
      for (const round of ['first', 'second'])
        expect(run(`try { await import('./${file}') } catch { '${round}' }`)).toMatchObject({
          error: null,
          result: `'${round}'`,
        });
      expect(run(`import('./${file}'); 1`).error).not.toBeNull();
    }
    for (const source of [
      'const e = new Error("mine"); Promise.reject(e); Promise.reject(e).catch(() => 0); 1',
      'const f = new Error("mine"); (() => Promise.reject(f))(); await 1; 1',
    ])
      expect(run(source).error?.message).toBe('mine');
  });

  test('in a circle leaves nothing broken behind', async () => {
    const { run } = await openWith({
      '/data/a.js': "import { b } from './b.js'; import './gone.js'; export const a = 1",
      '/data/b.js': "import { a } from './a.js'; export const b = () => a",
      '/data/c.js': "import { d } from './d.js'; import './bad.js'; export const c = 1",
      '/data/d.js': "import { c } from './c.js'; export const d = () => c",
      '/data/bad.js': ';;)',
      '/data/e.js':
        "import { f } from './f.js'; export const e = 'e'; console.log('e runs'); await import('./gone.js').catch(() => 0)",
      '/data/f.js': "import { e } from './e.js'; export const f = () => e",
    });
    for (const [file, why] of [
      ['a', 'gone'],
      ['b', 'gone'],
      ['a', 'gone'],
      ['c', "unexpected token in expression: ')'"],
      ['d', "')'"],
    ] as const)
      expect(run(`import './${file}.js'`).error?.message).toContain(why);
    for (const file of ['e', 'f'])
      expect(run(`import { f } from './f.js'; import './${file}.js'; f()`).result).toBe("'e'");
    expect(run("await import('./d.js').catch((error) => error.name)").result).toBe("'SyntaxError'");
    expect(run('new Array(1e5).fill(0).map((x) => ({ x })).length').result).toBe('100000');
  });

  test('declares nothing', async () => {
    const { run } = await openWith(LIBRARY);
    for (const [source, column] of [
      ["import { a as let } from './lib.mjs'", 15],
      ["import { a, a } from './lib.mjs'", 32],
      ["import { more } from './lib.mjs'; const more = 1;", 46],
      ["if (1) { import { more } from './lib.mjs' }", 17],
      ["const a = import 'b'", 18],
    ] as const) {
      expect(run(source)).toMatchObject({ stdout: '', error: { code: 'SYNTAX_ERROR', line: 1, column } });
    }
    expect(run("{ import './lib.mjs' }").error?.message).toMatch(/import declarations stand outside of blocks/);
    expect(run('export const a = 1').error?.message).toMatch(/export is for files/);
    expect(run('typeof more').result).toBe("'undefined'");
  });
});

describe('a hostile import', () => {
  test.each([
    '__proto__', 'constructor', String.raw`\0`, String.raw`\ud800`, String.raw`/data/\udfff.js`, '', '.', '..', '/', '/data/', '//data/lib.mjs/..', '../../../../etc/passwd',
    '/proc/self/environ', 'file:///etc/passwd', 'file://%', 'file://host/data/lib.mjs', 'data:text/javascript,1', 'node:fs', 'qjs:os', 'blob:x', '#a',
  ])('of %j finds nothing', async (specifier) => {
    const { run } = await openWith(LIBRARY);
    const { error, stdout } = run(`await import('${specifier}')`);
    expect(error?.code).toBe('PACKAGE_UNAVAILABLE');
    expect(stdout).toBe('');
  }); // prettier-ignore

  test('of a name of a megabyte is cut where it is named', async () => {
    const { run } = await openWith(LIBRARY);
    for (const name of ["'x'.repeat(1e6)", "'../'.repeat(3e5)", "'file:///data/' + '%2e%2e/'.repeat(1e5)"])
      expect(run(`await import(${name})`).error?.message.length).toBeLessThan(400);
    expect(run(`import '${'y'.repeat(1e6)}'`).error?.message.length).toBeLessThan(400);
  });

  test('finds a file by its own name only', async () => {
    const { run } = await openWith({
      '/data/__proto__.js': 'export default 1',
      '/data/a.js?b#c': '',
      '/data/x.js': 'export default 2',
    });
    expect(run("import p from './__proto__.js'; p").result).toBe('1');
    for (const name of ['./x.js?v=1', './x.js#y', './X.js', './x', './x.js/'])
      expect((await openWith({ '/data/x.js': '' })).run(`import '${name}'`).error === null).toBe(name === './x.js/');
    expect(
      run('globalThis.toString = Object.prototype.then = null; import("./x.js").then((m) => m.default)').result,
    ).toBe('2');
  });

  test('of a file that is no text of a module is refused', async () => {
    const { run } = await openWith({
      '/data/nul.js': 'export default 1\0; evil()',
      '/data/large.js': `/*${'x'.repeat(4 << 20)}*/`,
      '/data/shebang.js': '#!/usr/bin/env node\nexport default 1',
      '/data/bom.js': '\ufeffexport default 1',
      '/data/open.js': 'export default `',
    });
    expect(run("import './nul.js'").error?.message).toContain('has a NUL character');
    expect(run("import './large.js'").error?.message).toContain('more than the 4194304 of the largest module');
    expect(run("import a from './shebang.js'; import b from './bom.js'; a + b").result).toBe('2');
    expect(run("import './open.js'").error?.name).toBe('SyntaxError');
  });

  test('is paid for, and bounded like any program', async () => {
    const files = { '/data/loop.js': 'for (;;);', '/data/big.js': `export default [${'[],'.repeat(350_000)}]` };
    expect((await openWith(files)).run("import './loop.js'", { fuel: 10_000_000 }).trap?.code).toBe('FUEL');
    expect((await openWith(files)).run("import './big.js'", { fuel: 10_000_000 }).trap?.code).toBe('FUEL');
    const { run } = await openWith({ '/data/big.js': `export default [${'[],'.repeat(900_000)}]` }, { memory_mb: 64 });
    expect(run("import './big.js'").error?.limit).toMatchObject({ code: 'MEMORY' });
    const full = await openWith(files, { memory_mb: 64 });
    full.run('var kept = []; try { for (;;) kept.push(new Uint8Array(1e5)) } catch {}');
    expect(full.run("import './big.js'").trap).toMatchObject({ code: 'MEMORY', limit: 64, used: 66 });
    const { run: pay } = await openWith({ '/data/a.js': '', '/data/b.js': `/*${'x'.repeat(1 << 20)}*/` });
    const fuel = (name: string) => pay(`import './${name}.js'`).fuel;
    const [small, large] = [fuel('a'), fuel('b')];
    expect(large - small).toBeGreaterThan(1 << 20);
  });

  test('of the prelude through patched built-ins changes nothing', async () => {
    const { run } = await openWith(LIBRARY);
    run(`Promise.prototype.then = null; Object.defineProperty(Array.prototype, 0, { set() { console.log('set') } });
Object.defineProperty(Object.prototype, 'get', { get() { console.log('get') }, configurable: true }); Reflect.ownKeys = Map.prototype.set = null`);
    expect(run("import { more } from './lib.mjs'; more()")).toMatchObject({ result: '1', stdout: 'lib runs\n' });
  });
});

test('a step without declarations costs what it did: nothing is compiled twice', async () => {
  const text = 'x'.repeat(200_000);
  const [plain, other] = await Promise.all(
    ["'123456'", "'import'"].map(async (word) => (await openSession()).run(`'${text}'; ${word}`).fuel),
  );
  // Compiling it once takes 200 units and more for each character.
  expect(Math.abs((other ?? 0) - (plain ?? 0))).toBeLessThan(text.length);
});
