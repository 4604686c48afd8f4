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

test('displays count in bytes, as streams do', () => {
  const collector = new Collector({ ...DEFAULT_LIMITS, max_output_kb: 1 });
  collector.beginStep();
  const trap = trapOf(() => collector.display('display', new Map([['text/plain', '図'.repeat(400)]]), {}));
  expect(trap).toMatchObject({ kind: 'limit', code: 'OUTPUT', limit: 1, used: 2 });
});

describe('previews', () => {
  function watch(writes: (collector: Collector) => void): Output[] {
    const seen: Output[] = [];
    const collector = new Collector(DEFAULT_LIMITS);
    collector.beginStep({ onOutput: (output) => seen.push(output) });
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

describe('updates', () => {
  const text = (value: string) => new Map([['text/plain', value]]);
  const shown = (collector: Collector) =>
    collector
      .endStep()
      .outputs.map((output) =>
        output.type === 'stream' ? output.text : output.type === 'error' ? '!' : output.data['text/plain'],
      );

  test('take the place of what the step displayed with that id, each time it did', () => {
    const collector = new Collector(DEFAULT_LIMITS);
    collector.beginStep();
    collector.display('display', text('1'), {}, 'a');
    collector.stream('stdout', bytes('between'));
    collector.display('display', text('2'), {}, 'a');
    collector.update('a', text('3'), {});
    expect(shown(collector)).toEqual(['3', 'between', '3']);
  });

  test('of an id of an earlier step, or of none, are new outputs, which later updates change', () => {
    const collector = new Collector(DEFAULT_LIMITS);
    collector.beginStep();
    collector.display('display', text('1'), {}, 'a');
    const earlier = collector.endStep().outputs;
    collector.beginStep();
    collector.update('a', text('2'), {});
    collector.update('a', text('3'), {});
    collector.update('unknown', text('4'), {});
    expect(shown(collector)).toEqual(['3', '4']);
    expect(earlier).toMatchObject([{ data: { 'text/plain': '1' } }]);
  });

  test('keep bytes of the last picture only, yet count them all', () => {
    const collector = new Collector({ ...DEFAULT_LIMITS, max_artifact_kb: 4 });
    collector.beginStep();
    const picture = (fill: number) => new Map([['image/png', new Uint8Array(1024).fill(fill)]]);
    collector.display('display', picture(1), {}, 'a');
    for (const fill of [2, 3, 4]) collector.update('a', picture(fill), {});
    expect(collector.endStep().blobs).toEqual([new Uint8Array(1024).fill(4)]);
    expect(trapOf(() => collector.update('a', picture(5), {}))).toMatchObject({ code: 'ARTIFACTS' });
  });

  test('give room back, but neither outgrow the limit nor go on for ever', () => {
    const collector = new Collector({ ...DEFAULT_LIMITS, max_output_kb: 1 });
    collector.beginStep();
    collector.display('display', text('x'), {}, 'a');
    for (let n = 0; n < 40; n++) collector.update('a', text('x'.repeat(900)), {});
    expect(trapOf(() => collector.update('a', text('x'.repeat(1100)), {}))).toMatchObject({ code: 'OUTPUT', limit: 1 });
    const endless = trapOf(() => {
      for (;;) collector.update('a', text('x'), {});
    });
    expect(endless).toMatchObject({ kind: 'limit', code: 'OUTPUT', limit: 64 });
  });

  test('of an id with many places count for each', () => {
    const collector = new Collector(DEFAULT_LIMITS);
    collector.beginStep();
    for (let n = 0; n < 1000; n++) collector.display('display', text('x'), {}, 'a');
    const trap = trapOf(() => collector.update('a', text('x'.repeat(2000)), {}));
    expect(trap).toMatchObject({ code: 'OUTPUT', limit: 1024 });
  });
});

describe('clearing', () => {
  test('is at once, or waits for the next output of any kind', () => {
    const collector = new Collector(DEFAULT_LIMITS);
    collector.beginStep();
    collector.stream('stdout', bytes('a'));
    collector.clear(false);
    collector.stream('stdout', bytes('b'));
    collector.clear(true);
    expect(collector.endStep().outputs).toMatchObject([{ text: 'b' }]);
    collector.error('E', 'm', 't');
    expect(collector.endStep().outputs).toMatchObject([{ type: 'error' }]);
  });

  test('gives back room and number, but not without end', () => {
    const collector = new Collector({ ...DEFAULT_LIMITS, max_output_kb: 1 });
    collector.beginStep();
    for (let n = 0; n < 50; n++) {
      collector.stream('stdout', bytes('x'.repeat(1000)));
      collector.clear(true);
    }
    expect(collector.endStep().outputs).toHaveLength(1);
    const endless = trapOf(() => {
      for (;;) collector.clear(false);
    });
    expect(endless).toMatchObject({ code: 'OUTPUT', limit: 64 });
  });

  test('an update after it is shown anew', () => {
    const collector = new Collector(DEFAULT_LIMITS);
    collector.beginStep();
    collector.display('display', new Map([['text/plain', '1']]), {}, 'a');
    collector.clear(false);
    collector.update('a', new Map([['text/plain', '2']]), {});
    expect(collector.endStep().outputs).toMatchObject([{ data: { 'text/plain': '2' } }]);
  });
});

describe('what a page is told', () => {
  test('gives it the outputs of the record in the end, and a flood of changes few messages', () => {
    let seen: (Output | undefined)[] = [];
    let messages = 0;
    const collector = new Collector({ ...DEFAULT_LIMITS, max_output_kb: 65_536 });
    collector.beginStep({
      onOutput: (output) => {
        messages++;
        const last = seen.at(-1);
        if (last?.type === 'stream' && output.type === 'stream' && last.name === output.name)
          seen[seen.length - 1] = { ...last, text: last.text + output.text };
        else seen.push(output);
      },
      onReplace: (at, output) => {
        messages++;
        seen[at] = output;
      },
      onClear: () => {
        messages++;
        seen = [];
      },
    });
    for (let n = 0; n < 20_000; n++) {
      if (n % 7 === 0) collector.stream('stderr', bytes('é'.repeat(3)).subarray(0, 1 + (n % 5)));
      if (n % 50 === 0) collector.clear(n % 100 === 0);
      if (n % 50 === 1) collector.display('display', new Map([['text/plain', `${n}`]]), {}, `id${n % 4}`);
      collector.update(`id${n % 5}`, new Map([['text/plain', `${n}!`]]), {});
    }
    // Of 40,000 changes.
    expect(messages).toBeLessThan(8000);
    collector.display('display', new Map([['text/plain', 'last']]), {});
    collector.display('display', new Map([['text/plain', 'x'.repeat(5000)]]), {});
    const { outputs } = collector.endStep();
    const displays = (list: readonly (Output | undefined)[]) =>
      list.map((output) => (output?.type === 'stream' ? output.name : output));
    expect(displays(seen)).toEqual(displays(outputs));
  });
});

test('a traceback is cut in its middle', () => {
  const cut = shortTraceback(`begin ${'x'.repeat(1_000_000)} end`);
  expect(cut.length).toBeLessThanOrEqual(65_536);
  expect(cut).toMatch(/^begin x+\n… \(cut\) …\nx+ end$/);
});
