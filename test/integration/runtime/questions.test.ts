/** Completion and inspection in a kernel: answered from its live names, and without a trace in what comes after. Needs a build. */
import { openKernel } from '@praxis/wasm-runtime';
import { describe, expect, it } from 'vitest';
import { currentEnvironment, environments, host } from '../../support/node-runs.ts';

describe('questions between steps', () => {
  const before: Record<'python' | 'javascript', string> = {
    python: [
      'class Spy:',
      '    seen = 0',
      '    def __dir__(self):',
      '        Spy.seen += 1',
      '        return ["left", "right"]',
      '    @property',
      '    def costly(self):',
      '        Spy.seen += 1',
      'class Endless:',
      '    def __dir__(self):',
      '        while True: pass',
      'class Writer:',
      '    def __dir__(self):',
      '        open("trace", "w").write("x")',
      '        import os, time',
      '        os.urandom(8), time.sleep(5), print("seen")',
      '        return ["a"]',
      'class Eater:',
      '    def __dir__(self):',
      '        return ["x" * (64 << 20)]',
      'def area(width, height=2):',
      '    "The area."',
      'spy, endless, writer, eater, ages = Spy(), Endless(), Writer(), Eater(), {"ann": 1, "bob": 2}',
    ].join('\n'),
    javascript:
      'let counter = 0; const shape = { width: 1, get area() { counter++; return 2; } }; const trap = new Proxy({}, { ownKeys() { counter++; return []; } }); const endless = new Proxy({}, { ownKeys() { for (;;); } });',
  };
  const after: Record<'python' | 'javascript', string> = {
    python:
      'import time, random, os\nprint(Spy.seen, time.time_ns(), time.monotonic_ns(), random.random(), os.urandom(4).hex(), id(object()), os.listdir("."), hash("x"))\n%fuel sorted(range(1000))',
    javascript: '[counter, Date.now(), performance.now(), Math.random()]',
  };
  const asked: Record<'python' | 'javascript', string[]> = {
    python: ['spy.', 'spy.costly.', 'ages["', 'area(wi', 'pri', 'writer.', '%ti', 'import js', 'area', 'spy'],
    javascript: ['shape.', 'shape.area.', 'trap.', 'sha', 'JSON.', 'shape'],
  };

  it.each([
    ['python', 1000],
    ['javascript', 1000],
  ] as const)(
    'of %s leave no trace: after %i of them the record is byte for byte the same',
    async (language, count) => {
      const records: string[] = [];
      const transcripts: string[] = [];
      for (const questions of [0, count]) {
        const own = await openKernel({ host, environments, env_version: currentEnvironment() });
        await own.execute({ object_id: 'one', language, source: before[language] });
        let answered = 0;
        const sources = asked[language];
        for (let n = 0; n < questions; n++) {
          const source = sources[n % sources.length] ?? '';
          const question = { language, source, cursor: source.length };
          if ((await (n % 3 === 0 ? own.inspect(question) : own.complete(question))) !== null) answered++;
        }
        if (questions > 0) expect(answered).toBeGreaterThan(questions / 2);
        if (questions > 0) {
          // Stopped by its own fuel. What cannot be put back is made anew from the transcript.
          expect(await own.complete({ language, source: 'endless.', cursor: 8 })).toBeNull();
        }
        if (language === 'python' && questions > 0) {
          // An exception of the guest is a list without entries.
          expect(await own.complete({ language, source: 'eater.', cursor: 6 })).toMatchObject({ matches: [] });
        }
        const { step, memory_bytes, error } = await own.execute({
          object_id: 'two',
          language,
          source: after[language],
        });
        expect(error).toBeNull();
        records.push(JSON.stringify({ step, memory_bytes }));
        transcripts.push(JSON.stringify(own.transcript()));
        own.close();
      }
      expect(records[1]).toBe(records[0]);
      expect(transcripts[1]).toBe(transcripts[0]);
    },
  );

  it('complete names, members without evaluating them, arguments, keys, modules and magics', async () => {
    const kernel = await openKernel({ host, environments, env_version: currentEnvironment() });
    const run = (source: string) => kernel.execute({ object_id: 'cell', language: 'python', source });
    await run(before.python);
    const complete = async (source: string) => {
      const answer = await kernel.complete({ language: 'python', source, cursor: source.length });
      return answer && { before: answer.before, texts: answer.matches.map(({ text }) => text) };
    };
    expect(await complete('x = spy.le')).toEqual({ before: 2, texts: ['left'] });
    expect(await complete('ages["a')).toEqual({ before: 1, texts: ['ann'] });
    expect((await complete('area(1, he'))?.texts[0]).toBe('height=');
    expect((await complete('import jso'))?.texts).toEqual(['json']);
    expect((await complete('%fue'))?.texts).toEqual(['fuel', 'fuel_profile']);
    expect((await complete('Spy.se'))?.texts).toEqual(['seen']);
    expect((await complete('spy.costly.'))?.texts).toEqual([]);
    expect(await complete('nothing.')).toEqual({ before: 0, texts: [] });
    const inspected = await kernel.inspect({ language: 'python', source: 'area(1, ', cursor: 8 });
    expect(inspected?.text).toContain('area(width, height=2)');
    expect((await run('print(Spy.seen)')).step.outputs).toEqual([{ type: 'stream', name: 'stdout', text: '0\n' }]);
    kernel.close();
  });

  it('have no answer while a step runs, of a language that has not run, or at a cursor that is nowhere', async () => {
    const own = await openKernel({ host, environments, env_version: currentEnvironment() });
    const question = { language: 'python', source: 'pri', cursor: 3 } as const;
    expect(await own.complete(question)).toBeNull();
    const running = own.execute({ object_id: 'a', language: 'python', source: 'x = 1' });
    expect(await own.complete(question)).toBeNull();
    await running;
    expect((await own.complete(question))?.matches[0]?.text).toBe('print');
    await expect(own.complete({ ...question, cursor: 4 })).rejects.toThrow(RangeError);
    own.close();
    expect(await own.complete(question)).toBeNull();
  });
});
