import { describe, expect, test } from 'vitest';
import { sha256Digest } from '../../../../wasm-runtime/src/run/digest.ts';
import { openSession, sharedSession } from './support.ts';

describe('console', () => {
  test('log, info and debug go to stdout; warn, error, trace and assert to stderr, in order', async () => {
    const { run } = await openSession();
    const { outputs } = run(
      'console.log("a"); console.error("b"); console.warn("c"); console.info("d"); console.debug("e");',
    );
    expect(outputs).toEqual([
      { type: 'stream', name: 'stdout', text: 'a\n' },
      { type: 'stream', name: 'stderr', text: 'b\nc\n' },
      { type: 'stream', name: 'stdout', text: 'd\ne\n' },
    ]);
    expect(run('console.assert(1 > 2, "one", 2); console.assert(true)').stderr).toBe('Assertion failed: one 2\n');
    expect(run('console.trace("here")').stderr).toBe('Trace: here\n    at cell:1:14\n');
  });

  test.each([
    [
      'console.log("%s is %d, %i, %f; %j %o %% %x", "Bo", 42.5, 42.9, "1.5", { a: 1 }, [1], "rest")',
      'Bo is 42.5, 42, 1.5; {"a":1} [ 1 ] % %x rest\n',
    ],
    ['console.log("%s", "a", "b", 3)', 'a b 3\n'],
    ['console.log("100%")', '100%\n'],
    ['console.log("%c styled", "color: red")', ' styled\n'],
    ['console.log()', '\n'],
    [
      'console.log(1, "two", [3], null, undefined, true, 4n, Symbol("s"))',
      '1 two [ 3 ] null undefined true 4n Symbol(s)\n',
    ],
    ['console.log("a\\0b", "\\u{1f600}", "\\ud800.")', 'a\0b \u{1f600} \ufffd.\n'],
    [
      'console.group("G"); console.log("in\\nner"); console.group(); console.log(1); console.groupEnd(); console.groupEnd(); console.log("out")',
      'G\n  in\n  ner\n    1\nout\n',
    ],
    [
      'console.count(); console.count("x"); console.count(); console.countReset(); console.count()',
      'default: 1\nx: 1\ndefault: 2\ndefault: 1\n',
    ],
    ['console.dir({ a: { b: {} } }, { depth: 0 })', '{ a: [Object] }\n'],
    [
      'console.table([{ a: 1, b: "x" }, { a: 2, c: true }])',
      "┌─────────┬───┬─────┬──────┐\n│ (index) │ a │ b   │ c    │\n├─────────┼───┼─────┼──────┤\n│ 0       │ 1 │ 'x' │      │\n│ 1       │ 2 │     │ true │\n└─────────┴───┴─────┴──────┘\n",
    ],
    [
      'console.table(new Map([["k", 1]])); console.table(5)',
      "┌───────────────────┬─────┬────────┐\n│ (iteration index) │ Key │ Values │\n├───────────────────┼─────┼────────┤\n│ 0                 │ 'k' │ 1      │\n└───────────────────┴─────┴────────┘\n5\n",
    ],
  ])('%s', async (source, text) => {
    const { run } = await sharedSession();
    expect(run(source)).toMatchObject({ stdout: text, error: null, trap: null });
  });

  test('time measures the virtual clock', async () => {
    const { run } = await openSession();
    const { stdout } = run(
      'console.time("t"); await new Promise((done) => setTimeout(done, 2500)); console.timeEnd("t")',
    );
    expect(stdout).toMatch(/^t: 2\.50\ds\n$/);
  });

  test('a group ends with its step', async () => {
    const { run } = await openSession();
    run('console.group("open")');
    expect(run('console.log("x")').stdout).toBe('x\n');
  });
});

describe('inspection', () => {
  test.each([
    ['-0', '-0'],
    [`"it's"`, `"it's"`],
    [`'both " and \\''`, '`both " and \'`'],
    [`'\\n\\x1b\\x85\\ud800'`, `'\\n\\x1b\\x85\\ud800'`],
    ['[, 1, , 2, ,]', '[ <1 empty item>, 1, <1 empty item>, 2, <1 empty item> ]'],
    ['Array.from({ length: 9 }, (_, n) => n)', '[\n  0, 1, 2, 3, 4,\n  5, 6, 7, 8\n]'],
    ['Array.from({ length: 120 }, () => 1).length', '120'],
    ['({ a: { b: { c: { d: 1 } } } })', '{ a: { b: { c: [Object] } } }'],
    ['[[[[[1]]]]]', '[ [ [ [Array] ] ] ]'],
    ['new Map([["a", 1], [{ b: 1 }, [2]]])', "Map(2) { 'a' => 1, { b: 1 } => [ 2 ] }"],
    ['new Set([1, "2"])', "Set(2) { 1, '2' }"],
    ['new Date(0)', '1970-01-01T00:00:00.000Z'],
    ['new Date(NaN)', 'Invalid Date'],
    ['/x/gi', '/x/gi'],
    ['class A {}; class B extends A {}; B', '[class B extends A]'],
    ['(function named() {})', '[Function: named]'],
    ['(async () => {})', '[AsyncFunction (anonymous)]'],
    ['(function* g() {})', '[GeneratorFunction: g]'],
    ['Object.assign(Object.create(null), { a: 1 })', '[Object: null prototype] { a: 1 }'],
    ['new (class Point { constructor() { this.x = 1; } })()', 'Point { x: 1 }'],
    [
      '({ get a() { return 1; }, set b(v) {}, get c() { return 1; }, set c(v) {} })',
      '{ a: [Getter], b: [Setter], c: [Getter/Setter] }',
    ],
    ['new Float64Array(2)', 'Float64Array(2) [ 0, 0 ]'],
    ['new Uint8Array([1, 255]).buffer', 'ArrayBuffer { [Uint8Contents]: <01 ff>, byteLength: 2 }'],
    ['new DataView(new ArrayBuffer(3), 1)', 'DataView { byteLength: 2, byteOffset: 1 }'],
    ['[new Number(3), new String("s"), Object(1n)]', "[ [Number: 3], [String: 's'], [BigInt: 1n] ]"],
    ['({ [Symbol("k")]: 1, "a-b": 2, 3: 4 })', "{ '3': 4, 'a-b': 2, [Symbol(k)]: 1 }"],
    [
      '[Math, JSON, new WeakMap(), Promise.resolve(1)]',
      '[\n  Object [Math] {},\n  Object [JSON] {},\n  WeakMap { <items unknown> },\n  Promise {}\n]',
    ],
    ['const o = { name: "loop" }; o.self = o; o', "<ref *1> { name: 'loop', self: [Circular *1] }"],
    ['"x".repeat(10010)', `'${'x'.repeat(10000)}'... 10 more characters`],
    ['2n ** 12000n > 0n && -(2n ** 20000n)', `-0x1${'0'.repeat(5000)}n`],
  ])('%s', async (source, text) => {
    const { run } = await sharedSession();
    const { result } = run(source);
    expect(result).toBe(text);
  });

  test('errors show their frames, cause and own properties', async () => {
    const { run } = await openSession();
    expect(run('new Error("")').result).toBe('Error\n    at cell:1:10');
    expect(run('Object.assign(new TypeError("why", { cause: 5 }), { code: "E" })').result).toBe(
      "TypeError: why\n    at cell:1:28 {\n  [cause]: 5,\n  code: 'E'\n}",
    );
  });

  test('runs no getters, survives traps, and stops at any size', async () => {
    const { run } = await openSession();
    expect(
      run('let looked = 0; const value = { get a() { looked++; return 1; } }; console.log(value); looked').result,
    ).toBe('0');
    expect(run('console.log(new Proxy({}, { ownKeys() { throw 1; } }))').stdout).toBe(
      '[object that cannot be shown]\n',
    );
    const sparse = run('const a = []; a.length = 4294967295; a[7] = 1; a[4e9] = 2; a');
    expect(sparse.result).toBe(
      '[\n  <7 empty items>,\n  1,\n  <3999999992 empty items>,\n  2,\n  <294967294 empty items>\n]',
    );
    const wide = run(
      'const wide = []; const cells = new Array(100).fill("text".repeat(100)); for (let i = 0; i < 30; i++) { const row = {}; for (let k = 0; k < 300; k++) row["k" + k] = cells; wide.push(row); } wide',
    );
    expect(wide.result).toContain('... 50 more properties');
    expect(wide.trap ?? wide.error).toBeNull();
    expect(wide.result?.length).toBeLessThan(1_000_000);
  });
});

describe('the value of a step', () => {
  test.each([
    ['1 + 1', '2'],
    ['1 + 1;', '2'],
    ['"text"', "'text'"],
    ['null', 'null'],
    ['undefined', undefined],
    ['const a = 1', undefined],
    ['await Promise.resolve(5) + 1', '6'],
    ['Promise.resolve(5)', '5'],
    ['new Promise((done) => setTimeout(() => done("late"), 10))', "'late'"],
    ['if (true) { 7 }', '7'],
  ])('%s', async (source, text) => {
    const { run } = await sharedSession();
    expect(run(source)).toMatchObject({ result: text, error: null, trap: null });
  });

  test('comes before what timers print', async () => {
    const { run } = await openSession();
    const { outputs } = run('setTimeout(() => console.log("later"), 10); "now"');
    expect(outputs.map((output) => output.type)).toEqual(['result', 'stream']);
  });

  test('a method that throws is reported and left out', async () => {
    const { run } = await openSession();
    const ran = run('({ toMimeBundle() { throw new Error("broken") } })');
    expect(ran.stderr).toBe('toMimeBundle threw Error: broken\n');
    expect(ran.result).toBe('{ toMimeBundle: [Function: toMimeBundle] }');
  });
});

describe('display', () => {
  test('shows bundles, objects that have one, and anything else as text', async () => {
    const { run } = await openSession();
    const { outputs } = run(`
      display({ 'text/html': '<b>é</b>', 'application/json': { a: [1] } }, { metadata: { width: 3 } });
      display(new (class { toMimeBundle() { return { 'text/markdown': '*x*' }; } })());
      display({ [Symbol.for('Jupyter.display')]: () => ({ 'text/plain': 'mine', 'text/latex': '$x$' }) });
      display({ plain: 1 });
      display(new TextEncoder().encode('hi'));
      display({ 'text/csv': new TextEncoder().encode('a,é') });
    `);
    expect(outputs).toEqual([
      { type: 'display', data: { 'text/html': '<b>é</b>', 'application/json': '{"a":[1]}' }, metadata: { width: 3 } },
      { type: 'display', data: { 'text/markdown': '*x*', 'text/plain': expect.stringContaining('{}') }, metadata: {} },
      { type: 'display', data: { 'text/plain': 'mine', 'text/latex': '$x$' }, metadata: {} },
      { type: 'display', data: { 'text/plain': '{ plain: 1 }' }, metadata: {} },
      { type: 'display', data: { 'text/plain': 'Uint8Array(2) [ 104, 105 ]' }, metadata: {} },
      { type: 'display', data: { 'text/csv': 'a,é' }, metadata: {} },
    ]);
  });

  test('bytes travel beside the record, base64 text of image types too', async () => {
    const { run } = await openSession();
    const { outputs, blobs } = run(
      'display({ "image/png": "iVBORw0K\\nGgo=", "image/jpeg": new Uint16Array([1, 2]).subarray(1) })',
    );
    const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
    expect(blobs).toEqual([png, Uint8Array.of(2, 0)]);
    expect(outputs[0]).toMatchObject({ data: { 'image/png': { digest: sha256Digest(png), size_bytes: 8 } } });
  });

  test.each([
    ['display({ "text/html": 5 })', 'TypeError'],
    ['display({ "image/png": "not base64!" })', 'TypeError'],
    ['display(1, { metadata: 5 })', 'TypeError'],
    ['display(1, { metadata: { toJSON() { return "x"; } } })', 'TypeError'],
    ['display({ toMimeBundle: () => 5 })', 'TypeError'],
    ['display(Object.defineProperty({}, "text/html", { value: "hidden" }))', 'TypeError'],
    ['display(Object.fromEntries(Array.from({ length: 33 }, (_, n) => ["text/x" + n, ""])))', 'TypeError'],
    ['display(1, { metadata: { ["k".repeat(257)]: 1 } })', 'TypeError'],
    ['display({ "image/png": new Uint8Array(new SharedArrayBuffer(4)) })', 'TypeError'],
    ['display({ toMimeBundle: () => ({ "no media type": "x" }) })', 'TypeError'],
  ])('%s is an ordinary exception', async (source, name) => {
    const { run } = await sharedSession();
    expect(run(source)).toMatchObject({ trap: null, error: { code: 'JAVASCRIPT_EXCEPTION', name }, outputs: [] });
  });
});

describe('artifact', () => {
  test('takes text and bytes of every kind', async () => {
    const { run } = await openSession();
    const { artifacts, error } = run(`
      artifact('d/x.csv', 'a,é\\n', 'text/csv');
      artifact('plain', 'π\\ud800');
      artifact('zero', 'π\\0', 'application/x-text');
      artifact('words.bin', new Uint16Array([1, 2]).subarray(1));
      artifact('buffer', new ArrayBuffer(3));
      artifact('view', new DataView(Uint8Array.of(1, 2, 3).buffer, 1, 1), 'application/x-view');
      artifact('empty', '');
    `);
    expect(error).toBeNull();
    const bytes = (text: string) => new TextEncoder().encode(text);
    expect(artifacts).toEqual([
      { name: 'd/x.csv', media_type: 'text/csv', bytes: bytes('a,é\n') },
      { name: 'plain', media_type: 'text/plain', bytes: bytes('π\ufffd') },
      { name: 'zero', media_type: 'application/x-text', bytes: bytes('π\0') },
      { name: 'words.bin', media_type: 'application/octet-stream', bytes: Uint8Array.of(2, 0) },
      { name: 'buffer', media_type: 'application/octet-stream', bytes: new Uint8Array(3) },
      { name: 'view', media_type: 'application/x-view', bytes: Uint8Array.of(2) },
      { name: 'empty', media_type: 'text/plain', bytes: new Uint8Array(0) },
    ]);
  });

  test.each([
    ['"../x", "d"', 'Error'],
    ['"a".repeat(5000), "d"', 'Error'],
    ['"a\\u202eb", "d"', 'Error'],
    ['"a\\r\\nX: y", "d"', 'Error'],
    ['"x", "d", "Text/HTML; charset=x"', 'Error'],
    ['5, "d"', 'TypeError'],
    ['"x", 5', 'TypeError'],
    ['"x", { length: 3 }', 'TypeError'],
    ['"x"', 'TypeError'],
  ])('artifact(%s) is an ordinary exception', async (args, name) => {
    const { run } = await sharedSession();
    expect(run(`artifact(${args})`)).toMatchObject({ trap: null, error: { name }, artifacts: [] });
  });
});

describe('displays with an id', () => {
  test('change in place, and clearOutput removes what came before', async () => {
    const { run } = await openSession();
    const first = run(
      'const handle = display("a", { id: true }); console.log("between"); handle.update({ "text/html": "<b>" })',
    );
    expect(first.outputs).toEqual([
      { type: 'display', data: { 'text/html': '<b>' }, metadata: {} },
      { type: 'stream', name: 'stdout', text: 'between\n' },
    ]);
    const second = run('display("x", { id: "own" }); updateDisplay("own", "y"); handle.update("late")');
    expect(second.outputs).toEqual([
      { type: 'display', data: { 'text/plain': "'y'" }, metadata: {} },
      { type: 'display', data: { 'text/plain': "'late'" }, metadata: {} },
    ]);
    const third = run('console.log("a"); clearOutput({ wait: true }); display("b"); clearOutput(); console.log("c")');
    expect(third.outputs).toEqual([{ type: 'stream', name: 'stdout', text: 'c\n' }]);
    for (const id of ['""', '1', '"x".repeat(257)'])
      expect(run(`display("a", { id: ${id} })`).error?.message).toContain('display: the id must be');
    expect(run('updateDisplay(undefined, 1)').error?.message).toContain('expected the id');
  });
});
