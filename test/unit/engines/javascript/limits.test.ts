import { describe, expect, test } from 'vitest';
import { JAVASCRIPT_MAX_DEPTH } from '../../../../wasm-runtime/src/engines/javascript/boot.ts';
import { openSession } from './support.ts';

const MIB = 1 << 20;

describe('fuel', () => {
  test.each([
    'for (;;);',
    'for (;;) { try { for (;;); } finally { continue; } }',
    'for (;;) await 0',
    'setInterval(() => {}, 0)',
    '(function storm() { Promise.resolve().then(storm); })()',
    '(function again() { setTimeout(again) })(); await new Promise(() => {})',
    '/^(a+)+$/.test("a".repeat(60) + "b")',
    'Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)',
    'const a = []; a.length = 2 ** 32 - 1; a.sort()',
    'new Array(1e6).fill(1).sort(() => 1)',
    '"x".repeat(2 ** 25).split("").reverse()',
    '7n ** 5000000n',
    'throw { get message() { for (;;); }, stack: "" }',
    'console.log({ toString() { for (;;); }, get a() { for (;;); } }); display({ toMimeBundle() { for (;;); } })',
    'queueMicrotask(() => { for (;;); })',
    'JSON.stringify({ toJSON() { for (;;); } })',
  ])('stops %s', async (source) => {
    const { run } = await openSession();
    const ran = run(source, { fuel: 50_000_000 });
    expect(ran.trap).toMatchObject({ kind: 'limit', code: 'FUEL', limit: 50_000_000, used: 50_000_000 });
    expect(ran.fuel).toBe(50_000_000);
  });

  test('stops at the same place each time, and the engine is dead afterwards', async () => {
    const stops = new Set<string>();
    for (let round = 0; round < 3; round++) {
      const { run } = await openSession();
      stops.add(run('for (let n = 0; ; n++) console.log(n)', { fuel: 20_000_000 }).stdout);
      expect(run('1').trap).toMatchObject({ code: 'FUEL' });
    }
    expect(stops.size).toBe(1);
  });

  test('each step has its own', async () => {
    const { run } = await openSession();
    const first = run('for (let n = 0; n < 1000; n++);', { fuel: 1_000_000 });
    const second = run('for (let n = 0; n < 1000; n++);', { fuel: 1_000_000 });
    expect(first.trap ?? second.trap).toBeNull();
    expect(first.fuel).toBeGreaterThan(100_000);
    expect(run('1', { fuel: 0 }).trap).toMatchObject({ code: 'FUEL', used: 0 });
  });
});

describe('memory', () => {
  test.each([
    'const held = []; for (;;) held.push(new Uint8Array(1 << 20))',
    'const held = []; for (;;) held.push(new Array(10000).fill(0))',
    'new ArrayBuffer(1e9)',
    '"x".repeat(2 ** 28)',
    'const m = new Map(); for (let n = 0; ; n++) m.set(n, { n })',
    'const held = []; for (;;) held.push("π".repeat(1000) + held.length)',
  ])('%s', async (source) => {
    const { run, engine } = await openSession({ memory_mb: 64 });
    const { error, trap } = run(source);
    expect(trap).toBeNull();
    expect(error).toMatchObject({
      name: 'InternalError',
      message: 'out of memory',
      limit: { code: 'MEMORY', limit: 64, unit: 'MiB of memory' },
    });
    expect(error?.limit?.used).toBeGreaterThan(64);
    expect(engine.memoryBytes()).toBeLessThanOrEqual(64 * MIB);
  });

  test('a program that catches it and fails for another reason failed for that reason', async () => {
    const { run } = await openSession({ memory_mb: 64 });
    const caught = run(
      'let seen; try { new ArrayBuffer(1e9); } catch (error) { seen = error; } throw new Error("other")',
    );
    expect(caught.error).toMatchObject({ message: 'other' });
    expect(caught.error?.limit).toBeUndefined();
    // The words alone are no limit.
    expect(run('throw new InternalError("out of memory")').error?.limit).toBeUndefined();
    expect(run('seen.message').result).toBe("'out of memory'");
  });

  test('what a step lets go of is free again', async () => {
    const { run, engine } = await openSession({ memory_mb: 64 });
    for (let round = 0; round < 12; round++)
      expect(run('(() => { const held = new Uint8Array(30 << 20); return { held }; })()').error).toBeNull();
    expect(engine.memoryBytes()).toBeLessThanOrEqual(64 * MIB);
  });
});

describe('depth', () => {
  test.each([
    '(function down() { down(); })()',
    '(function down(n) { return 1 + down(n + 1); })(0)',
    '(function down() { [1].map(down); })()',
    '(function down() { [2, 1].sort(down); })()',
    '(function down() { "a".replace(/a/, down); })()',
    'const o = { get a() { return this.a; } }; o.a',
    'class A { constructor() { new A(); } } new A()',
    'const o = { toString() { return "" + o; } }; "" + o',
    'const p = new Proxy({}, { get: (target, key, self) => self[key] }); p.x',
    '(function down(...rest) { down(...rest, 1); })()',
    'JSON.stringify({ toJSON() { return JSON.stringify(this); } })',
    '(function down() { Reflect.apply(down, null, []); })()',
    '(function down() { eval("down()"); })()',
    'await (async function down() { await down(); })()',
    'let proxy = {}; for (let n = 0; n < 5000; n++) proxy = new Proxy(proxy, {}); proxy.x',
  ])('%s can be caught', async (source) => {
    const { run } = await openSession();
    const ran = run(
      `let seen = 'nothing'; try { await (async () => { ${source} })(); } catch (error) { seen = error.message; } seen`,
    );
    expect(ran.trap).toBeNull();
    expect(ran.result).toBe("'stack overflow'");
    expect(run('1').result).toBe('1');
  });

  test('five hundred calls are possible', async () => {
    const { run } = await openSession();
    expect(run('const depth = (n) => (n === 0 ? 0 : 1 + depth(n - 1)); depth(500)').result).toBe('500');
  });

  test.each([
    'JSON.parse("[".repeat(1e6))',
    'let deep = []; for (let n = 0; n < 1e5; n++) deep = [deep]; JSON.stringify(deep)',
    'eval("(".repeat(1e5))',
    'eval("[".repeat(1e5))',
    'eval("function f(){".repeat(1e4))',
    'let source = "a"; for (let n = 0; n < 3000; n++) source = "(?=" + source + ")"; new RegExp(source)',
    '(function* down() { yield* down(); })().next()',
  ])('%s is stopped', async (source) => {
    const { run } = await openSession();
    expect(run(source).trap).toMatchObject({ kind: 'limit', code: 'DEPTH', limit: JAVASCRIPT_MAX_DEPTH });
  });

  test('a catch that recurses again ends at a limit', async () => {
    const { run } = await openSession();
    expect(run('(function f() { try { f(); } catch { f(); } })()', { fuel: 300_000_000 }).trap?.kind).toBe('limit');
  });
});

describe('outputs', () => {
  test('text keeps what fits', async () => {
    const { run } = await openSession({ max_output_kb: 1 });
    const ran = run('console.log("é".repeat(400)); console.log("b".repeat(1e5))');
    expect(ran.trap).toMatchObject({ kind: 'limit', code: 'OUTPUT', limit: 1 });
    expect(new TextEncoder().encode(ran.stdout).length).toBe(1024);
    expect(ran.outputs[0]).toMatchObject({ truncated: true });
  });

  test.each([
    ['display({ "text/html": "x".repeat(5000) })', 'OUTPUT'],
    ['"x".repeat(5000)', 'OUTPUT'],
    ['for (;;) display(1)', 'OUTPUT'],
    ['display({ "image/png": new Uint8Array(5000) })', 'ARTIFACTS'],
    ['artifact("a", "x".repeat(5000))', 'ARTIFACTS'],
    ['artifact("a", new ArrayBuffer(5000))', 'ARTIFACTS'],
    ['for (let n = 0; ; n++) artifact("a" + n, "")', 'ARTIFACTS'],
  ])('%s reaches the limit %s', async (source, code) => {
    const { run } = await openSession({ max_output_kb: 4, max_artifact_kb: 4, max_artifacts: 10 });
    expect(run(source).trap).toMatchObject({ kind: 'limit', code });
  });

  test('a huge error is cut, not lost', async () => {
    const { run } = await openSession();
    const { error } = run(
      'const e = new Error("m".repeat(1e6)); e.name = "n".repeat(1e6); e.stack = "    at x (cell:1:1)\\n".repeat(1e5); throw e',
    );
    expect(error?.name.length).toBeLessThan(1000);
    expect(error?.message.length).toBeLessThan(100_000);
    expect(error?.traceback.length).toBeLessThan(100_000);
  });
});
