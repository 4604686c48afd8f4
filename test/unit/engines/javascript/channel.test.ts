/** What the host does when somebody speaks on the channel who is not the prelude. */
import { beforeAll, describe, expect, test } from 'vitest';
import { bootQuickJs, type Pointers } from '../../../../wasm-runtime/src/engines/javascript/boot.ts';
import { Channel } from '../../../../wasm-runtime/src/engines/javascript/channel.ts';
import { QuickJs } from '../../../../wasm-runtime/src/engines/javascript/instance.ts';
import { makeLinkTable } from '../../../../wasm-runtime/src/engines/javascript/link.ts';
import { GuestTrap } from '../../../../wasm-runtime/src/gate/trap.ts';
import { Collector } from '../../../../wasm-runtime/src/run/collector.ts';
import { DEFAULT_LIMITS } from '../../../../wasm-runtime/src/run/program.ts';
import { glueSource, guest, javaScriptFiles, wasm } from './support.ts';

const limits = { ...DEFAULT_LIMITS, max_output_kb: 4, max_artifact_kb: 4 };
let module: WebAssembly.Module;
beforeAll(async () => {
  module = await WebAssembly.compile((await javaScriptFiles()).module as Uint8Array<ArrayBuffer>);
});

interface Bench {
  engine: QuickJs;
  pointers: Pointers;
  collector: Collector;
  /** Sends the items of the array that `source` evaluates to, as arguments. */
  send(source: string): GuestTrap | 'answered' | 'nothing';
}

/** A fresh engine whose values are handed to the channel as if the guest had sent them. */
function bench(): Bench {
  const engine = new QuickJs(module, makeLinkTable(new Uint8Array(wasm), glueSource));
  const pointers = bootQuickJs(engine, guest);
  const collector = new Collector(limits);
  collector.beginStep();
  engine.gate.allow(1_000_000_000n);
  engine.gate.flip();
  const channel = new Channel({
    engine,
    context: pointers.context,
    limits,
    collector,
    inputs: new Map([['/data/a', Uint8Array.of(1)]]),
    readLine: () => 'line',
    failed: () => undefined,
  });
  const evaluate = (source: string) => engine.evaluate(pointers.context, source, 'bench', 'plain');
  return {
    engine,
    pointers,
    collector,
    send(source) {
      const count = engine.values.int(evaluate(`globalThis.sent = ${source}; sent.length`)) ?? 0;
      const values = engine.allocateBytes(new Uint8Array(8 * Math.max(1, count)));
      for (let index = 0; index < count; index++) {
        const value = evaluate(`sent[${index}]`);
        engine.memory.bytes(values + 8 * index, 8).set(engine.memory.bytes(value, 8).slice());
      }
      try {
        return channel.call(count, values) === 0 ? 'nothing' : 'answered';
      } catch (error) {
        if (error instanceof GuestTrap) return error;
        throw error;
      }
    },
  };
}

describe('the channel', () => {
  test.each([
    ['[]'],
    ['["0"]'],
    ['[99]'],
    ['[-1]'],
    ['[0.5]'],
    ['[null]'],
    ['[{}]'],
    ['[0]'],
    ['[0, 5]'],
    ['[0, {}]'],
    ['[0, Symbol("x")]'],
    ['[0, "x".repeat(70000)]'],
    ['[1, ["a"]]'],
    ['[2]'],
    ['[2, "no json"]'],
    ['[2, "[]"]'],
    ['[2, "{}"]'],
    ['[2, \'{"kind":"other"}\']'],
    ['[2, \'{"kind":"artifact","name":"a","media_type":"a/b"}\']'],
    ['[2, \'{"kind":"sleep","nanoseconds":1}\']'],
    ['[2, \'{"kind":"display","data":{"no type":"x"},"binary":[],"metadata":{}}\']'],
    ['[2, \'{"kind":"display","data":{},"binary":[["a/b",5]],"metadata":{}}\', undefined, new ArrayBuffer(4), 0, 4]'],
    ['[2, \'{"kind":"error","name":5}\']'],
    ['[2, "{}", undefined, new ArrayBuffer(4), 0, 5]'],
    ['[2, "{}", undefined, new ArrayBuffer(4), -1, 2]'],
    ['[2, "{}", undefined, new ArrayBuffer(4), 2147483647, 2147483647]'],
    ['[2, "{}", undefined, new Uint8Array(4), 0, 4]'],
    ['[2, "{}", undefined, new SharedArrayBuffer(4), 0, 4]'],
    ['[2, "{}", undefined, {}, 0, 4]'],
    ['[2, "{}", undefined, "text", 0, 4]'],
    ['[3, 5, "a/b", "data"]'],
    ['[3, "a", "a/b"]'],
    ['[3, "a", "a/b", 5]'],
    ['[3, "a", "a/b", new ArrayBuffer(4), 0]'],
    ['[3, "a".repeat(5000), "a/b", "data"]'],
    ['[5]'],
    ['[6, 5]'],
    ['[7, 0, undefined, "text", 0, 1]'],
    ['[8, 5]'],
    ['[9, "1e3"]'],
    ['[9, "-1"]'],
    ['[9, 5]'],
    ['[9, "1".repeat(30)]'],
  ])('ends a program that sends %s', (source) => {
    expect(bench().send(source)).toMatchObject({ kind: 'violation', code: 'PROTOCOL' });
  });

  test.each([
    [
      '[2, (\'{"kind":"display","data":{"a/b":"\' + "x".repeat(5000) + \'"},"binary":[],"metadata":{}}\').toWellFormed()]',
      'OUTPUT',
    ],
    ['[2, "x".repeat(2000000)]', 'OUTPUT'],
    ['[3, "a", "a/b", "x".repeat(5000)]', 'ARTIFACTS'],
    ['[3, "a", "a/b", new ArrayBuffer(5000), 0, 5000]', 'ARTIFACTS'],
    ['[3, "a", "a/b", new ArrayBuffer(4), 0, 2147483647]', 'ARTIFACTS'],
  ])('keeps the limits for %s', (source, code) => {
    expect(bench().send(source)).toMatchObject({ kind: 'limit', code });
  });

  test.each([
    ['[0, "text"]', 'nothing'],
    ['[3, "../a", "a/b", "data"]', 'answered'],
    ['[3, "a", "a/b", new ArrayBuffer(4), 1, 3]', 'nothing'],
    ['[4]', 'answered'],
    ['[5, "prompt"]', 'answered'],
    ['[6, "/data/a"]', 'answered'],
    ['[6, "/data/none"]', 'nothing'],
    ['[7, 1, undefined, Uint8Array.of(255).buffer, 0, 1]', 'nothing'],
    ['[7, 0, undefined, Uint8Array.of(255).buffer, 0, 1]', 'answered'],
    ['[8, "text"]', 'answered'],
    ['[9, "1000"]', 'nothing'],
  ])('answers %s', (source, answer) => {
    expect(bench().send(source)).toBe(answer);
  });

  test('keys of the prototype are dropped, and text is well formed', () => {
    const { send, collector } = bench();
    const header =
      '{"kind":"display","data":{"text/plain":"a\\ud800"},"binary":[],"metadata":{"__proto__":{"x":1},"k":"\\udfff"}}';
    expect(send(`[2, ${JSON.stringify(header)}]`)).toBe('nothing');
    expect(collector.endStep().outputs).toEqual([
      { type: 'display', data: { 'text/plain': 'a\ufffd' }, metadata: { k: '\ufffd' } },
    ]);
  });

  test('addresses beyond the memory are refused, not followed', () => {
    const { engine } = bench();
    const value = engine.allocateBytes(new Uint8Array(8));
    const view = () => engine.memory.view(value, 8);
    for (const tag of [engine.link.layout.tag_string, engine.link.layout.tag_object]) {
      for (const pointer of [0, 4, 0x7fff_fff0, 0xffff_fff0]) {
        view().setUint32(0, pointer, true);
        view().setInt32(4, tag, true);
        let answer: unknown;
        try {
          answer = [
            engine.values.text(value, 1000) ?? '',
            engine.values.bufferPart(value, 0, 1) ?? '',
            engine.values.variables(value).length > 1e6,
          ];
        } catch (error) {
          answer = error;
        }
        expect(answer instanceof Error || Array.isArray(answer)).toBe(true);
        expect(answer).not.toBeInstanceOf(RangeError);
      }
    }
  });
});
