import { describe, expect, test } from 'vitest';
import { openSession, sharedSession } from './support.ts';

describe('names across steps', () => {
  test('what a step declares is there in the next', async () => {
    const { run } = await openSession();
    run('const a = 1; let b = 2; var c = 3; function f() { return [a, b, c]; } class K { static n = 4; }');
    expect(run('b++; c++; [...f(), K.n]').result).toBe('[ 1, 3, 4, 4 ]');
  });

  test.each(['const', 'let', 'var'])(
    'a cell with %s can run again, and functions of other cells see the new value',
    async (word) => {
      const { run } = await openSession();
      const cell = (value: number) => run(`${word} rate = ${value}; ${word} { nested } = { nested: ${value} };`);
      expect(cell(1).error).toBeNull();
      run('function use() { return [rate, nested]; } const alsoUse = () => rate;');
      expect(run('[...use(), alsoUse()]').result).toBe('[ 1, 1, 1 ]');
      for (const value of [2, 3]) {
        expect(cell(value).error).toBeNull();
        expect(run('[...use(), alsoUse()]').result).toBe(`[ ${value}, ${value}, ${value} ]`);
      }
    },
  );

  test('a name may become another kind of thing', async () => {
    const { run } = await openSession();
    run('const see = () => typeof thing === "function" ? "callable" : thing;');
    for (const [source, seen] of [
      ['let thing = 1', '1'],
      ['function thing() {}', "'callable'"],
      ['const thing = 2', '2'],
      ['class thing {}', "'callable'"],
      ['let thing = 3', '3'],
    ] as const) {
      expect(run(source).error).toBeNull();
      expect(run('see()').result).toBe(seen);
    }
    expect(run('var thing = 4; see()').result).toBe('4');
  });

  test('const stays constant, in its own step and in later ones', async () => {
    const { run } = await openSession();
    expect(run('const k = 1; k = 2').error?.name).toBe('TypeError');
    expect(run('k = 3').error).toMatchObject({ name: 'TypeError', message: "'k' is read-only" });
    expect(run('k').result).toBe('1');
    // The one thing that stays behind: see bindings.ts.
    expect(run('var k = 4').error?.name).toBe('TypeError');
    expect(run('const k = 5; k').result).toBe('5');
  });

  test('a declaration whose initialiser threw leaves the name free', async () => {
    const { run } = await openSession();
    expect(run('const early = () => late; const late = (() => { throw new Error("no"); })()').error?.message).toBe(
      'no',
    );
    expect(run('late').error?.name).toBe('ReferenceError');
    expect(run('const late = 6; late').result).toBe('6');
    expect(run('late').result).toBe('6');
  });

  test('within one step the rules of the language hold', async () => {
    const { run } = await openSession();
    expect(run('let twice; let twice;').error).toMatchObject({ code: 'SYNTAX_ERROR', line: 1, column: 21 });
    expect(run('early; let early = 1').error?.name).toBe('ReferenceError');
    expect(run('let outer = 1; { let outer = 2; } outer').result).toBe('1');
  });

  test('a built-in can be shadowed without harm to what shows values', async () => {
    const { run } = await openSession();
    expect(
      run('const Map = 1, Object = 2, console2 = console; let Array = 3; [Map, Object, Array, { a: [1] }]').result,
    ).toBe('[ 1, 2, 3, { a: [ 1 ] } ]');
    expect(run('Map').result).toBe('1');
  });

  test('a hundred names in a hundred steps stay apart', async () => {
    const { run } = await openSession();
    for (let n = 0; n < 100; n++)
      expect(
        run(`let name${n} = ${n}; const sum${n} = () => name${n} + ${n === 0 ? 0 : `sum${n - 1}()`};`).error,
      ).toBeNull();
    for (let n = 0; n < 100; n += 9) expect(run(`name${n} = 0; let fresh${n};`).error).toBeNull();
    let expected = 0;
    for (let n = 0; n < 100; n++) if (n % 9 !== 0) expected += n;
    expect(run('sum99()').result).toBe(String(expected));
  });

  test('a frozen global object keeps names, and says so when one is declared again', async () => {
    const { run } = await openSession();
    run('let kept = 1; Object.freeze(globalThis)');
    expect(run('kept').result).toBe('1');
    expect(run('let kept = 2').error).toMatchObject({ name: 'SyntaxError' });
    expect(run('kept + 1').result).toBe('2');
  });
});

describe('parameters', () => {
  test('are a frozen object, and variables of the program', async () => {
    const { run } = await openSession();
    const parameters = { n: 5, list: [1, { deep: true }], text: 'a"\u2028\0b', __proto_: null };
    const ran = run('[n, text, list, parameters.n, Object.isFrozen(parameters.list[1])]', { parameters });
    expect(ran.result).toBe(`[ 5, 'a"\u2028\\x00b', [ 1, { deep: true } ], 5, true ]`);
    expect(run('"use strict"; n = 6; list.push(2); parameters.n = 7', { parameters }).error).toMatchObject({
      name: 'TypeError',
    });
    expect(run('[n, list.length, Object.keys(parameters).length]').result).toBe('[ 6, 3, 0 ]');
  });

  test('take over a name that the program declared', async () => {
    const { run } = await openSession();
    expect(run('let n = 1; const c = 2; n').result).toBe('1');
    expect(run('n + c', { parameters: { n: 10, c: 20 } }).result).toBe('30');
  });

  test('with a name of the prototype are plain data', async () => {
    const { run } = await openSession();
    const parameters: unknown = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 2}');
    expect(
      run('[({}).polluted, parameters.constructor, Object.keys(parameters)]', {
        parameters: parameters as Record<string, unknown>,
      }).result,
    ).toBe("[ undefined, 2, [ '__proto__', 'constructor' ] ]");
  });
});

describe('input', () => {
  const stdin = (text: string) => ({ kind: 'stdin', text }) as const;

  test('reads recorded lines in order, and null at their end', async () => {
    const { run } = await openSession();
    const ran = run('[input("name? "), input(), input()]', {
      events: [stdin('Ann'), { kind: 'viewer', payload: 1 }, stdin('a\0é\ud800')],
    });
    expect(ran).toMatchObject({ stdout: 'name? ', result: "[ 'Ann', 'a\\x00é\\ud800', null ]", events_used: 3 });
    expect(run('1', { events: [stdin('unused')] }).events_used).toBe(0);
  });

  test('asks for a line that it was not given', async () => {
    const { run } = await openSession();
    const ran = run('console.log("before"); input("more? ")', { interactive: true });
    expect(ran.trap).toMatchObject({ kind: 'input', message: 'more? ' });
    expect(ran.stdout).toBe('before\nmore? ');
  });
});

describe('inputs', () => {
  test('are read by path', async () => {
    const bytes = new TextEncoder().encode('{"é": [1]}');
    const { run } = await openSession(
      {},
      {
        inputs: [
          { path: '/data/a.json', bytes },
          { path: '/data/raw', bytes: Uint8Array.of(0, 255, 0) },
        ],
      },
    );
    expect(
      run('[inputs.json("/data/a.json"), inputs.text("/data/a.json").length, inputs.bytes("/data/raw")]').result,
    ).toBe("[ { 'é': [ 1 ] }, 10, Uint8Array(3) [ 0, 255, 0 ] ]");
    // A program has its own copy.
    run('inputs.bytes("/data/raw").fill(7)');
    expect(run('inputs.bytes("/data/raw")').result).toBe('Uint8Array(3) [ 0, 255, 0 ]');
    expect(run('inputs.json("a.json")').result).toBe("{ 'é': [ 1 ] }");
    expect(run('inputs.paths()').result).toBe("[ '/data/a.json', '/data/raw' ]");
    expect(run('inputs.bytes("b.json")').error?.message).toBe(
      'inputs: there is no /data/b.json, or no memory for it; the inputs are /data/a.json, /data/raw',
    );
    for (const path of ['"/data/none"', '"/data/../etc/passwd"', '5'])
      expect(run(`inputs.text(${path})`).error?.code).toBe('JAVASCRIPT_EXCEPTION');
  });
});

describe('tables', () => {
  test.each([
    ['a,b\n1,2\n', '[{"a":"1","b":"2"}]'],
    ['\ufeffa,b\r\n1,"x, ""y""\nz"\r\n\r\n3', '[{"a":"1","b":"x, \\"y\\"\\nz"},{"a":"3","b":""}]'],
    ['a\n"""q"""\n""\n"cut', '[{"a":"\\"q\\""},{"a":""},{"a":"cut"}]'],
    ['__proto__,c\n1,2,3', '[{"__proto__":"1","c":"2"}]'],
    ['', '[]'],
    [',\n,', '[{"":""}]'],
  ])('%j has its rows', async (content, rows) => {
    const { run } = await openSession(
      {},
      { inputs: [{ path: '/data/t.csv', bytes: new TextEncoder().encode(content) }] },
    );
    expect(run('Array.prototype.push = null; console.log(JSON.stringify(inputs.csv("t.csv")))').stdout).toBe(
      `${rows}\n`,
    );
  });
});

describe('what any host gives', () => {
  test.each([
    ['new TextEncoder().encode("π\\ud800")', 'Uint8Array(5) [ 207, 128, 239, 191, 189 ]'],
    ['new TextDecoder().decode(new Uint8Array([239, 187, 191, 207, 128, 0, 255]))', "'π\\x00\ufffd'"],
    ['new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array([255]))', 'TypeError'],
    ['new TextDecoder("latin1")', 'RangeError'],
    ['new TextEncoder().encodeInto("aπ😀b", new Uint8Array(7))', '{ read: 4, written: 7 }'],
    ['atob("aGk=") + atob("") + btoa("hi") + btoa("") + btoa("\\xff\\0")', "'hiaGk=/wA='"],
    ['atob("a")', 'InvalidCharacterError'],
    ['btoa("π")', 'InvalidCharacterError'],
    [
      'const o = { d: new Date(0), m: new Map([[1, new Set([2])]]), r: /x/g, b: Uint8Array.of(1), n: null }; o.self = o; const c = structuredClone(o); [c !== o, c.self === c, c.d, c.m, c.r, c.b]',
      '[\n  true,\n  true,\n  1970-01-01T00:00:00.000Z,\n  Map(1) { 1 => Set(1) { 2 } },\n  /x/g,\n  Uint8Array(1) [ 1 ]\n]',
    ],
    ['structuredClone(() => 1)', 'DataCloneError'],
    ['structuredClone(new RangeError("m")).message', "'m'"],
    ['const shared = { v: 1 }; const [a, b] = structuredClone([shared, shared]); a === b', 'true'],
  ])('%s', async (source, text) => {
    const { run } = await sharedSession();
    const { result, error } = run(source);
    expect(result ?? error?.name).toBe(text);
  });
});
