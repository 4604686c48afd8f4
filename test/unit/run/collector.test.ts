import { describe, expect, test } from 'vitest';
import { GuestTrap } from '../../../wasm-runtime/src/gate/trap.ts';
import { Collector, shortTraceback } from '../../../wasm-runtime/src/run/collector.ts';
import { DEFAULT_LIMITS } from '../../../wasm-runtime/src/run/program.ts';
import type { Output } from '../../../wasm-runtime/src/run/record.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

function trapOf(work: () => void): GuestTrap {
  try {
    work();
  } catch (error) {
    if (error instanceof GuestTrap) return error;
    throw error;
  }
  throw new Error('nothing stopped it');
}

describe('outputs', () => {
  test('have a number that ends the program, however small they are', () => {
    const collector = new Collector(DEFAULT_LIMITS);
    collector.beginStep();
    const trap = trapOf(() => {
      for (;;) {
        collector.stream('stdout', bytes('x'));
        collector.stream('stderr', bytes('y'));
      }
    });
    expect(trap).toMatchObject({ kind: 'limit', code: 'OUTPUT', limit: 10_000, used: 10_001 });
    expect(collector.endStep().outputs).toHaveLength(10_000);
  });

  test('of one stream in a row are one, whatever they were cut into', () => {
    const collector = new Collector(DEFAULT_LIMITS);
    collector.beginStep();
    const text = 'é😀 '.repeat(20_000);
    for (const byte of bytes(text)) collector.stream('stdout', Uint8Array.of(byte));
    expect(collector.endStep().outputs).toEqual([{ type: 'stream', name: 'stdout', text }]);
  });

  test('count for the whole run, or for each step of a kernel', () => {
    for (const [perStep, expected] of [
      [true, null],
      [false, 'OUTPUT'],
    ] as const) {
      const collector = new Collector({ ...DEFAULT_LIMITS, max_output_kb: 1 }, perStep);
      const twoSteps = () => {
        for (let step = 0; step < 2; step++) {
          collector.beginStep();
          collector.stream('stdout', bytes('x'.repeat(700)));
        }
      };
      if (expected === null) twoSteps();
      else expect(trapOf(twoSteps).code).toBe(expected);
    }
  });
});

describe('previews', () => {
  function watch(writes: (collector: Collector) => void): Output[] {
    const seen: Output[] = [];
    const collector = new Collector(DEFAULT_LIMITS);
    collector.beginStep((output) => seen.push(output));
    writes(collector);
    return seen;
  }
  const shown = (outputs: readonly Output[]) =>
    outputs.map((output) => (output.type === 'stream' ? output.text : `<${output.type}>`)).join('');

  test('come at once, as long as they are few', () => {
    const seen = watch((collector) => {
      for (const word of ['a', 'b', 'c']) collector.stream('stdout', bytes(word));
    });
    expect(seen).toHaveLength(3);
  });

  test('of a flood are gathered, and lose no order', () => {
    const seen = watch((collector) => {
      for (let n = 0; n < 100_000; n++) collector.stream('stdout', bytes(String(n % 10)));
      collector.display('display', new Map([['text/plain', 'x']]), {});
    });
    expect(seen.length).toBeLessThan(1100);
    expect(shown(seen)).toBe(`${'0123456789'.repeat(10_000)}<display>`);
  });
});

test('a traceback is cut in its middle', () => {
  const cut = shortTraceback(`begin ${'x'.repeat(1_000_000)} end`);
  expect(cut.length).toBeLessThanOrEqual(65_536);
  expect(cut).toMatch(/^begin x+\n… \(cut\) …\nx+ end$/);
});
