import { describe, expect, test } from 'vitest';
import type { Kernel, StepRequest, StepResult } from '../../../client/src/kernel/runtime.ts';
import { createKernelSession, type Choosing, type StepListener } from '../../../client/src/kernel/session.ts';

const step = (id: string): StepRequest => ({ object_id: id, language: 'python', source: id });
const result = (id: string, outcome: StepResult['step']['outcome'] = 'succeeded'): StepResult => ({
  step: { object_id: id, outcome, fuel: 1, outputs: [] },
  error: null,
  stopped: outcome === 'internal',
  artifacts: [],
  blobs: new Map(),
  memory_bytes: 0,
  duration_ms: 0,
});

/** A kernel whose steps end when the test says so. */
function manualKernel() {
  const running = new Map<
    string,
    { end: (outcome?: StepResult['step']['outcome']) => void; ask: (prompt: string) => Promise<string | null> }
  >();
  const events: string[] = [];
  const kernel: Kernel = {
    env_version: `python@sha256:${'0'.repeat(64)}`,
    limits: {
      fuel: 1,
      memory_mb: 64,
      timeout_ms: 1,
      cpu_ms: 1,
      max_output_kb: 1,
      max_artifacts: 0,
      max_artifact_kb: 0,
      max_file_kb: 0,
      max_files: 0,
    },
    prepare: () => Promise.resolve(),
    execute: ({ object_id }, callbacks) =>
      new Promise((resolve) => {
        running.set(object_id, {
          end: (outcome) => {
            running.delete(object_id);
            resolve(result(object_id, outcome));
          },
          ask: (prompt) => callbacks?.onInput?.(prompt) ?? Promise.resolve(null),
        });
      }),
    interrupt: () => {
      events.push('interrupt');
      for (const { end } of running.values()) end('internal');
      return Promise.resolve();
    },
    restart: () => {
      events.push('restart');
      for (const { end } of running.values()) end('internal');
      return Promise.resolve();
    },
    complete: () => Promise.resolve(null),
    inspect: () => Promise.resolve(null),
    transcript: () => [],
    close: () => events.push('close'),
  };
  return { kernel, running, events };
}

function recorder() {
  const log: string[] = [];
  const listener: StepListener = {
    onStart: (id) => log.push(`start ${id}`),
    onOutput: () => undefined,
    onDone: (id, { step: { outcome } }) => log.push(`done ${id} ${outcome}`),
    onStopped: (id) => log.push(`stopped ${id}`),
    onDropped: (id, reason) => log.push(`dropped ${id}${reason === null ? '' : ' with a reason'}`),
  };
  return { log, listener };
}

const settle = () => new Promise((resolve) => setTimeout(resolve));

function session(kernel: Kernel) {
  const { log, listener } = recorder();
  let openNow: () => void = () => undefined;
  const opened = createKernelSession((onProgress) => {
    // A host may report before it has returned its promise.
    onProgress({ stage: 'download', engine: 'python', received_bytes: 1, total_bytes: 2 });
    return new Promise((resolve) => {
      openNow = () => resolve(kernel);
    });
  }, listener);
  return { log, session: opened, open: () => openNow() };
}

describe('queueing', () => {
  test('requests wait for the engine and then run one after the other, in order', async () => {
    const { kernel, running } = manualKernel();
    const { log, session: kernelSession, open } = session(kernel);
    kernelSession.start();
    kernelSession.enqueue(step('a'));
    kernelSession.enqueue(step('b'));
    await settle();
    expect(kernelSession.engine.value).toMatchObject({ phase: 'loading', progress: { stage: 'download' } });
    expect(log).toEqual([]);
    open();
    await settle();
    expect(kernelSession.engine.value.phase).toBe('ready');
    expect([...running.keys()]).toEqual(['a']);
    running.get('a')?.end();
    await settle();
    running.get('b')?.end();
    await settle();
    expect(log).toEqual(['start a', 'done a succeeded', 'start b', 'done b succeeded']);
    expect(kernelSession.running.value).toBeNull();
  });

  test('what waits behind a failed cell does not run', async () => {
    const { kernel, running } = manualKernel();
    const { log, session: kernelSession, open } = session(kernel);
    kernelSession.enqueue(step('a'));
    kernelSession.enqueue(step('b'));
    open();
    await settle();
    running.get('a')?.end('failed');
    await settle();
    expect(log).toEqual(['start a', 'done a failed', 'dropped b with a reason']);
  });
});

describe('stopping', () => {
  test('ends the running step and forgets the waiting ones', async () => {
    const { kernel, events } = manualKernel();
    const { log, session: kernelSession, open } = session(kernel);
    kernelSession.enqueue(step('a'));
    kernelSession.enqueue(step('b'));
    open();
    await settle();
    await kernelSession.stop();
    await settle();
    expect(events).toEqual(['interrupt']);
    expect(log).toEqual(['start a', 'dropped b', 'stopped a']);
  });

  test('while the engine loads, it only empties the queue', async () => {
    const { kernel, events } = manualKernel();
    const { log, session: kernelSession, open } = session(kernel);
    kernelSession.enqueue(step('a'));
    await kernelSession.stop();
    open();
    await settle();
    expect(log).toEqual(['dropped a']);
    expect(events).toEqual([]);
  });

  test('a question that is open is answered with the end of input', async () => {
    const { kernel, running } = manualKernel();
    const { session: kernelSession, open } = session(kernel);
    kernelSession.enqueue(step('a'));
    open();
    await settle();
    const answer = running.get('a')?.ask('name? ');
    expect(kernelSession.question.value).toMatchObject({ cellId: 'a', prompt: 'name? ' });
    await kernelSession.stop();
    expect(await answer).toBeNull();
    expect(kernelSession.question.value).toBeNull();
  });
});

describe('restarting', () => {
  test('keeps the kernel, or opens another one', async () => {
    const { kernel, events } = manualKernel();
    const { session: kernelSession, open } = session(kernel);
    kernelSession.start();
    open();
    await settle();
    await kernelSession.restart();
    expect(events).toEqual(['restart']);
    const reopened = kernelSession.restart({ reopen: true });
    await settle();
    expect(kernelSession.engine.value.phase).toBe('loading');
    open();
    await reopened;
    await settle();
    expect(events).toEqual(['restart', 'close']);
    expect(kernelSession.engine.value.phase).toBe('ready');
  });
});

describe('another kernel', () => {
  /** A session whose kernels open at once, and what each of them began with. */
  function moving(transcript: readonly string[], choosing?: Choosing) {
    const { log, listener } = recorder();
    const begun: string[][] = [];
    const kernels: ReturnType<typeof manualKernel>[] = [];
    const kernelSession = createKernelSession(
      (_progress, carried) => {
        begun.push(carried.map(({ object_id }) => object_id));
        const made = manualKernel();
        kernels.push(made);
        const steps = transcript.map((id) => ({ ...step(id), parameters: {}, events: [] }));
        return Promise.resolve({ ...made.kernel, transcript: () => steps });
      },
      listener,
      choosing,
    );
    return { log, session: kernelSession, begun, kernels };
  }

  test('begins with what the one before has run, without the last run of one cell', async () => {
    const { session: kernelSession, begun, kernels } = moving(['a', 'b', 'a', 'c']);
    kernelSession.start();
    await settle();
    await kernelSession.move('a');
    expect(begun).toEqual([[], ['a', 'b', 'c']]);
    expect(kernels[0]?.events).toEqual(['close']);
    await kernelSession.move(null);
    expect(begun.at(-1)).toEqual(['a', 'b', 'a', 'c']);
    await kernelSession.restart({ reopen: true });
    expect(begun.at(-1)).toEqual([]);
  });

  test('stops what runs and drops what waits', async () => {
    const { session: kernelSession, log, begun } = moving(['a']);
    kernelSession.enqueue(step('a'));
    kernelSession.enqueue(step('b'));
    await settle();
    await kernelSession.move(null);
    expect(log).toEqual(['start a', 'dropped b', 'stopped a']);
    expect(begun).toEqual([[], ['a']]);
  });

  test('that does not open keeps what it was to begin with', async () => {
    const { log, listener } = recorder();
    const begun: number[] = [];
    const { kernel } = manualKernel();
    const steps = [{ ...step('a'), parameters: {}, events: [] }];
    const kernelSession = createKernelSession((_progress, carried) => {
      begun.push(carried.length);
      return begun.length === 2
        ? Promise.reject(new Error('no network'))
        : Promise.resolve({ ...kernel, transcript: () => steps });
    }, listener);
    kernelSession.start();
    await settle();
    await expect(kernelSession.move(null)).rejects.toThrow('no network');
    // What was left out once is not left out again.
    await kernelSession.move('a');
    expect(begun).toEqual([0, 1, 1]);
    expect(log).toEqual([]);
  });

  test('takes the place of one that has run nothing, if that is asked for before the first step', async () => {
    const answers = [true, false];
    let asked = 0;
    const made = moving([], {
      prepare: () => Promise.resolve(answers[asked++] ?? true),
      foresee: () => Promise.reject(),
    });
    made.session.start();
    await settle();
    made.session.enqueue(step('a'));
    await settle();
    expect(made.kernels.map(({ running }) => [...running.keys()])).toEqual([[], ['a']]);
    expect(made.kernels[0]?.events).toEqual(['close']);
    made.kernels[1]?.running.get('a')?.end();
    made.session.enqueue(step('b'));
    await settle();
    expect([asked, made.kernels.length]).toEqual([1, 2]);
    await made.session.restart();
    made.kernels[1]?.running.get('b')?.end();
    made.session.enqueue(step('c'));
    await settle();
    expect([asked, made.kernels.length]).toEqual([2, 2]);
  });
});

describe('foreseen', () => {
  /** Choices are said by the test. */
  function foreseeing() {
    const asked: { what: string; say: (another: boolean) => void }[] = [];
    const ask = (what: string) => () => new Promise<boolean>((say) => asked.push({ what, say }));
    const kernels: ReturnType<typeof manualKernel>[] = [];
    const kernelSession = createKernelSession(
      () => {
        const made = manualKernel();
        kernels.push(made);
        return Promise.resolve(made.kernel);
      },
      recorder().listener,
      { prepare: ask('prepare'), foresee: ask('foresee') },
    );
    kernelSession.start();
    const say = async (another: boolean) => {
      asked.at(-1)?.say(another);
      await settle();
    };
    return { session: kernelSession, asked, kernels, say };
  }

  test('the kernel is another one before anything runs, and only if it has to be', async () => {
    const { session: kernelSession, kernels, say } = foreseeing();
    kernelSession.foresee();
    await settle();
    await say(false);
    expect(kernels).toHaveLength(1);
    kernelSession.foresee();
    await settle();
    await say(true);
    expect(kernels.map(({ events }) => events)).toEqual([['close'], []]);
    expect(kernelSession.engine.value.phase).toBe('ready');
  });

  test('a step that comes meanwhile waits for the choice, and runs in what it led to', async () => {
    const { session: kernelSession, asked, kernels, say } = foreseeing();
    kernelSession.foresee();
    kernelSession.enqueue(step('a'));
    await settle();
    expect(asked.map(({ what }) => what)).toEqual(['foresee']);
    await say(true);
    expect(asked.map(({ what }) => what)).toEqual(['foresee', 'prepare']);
    await say(false);
    expect(kernels.map(({ running }) => [...running.keys()])).toEqual([[], ['a']]);
  });

  test('nothing, once something has run', async () => {
    const { session: kernelSession, asked, kernels, say } = foreseeing();
    kernelSession.enqueue(step('a'));
    await settle();
    await say(false);
    kernelSession.foresee();
    await settle();
    expect([asked.length, kernels.length]).toEqual([1, 1]);
  });

  test('a choice that fails leaves the kernel as it is', async () => {
    const { listener } = recorder();
    const { kernel, events } = manualKernel();
    const fails = () => Promise.reject(new Error('no network'));
    const kernelSession = createKernelSession(() => Promise.resolve(kernel), listener, {
      prepare: () => Promise.resolve(false),
      foresee: fails,
    });
    kernelSession.start();
    kernelSession.foresee();
    await settle();
    expect([events, kernelSession.engine.value.phase]).toEqual([[], 'ready']);
  });
});

test('an engine that does not open says so, drops what waits, and can be tried again', async () => {
  const { log, listener } = recorder();
  const { kernel } = manualKernel();
  let attempts = 0;
  const kernelSession = createKernelSession(() => {
    attempts += 1;
    return attempts === 1 ? Promise.reject(new Error('no network')) : Promise.resolve(kernel);
  }, listener);
  kernelSession.enqueue(step('a'));
  await settle();
  expect(kernelSession.engine.value).toEqual({ phase: 'failed', message: 'no network' });
  expect(log).toEqual(['dropped a with a reason']);
  kernelSession.start();
  await settle();
  expect(kernelSession.engine.value.phase).toBe('ready');
});
