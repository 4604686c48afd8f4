import { beforeAll, describe, expect, test } from 'vitest';
import { bootQuickJs, JAVASCRIPT_MAX_DEPTH } from '../../../../wasm-runtime/src/engines/javascript/boot.ts';
import { buildJavaScript, type JavaScriptFiles } from '../../../../wasm-runtime/src/engines/javascript/build.ts';
import { JavaScriptEngine } from '../../../../wasm-runtime/src/engines/javascript/engine.ts';
import { QuickJs } from '../../../../wasm-runtime/src/engines/javascript/instance.ts';
import { Libraries } from '../../../../wasm-runtime/src/engines/javascript/libraries.ts';
import { makeLinkTable } from '../../../../wasm-runtime/src/engines/javascript/link.ts';
import { unpackSnapshot } from '../../../../wasm-runtime/src/engines/snapshot.ts';
import { sha256Digest } from '../../../../wasm-runtime/src/run/digest.ts';
import { glueSource, guest, javaScriptFiles, openSession, startSession, wasm, type Session } from './support.ts';

const PROGRAM = [
  'const rolls = [Math.random(), Math.random()]; [...rolls, Date.now(), performance.now()]',
  'const m = new Map(); for (let n = 0; n < 2000; n++) m.set("k" + n, { n, half: n / 2 }); m.size',
  'await Promise.all([3, 1, 2].map((n) => new Promise((done) => setTimeout(() => { console.log(n); done(n); }, n * 100))))',
  'artifact("a.txt", JSON.stringify([...m.values()].slice(0, 50))); display({ "image/png": Uint8Array.from(rolls, (x) => x * 256) })',
  'const text = Array.from({ length: 200 }, (_, n) => String.fromCodePoint(0x1f600 + n)).join(""); [...text].length',
  'const fail = () => { throw new RangeError(String(Math.random())); }; fail()',
];

function everything({ run, engine }: Session): unknown {
  return [PROGRAM.map((source) => run(source)), engine.memoryBytes()];
}

describe('the build', () => {
  let files: JavaScriptFiles;
  beforeAll(async () => {
    files = await javaScriptFiles();
  });

  test('gives the same bytes each time', async () => {
    const again = await buildJavaScript({ wasm, glueSource, guest });
    for (const part of ['module', 'snapshot'] as const)
      expect(sha256Digest(again[part])).toBe(sha256Digest(files[part]));
  });

  test('keeps in the snapshot how the module is linked', () => {
    expect(unpackSnapshot(files.snapshot).link).toEqual(makeLinkTable(new Uint8Array(wasm), glueSource));
  });

  test('refuses another build of QuickJS, and a prelude that fails', async () => {
    const sources = { wasm, glueSource, guest };
    await expect(
      buildJavaScript({ ...sources, glueSource: glueSource.replace('p:()=>Date.now()', 'p:()=>7') }),
    ).rejects.toThrow('emscripten_date_now');
    await expect(
      buildJavaScript({ ...sources, glueSource: glueSource.replace('c._QTS_Eval=', 'c._QTS_Other=') }),
    ).rejects.toThrow('QTS_Eval');
    const broken = { ...guest, 'time.js': '(function () { throw new Error("broken prelude"); })' };
    await expect(buildJavaScript({ ...sources, guest: broken })).rejects.toThrow(
      'time.js failed: Error: broken prelude',
    );
  });

  test('keeps a small snapshot', () => {
    expect(files.snapshot.length).toBeLessThan(1_000_000);
    expect(unpackSnapshot(files.snapshot).boot_fuel).toBeLessThan(100_000_000);
  });
});

describe('a program', () => {
  test('gives the same outputs, errors, fuel and memory each time', async () => {
    const first = everything(await openSession());
    expect(everything(await openSession())).toEqual(first);
  });

  test('gives the same on an engine that was never a snapshot', async () => {
    const link = makeLinkTable(new Uint8Array(wasm), glueSource);
    const cold = new QuickJs(
      await WebAssembly.compile((await javaScriptFiles()).module as Uint8Array<ArrayBuffer>),
      link,
    );
    const pointers = bootQuickJs(cold, guest);
    expect(everything(startSession(new JavaScriptEngine(cold, pointers, new Libraries([]))))).toEqual(
      everything(await openSession()),
    );
    expect(JAVASCRIPT_MAX_DEPTH).toBeGreaterThan(0);
  });

  test('depends on its seed and epoch', async () => {
    const rolls = async (begin: Parameters<typeof openSession>[1]) =>
      (await openSession({}, begin)).run('[Math.random(), Math.random()]').result;
    const first = await rolls({});
    expect(await rolls({ epoch_ms: 5 })).toBe(first);
    expect(await rolls({ seed: 'f'.repeat(64) })).not.toBe(first);
    const [a, b] = String(first).match(/0\.\d+/g) ?? [];
    expect(a).not.toBe(b);
  });

  test('in live mode does not depend on its seed', async () => {
    const roll = async () => (await openSession({}, { clock: 'live' })).run('Math.random()').result;
    expect(await roll()).not.toBe(await roll());
  });

  test('spends little on a step with nothing to do', async () => {
    const { run } = await openSession();
    run('');
    expect(run('').fuel).toBeLessThan(200_000);
  });
});
