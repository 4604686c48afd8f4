import { describe, expect, test } from 'vitest';
import { openSession, sharedSession } from './support.ts';

describe('how a step fails', () => {
  test('with name, message, frames, line and column', async () => {
    const { run } = await openSession();
    const { error } = run('function inner() {\n  null.x;\n}\nfunction outer() { inner(); }\n\nouter();', {
      filename: 'analysis',
    });
    expect(error).toEqual({
      code: 'JAVASCRIPT_EXCEPTION',
      name: 'TypeError',
      message: "cannot read property 'x' of null",
      traceback:
        "TypeError: cannot read property 'x' of null\n    at inner (analysis:2:7)\n    at outer (analysis:4:25)\n    at analysis:6:6\n",
      line: 2,
      column: 7,
    });
  });

  test('the place is in the step that failed, also when an earlier one threw', async () => {
    const { run } = await openSession();
    run('\n\nfunction boom() { throw new RangeError("deep"); }', { filename: 'first' });
    const { error } = run('const ok = 1;\n  boom();', { filename: 'second' });
    expect(error).toMatchObject({ line: 2, column: 7 });
    expect(error?.traceback).toBe('RangeError: deep\n    at boom (first:3:39)\n    at second:2:7\n');
  });

  test.each([
    ['let x = ;', 'SyntaxError', 1, 9],
    ['1;\n2;\n  if (', 'SyntaxError', 3, 7],
    ['const s = `', 'SyntaxError', 1, 11],
    ['await 1;\nyield 2 2', 'SyntaxError', 2, 7],
    ['return 5', 'SyntaxError', 1, 1],
    ['{ import x from "y" }', 'SyntaxError', 1, 10],
    ['\nexport const a = 1', 'SyntaxError', 2, 1],
  ])('%j is a syntax error at its place', async (source, name, line, column) => {
    const { run } = await sharedSession();
    const ran = run(`${source}`);
    expect(ran.error).toMatchObject({ code: 'SYNTAX_ERROR', name, line, column });
    expect(ran.outputs).toEqual([]);
  });

  test('a syntax error at run time is an exception like any other', async () => {
    const { run } = await openSession();
    expect(run('new Function("x x")').error).toMatchObject({
      code: 'JAVASCRIPT_EXCEPTION',
      name: 'SyntaxError',
      line: 1,
      column: 13,
    });
    expect(run('JSON.parse("{")').error).toMatchObject({
      code: 'JAVASCRIPT_EXCEPTION',
      name: 'SyntaxError',
      line: 1,
      column: 11,
    });
  });

  test.each([
    ['42', '42'],
    ['"text"', "'text'"],
    ['null', 'null'],
    ['undefined', 'undefined'],
    ['{ a: 1 }', '{ a: 1 }'],
    ['Symbol("s")', 'Symbol(s)'],
  ])('throw %s', async (thrown, shown) => {
    const { run } = await sharedSession();
    expect(run(`throw ${thrown}`).error).toEqual({
      code: 'JAVASCRIPT_EXCEPTION',
      name: 'Uncaught',
      message: shown,
      traceback: `Uncaught ${shown}\n`,
    });
  });

  test('causes and gathered errors are told', async () => {
    const { run } = await openSession();
    expect(run('throw new Error("top", { cause: new TypeError("why", { cause: "root" }) })').error?.traceback).toBe(
      "Error: top\n    at cell:1:16\n[cause]: TypeError: why\n    at cell:1:46\n[cause]: 'root'\n",
    );
    expect(run('throw new AggregateError([new Error("a"), 5], "many")').error?.traceback).toContain(
      '[errors]: [\n  Error: a\n',
    );
    expect(run('const e = new Error("loop"); e.cause = e; throw e').error?.traceback.length).toBeLessThan(1000);
  });

  test('a recursion is shown once', async () => {
    const { run } = await openSession();
    const { error } = run('(function down() { down(); })()');
    expect(error).toMatchObject({ name: 'InternalError', message: 'stack overflow', line: 1, column: 24 });
    expect(error?.traceback).toMatch(
      /( {4}at down \(cell:1:24\)\n){4} {4}\.\.\. \d{3} more of the same\n {4}at cell:1:30\n$/,
    );
  });

  test('own names and getters of error classes count', async () => {
    const { run } = await openSession();
    expect(run('class Mine extends Error { get name() { return "Mine"; } } throw new Mine("m")').error).toMatchObject({
      name: 'Mine',
      message: 'm',
    });
    expect(run('const e = new Error("m"); e.name = "Renamed"; throw e').error).toMatchObject({ name: 'Renamed' });
    expect(run('throw { name: "Like", message: "an error", stack: "    at cell:7:3" }').error).toMatchObject({
      name: 'Like',
      message: 'an error',
      line: 7,
      column: 3,
    });
  });

  test('frames of the prelude are not shown', async () => {
    const { run } = await openSession();
    for (const source of [
      'artifact(1)',
      'setTimeout(1)',
      'display({ "text/html": 1 })',
      'structuredClone(() => 1)',
      '[1].map(() => btoa("\\u0100"))',
    ]) {
      const { error } = run(source);
      expect(error?.traceback).not.toContain('praxis');
      expect(error?.line).toBe(1);
    }
    expect(run('setTimeout(() => { throw new Error("late") }, 1)').error?.traceback).toBe(
      'Error: late\n    at <anonymous> (cell:1:35)\n',
    );
  });
});

describe('promises', () => {
  test('a rejection that nobody handles fails the step', async () => {
    const { run } = await openSession();
    expect(run('Promise.reject(new Error("lost")); "value"')).toMatchObject({
      error: { message: 'lost', line: 1, column: 25 },
      result: undefined,
    });
    expect(run('(async () => { await 1; throw new Error("async") })(); 5').error?.message).toBe('async');
    expect(run('queueMicrotask(() => { throw new Error("micro") })').error?.message).toBe('micro');
    expect(run('setTimeout(() => Promise.reject(7), 5); "shown"')).toMatchObject({
      error: { name: 'Uncaught', message: '7' },
      result: "'shown'",
    });
  });

  test('one that is handled in time does not', async () => {
    const { run } = await openSession();
    expect(run('const p = Promise.reject(new Error("x")); p.catch(() => 0); "ok"').result).toBe("'ok'");
    expect(run('const q = Promise.reject(new Error("x")); await 1; await 1; q.catch(() => 0); "ok"').result).toBe(
      "'ok'",
    );
    expect(run('try { await Promise.reject(new Error("x")) } catch { "caught" }').result).toBe("'caught'");
    expect(run('(await Promise.allSettled([Promise.reject(1), 2])).length').result).toBe('2');
    expect(run('for await (const x of [Promise.resolve(1)]) { x }').error).toBeNull();
  });

  test('waiting for what cannot happen fails the step', async () => {
    const { run } = await openSession();
    expect(run('console.log("a"); await new Promise(() => {})')).toMatchObject({
      error: { name: 'Error', message: 'the step awaits a promise that nothing can settle any more' },
      stdout: 'a\n',
    });
    expect(run('1 + 1').result).toBe('2');
  });

  test('a failed step leaves nothing to run in the next', async () => {
    const { run } = await openSession();
    run(
      'setTimeout(() => console.log("leaked timer"), 1); setInterval(() => console.log("leaked interval"), 1); throw 1',
    );
    run(
      'setTimeout(() => { Promise.resolve().then(() => console.log("same step")); throw 2 }, 1); setTimeout(() => console.log("leaked"), 2)',
    );
    expect(run('await new Promise((done) => setTimeout(done, 100)); console.log("clean")').stdout).toBe('clean\n');
  });

  test('their order is that of the language', async () => {
    const { run } = await openSession();
    const { stdout } = run(`
      const log = (text) => console.log(text);
      setTimeout(() => log('timer'), 0);
      Promise.resolve().then(() => log('then 1')).then(() => log('then 2'));
      queueMicrotask(() => log('microtask'));
      (async () => { log('async 1'); await null; log('async 2'); })();
      log('main');
      await null;
      log('after await');
    `);
    expect(stdout.trim().split('\n')).toEqual([
      'async 1',
      'main',
      'then 1',
      'microtask',
      'async 2',
      'after await',
      'then 2',
      'timer',
    ]);
  });
});
