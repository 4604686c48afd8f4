/** Interrupts are events of a program: what they meet, and what is left of it, is the same in every run. Needs a build. */
import { createProgram, openKernel, replay, run, type StepEvent, type StepRecord } from '@praxis/wasm-runtime';
import { describe, expect, it } from 'vitest';
import { currentEnvironment, environments, host } from '../../support/node-runs.ts';

function program(sources: readonly string[], events: StepEvent[]) {
  const steps = sources.map((source, index) => ({
    object_id: `cell ${index + 1}`,
    language: 'python' as const,
    source,
    events: index === 0 ? events : [],
  }));
  return createProgram({ env_version: currentEnvironment(), steps });
}

const printed = (step: StepRecord | undefined) =>
  step?.outputs.map((output) => (output.type === 'stream' ? output.text : `[${output.type}]`)).join('');

const COUNT = 'n = 0\nwhile True:\n    n += 1';

describe('an interrupt in a program', () => {
  it('raises KeyboardInterrupt at the same instruction each time, and a replay confirms it', async () => {
    const interrupted = program([COUNT], [{ kind: 'interrupt', fuel: 5_000_000 }]);
    const { record, program: seen } = await run(interrupted, { host, environments });
    expect(record.error).toMatchObject({
      code: 'PYTHON_EXCEPTION',
      message: 'KeyboardInterrupt',
      details: { line: 3 },
    });
    expect(record.error?.details.traceback).not.toContain('/lib/praxis');
    expect(record.fuel).toBeGreaterThan(5_000_000);
    // The rest is what it takes to write the traceback.
    expect(record.fuel).toBeLessThan(8_000_000);
    expect(seen.steps[0]?.events).toHaveLength(1);
    expect((await replay(seen, record, { host, environments })).verdict).toBe('MATCH');
    const later = program([COUNT], [{ kind: 'interrupt', fuel: 5_100_000 }]);
    expect((await run(later, { host, environments })).record.fuel).toBeGreaterThan(record.fuel);
  });

  it("is the program's to catch, in the order of its events", async () => {
    const source = [
      'caught = []',
      'for turn in range(2):',
      '    try:',
      '        while True: pass',
      '    except KeyboardInterrupt:',
      '        caught.append(turn)',
      '    print(input("? "))',
      'print(caught)',
    ].join('\n');
    const { record } = await run(
      program(
        [source],
        [
          { kind: 'interrupt', fuel: 1_000_000 },
          { kind: 'stdin', text: 'one' },
          { kind: 'interrupt', fuel: 3_000_000 },
          { kind: 'stdin', text: 'two' },
        ],
      ),
      { host, environments },
    );
    expect(record.error).toBeNull();
    expect(printed(record.steps[0])).toBe('? one\n? two\n[0, 1]\n');
  });

  it("ends what waits and what is shown, and never the runner's own work", async () => {
    const sources = [
      'import asyncio\nasync def forever():\n    while True: await asyncio.sleep(1)\nawait forever()',
      'class Slow:\n    def __repr__(self):\n        while True: pass\nSlow()',
      'import re\nre.match("(a+)+$", "a" * 40 + "b")',
    ];
    for (const source of sources) {
      const { record } = await run(program([source], [{ kind: 'interrupt', fuel: 20_000_000 }]), {
        host,
        environments,
      });
      expect(record.error?.message, source).toBe('KeyboardInterrupt');
    }
    // Wherever it comes in a step that does almost nothing, the step ends as a step ends.
    for (let fuel = 0; fuel <= 300_000; fuel += 75_000) {
      const { record } = await run(program(['print("x" * 3)'], [{ kind: 'interrupt', fuel }]), { host, environments });
      expect([null, 'KeyboardInterrupt'], String(fuel)).toContain(record.error?.message ?? null);
    }
  });

  it('costs nothing where it does not come', async () => {
    const sources = ['total = sum(n * n for n in range(10_000))\nprint(total)'];
    const plain = await run(program(sources, []), { host, environments });
    const armed = await run(program(sources, [{ kind: 'interrupt', fuel: 1_000_000_000 }]), { host, environments });
    expect(armed.record.steps).toEqual(plain.record.steps);
  });
});

describe('a kernel whose host shares no memory with it', () => {
  it('ends the step from outside, and has the state before it again', async () => {
    const kernel = await openKernel({ host, environments, env_version: currentEnvironment() });
    await kernel.execute({ object_id: 'a', language: 'python', source: 'n = 7' });
    let started: () => void = () => undefined;
    const running = new Promise<void>((resolve) => (started = resolve));
    const endless = kernel.execute(
      { object_id: 'b', language: 'python', source: `print("on")\n${COUNT}` },
      { onOutput: () => started() },
    );
    const waiting = kernel.execute({ object_id: 'c', language: 'python', source: 'n = 9' });
    await running;
    await kernel.interrupt();
    expect(await endless).toMatchObject({ stopped: true, step: { outcome: 'internal', outputs: [] } });
    expect((await waiting).stopped).toBe(true);
    expect(kernel.transcript().map(({ object_id }) => object_id)).toEqual(['a']);
    const after = await kernel.execute({ object_id: 'd', language: 'python', source: 'n' });
    expect(after.step.outputs).toMatchObject([{ type: 'result', data: { 'text/plain': '7' } }]);
    kernel.close();
  });
});
