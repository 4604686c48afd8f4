/**
 * The kernel of this page: opened once, before anyone asks; run requests queue while the engine loads. One step runs at a time,
 * so that what is running, waiting and done is always known here.
 */
import { batch, signal, type ReadonlySignal } from '@preact/signals';
import { noteEngineStarted } from './engine-started.ts';
import type {
  Answer,
  Kernel,
  Limits,
  OutputChange,
  ProgramStep,
  Question,
  StartProgress,
  StepEvent,
  StepRequest,
  StepResult,
} from './runtime.ts';

export type EngineState =
  | { phase: 'loading'; progress: StartProgress | null }
  | { phase: 'ready' }
  | { phase: 'restarting' }
  | { phase: 'failed'; message: string };

/** A question that the running cell asks its reader. */
export interface InputQuestion {
  cellId: string;
  prompt: string;
  /** `null` means that no more lines will come. */
  answer: (line: string | null) => void;
}

/** What the session tells about the steps that it runs. */
export interface StepListener {
  onStart(cellId: string): void;
  onOutput(cellId: string, change: OutputChange): void;
  onDone(cellId: string, result: StepResult): void;
  /** The person stopped it while it ran; the kernel is back where it was before. */
  onStopped(cellId: string): void;
  /** The step will not run, or ended without a result. `reason` is `null` when the person stopped it before it began. */
  onDropped(cellId: string, reason: string | null): void;
}

export interface KernelSession {
  readonly engine: ReadonlySignal<EngineState>;
  readonly running: ReadonlySignal<string | null>;
  readonly question: ReadonlySignal<InputQuestion | null>;
  /** The limits of the open kernel; `null` until there is one. */
  readonly limits: ReadonlySignal<Limits | null>;
  /** Loads the engine. Safe to call again after a failure. */
  start(): void;
  /** The cells are others now: as long as nothing has run, the kernel may have to be another one. */
  foresee(): void;
  enqueue(step: StepRequest): void;
  /**
   * Opens another kernel, in the environment that is wanted now, and has it run again what this one has run. What waits is
   * dropped, what runs is stopped.
   * @param without the object whose last step is left out, because it is about to run again
   */
  move(without: string | null): Promise<void>;
  /** What could stand at a cursor, or what stands there. `null` while cells run, and when there is nothing to say. */
  ask(about: 'complete' | 'inspect', question: Question): Promise<Answer | null>;
  /** Ends the running step and forgets the waiting ones. */
  stop(): Promise<void>;
  /** What the steps that the kernel's state holds have read from outside, by object. A whole run is not interrupted where they were. */
  events(): Record<string, StepEvent[]>;
  /** A kernel that knows nothing. With `reopen`, a new one is opened, for instance because limits changed. */
  restart(options?: { reopen?: boolean }): Promise<void>;
}

export type OpenKernel = (
  onProgress: (progress: StartProgress) => void,
  transcript: readonly ProgramStep[],
) => Promise<Kernel>;

/** Asked before the first step in a kernel that has run nothing. `true`: it is to be another kernel. */
export type Prepare = () => Promise<boolean>;

export interface Choosing {
  prepare: Prepare;
  /** The same while nobody waits. */
  foresee: Prepare;
}

export function createKernelSession(open: OpenKernel, listener: StepListener, choosing?: Choosing): KernelSession {
  const engine = signal<EngineState>({ phase: 'loading', progress: null });
  const running = signal<string | null>(null);
  const question = signal<InputQuestion | null>(null);
  const limits = signal<Limits | null>(null);
  let opening: Promise<Kernel> | null = null;
  let openings = 0;
  let current: Kernel | null = null;
  let queue: StepRequest[] = [];
  let pumping = false;
  /** Nothing has run in the kernel, so nothing is lost with it. */
  let fresh = true;
  let chosen: Promise<unknown> = Promise.resolve();
  /** What a kernel that is opened begins with. */
  let carried: readonly ProgramStep[] = [];
  /** Grows with every stop and restart: what was asked before has no effect any more. */
  let generation = 0;

  const kernel = (): Promise<Kernel> => {
    if (opening !== null) return opening;
    engine.value = { phase: 'loading', progress: null };
    openings += 1;
    const number = openings;
    const mine = open((progress) => {
      if (number === openings && engine.value.phase === 'loading') engine.value = { phase: 'loading', progress };
    }, carried);
    opening = mine;
    mine.then(
      (opened) => {
        if (opening !== mine) return opened.close();
        current = opened;
        carried = [];
        batch(() => {
          limits.value = opened.limits;
          engine.value = { phase: 'ready' };
        });
        if (!pumping) noteEngineStarted();
        return undefined;
      },
      (error: unknown) => {
        if (opening !== mine) return;
        opening = null;
        engine.value = {
          phase: 'failed',
          message: error instanceof Error ? error.message : 'The engine did not start.',
        };
      },
    );
    return mine;
  };

  const abandon = (): void => {
    const before = opening;
    opening = null;
    current = null;
    before?.then((opened) => opened.close()).catch(() => undefined);
  };

  const dropQueue = (reason: string | null): void => {
    const dropped = queue;
    queue = [];
    for (const step of dropped) listener.onDropped(step.object_id, reason);
  };

  const runOne = async (step: StepRequest, opened: Kernel): Promise<void> => {
    const asked = generation;
    const cellId = step.object_id;
    running.value = cellId;
    listener.onStart(cellId);
    const tell = (change: OutputChange): void => {
      if (asked === generation) listener.onOutput(cellId, change);
    };
    try {
      const result = await opened.execute(step, {
        onOutput: (output) => tell({ kind: 'add', output }),
        onReplace: (at, output) => tell({ kind: 'replace', at, output }),
        onClear: () => tell({ kind: 'clear' }),
        onInput: (prompt) =>
          new Promise((resolve) => {
            const answer = (line: string | null): void => {
              question.value = null;
              resolve(line);
            };
            question.value = { cellId, prompt, answer };
          }),
      });
      if (result.stopped) {
        listener.onStopped(cellId);
        return;
      }
      listener.onDone(cellId, result);
      // As in Jupyter: what was to come after a failed cell does not run on its ruins.
      if (result.step.outcome !== 'succeeded') dropQueue('Not run: a cell before it did not succeed.');
    } catch (error) {
      listener.onDropped(cellId, error instanceof Error ? error.message : 'The kernel failed.');
      dropQueue(null);
    } finally {
      question.value?.answer(null);
      running.value = null;
    }
  };

  /** One after the other: what one of them has changed, the next one finds as it is. */
  const choose = (asked: Prepare): Promise<boolean> => {
    const choice = chosen.then(async () => {
      if (!fresh || !(await asked())) return false;
      abandon();
      return true;
    });
    chosen = choice.catch(() => undefined);
    return choice;
  };

  const pump = async (): Promise<void> => {
    if (pumping) return;
    pumping = true;
    try {
      while (queue.length > 0) {
        if (fresh && choosing) await choose(choosing.prepare);
        const opened = await kernel();
        // Another one was asked for meanwhile.
        if (opened !== current) continue;
        const step = queue.shift();
        if (step === undefined) continue;
        fresh = false;
        await runOne(step, opened);
      }
    } catch {
      // The engine did not open; `engine` says why.
      dropQueue('Not run: the engine did not start.');
    } finally {
      pumping = false;
      noteEngineStarted();
    }
  };

  const stop = async (): Promise<void> => {
    generation += 1;
    dropQueue(null);
    const interrupted = running.value === null ? null : current?.interrupt();
    // After the interrupt: a step that gets its answer first would go on with it.
    question.value?.answer(null);
    await interrupted;
  };

  return {
    engine,
    running,
    question,
    limits,
    start() {
      kernel().catch(() => undefined);
    },
    foresee() {
      if (!fresh || !choosing) return;
      choose(choosing.foresee)
        .then((another) => (another ? kernel() : undefined))
        .catch(() => undefined);
    },
    enqueue(step) {
      queue = [...queue.filter((waiting) => waiting.object_id !== step.object_id), step];
      void pump();
    },
    async ask(about, question) {
      if (current === null || running.value !== null || queue.length > 0) return null;
      return current[about](question).catch(() => null);
    },
    events() {
      const steps = current?.transcript() ?? [];
      return Object.fromEntries(
        steps
          .map(({ object_id, events }) => [object_id, events.filter(({ kind }) => kind !== 'interrupt')] as const)
          .filter(([, events]) => events.length > 0),
      );
    },
    stop,
    async move(without) {
      await stop();
      const steps = current?.transcript();
      const again = steps?.findLastIndex(({ object_id }) => object_id === without) ?? -1;
      // Without a kernel, what the last one had run is still to be carried, and its last run was left out then.
      if (steps) carried = again === -1 ? steps : steps.toSpliced(again, 1);
      fresh = carried.length === 0;
      abandon();
      await kernel();
    },
    async restart({ reopen = false } = {}) {
      generation += 1;
      dropQueue(null);
      fresh = true;
      carried = [];
      const before = opening;
      if (before === null || reopen) {
        abandon();
        question.value?.answer(null);
        await kernel();
        return;
      }
      const opened = await before;
      engine.value = { phase: 'restarting' };
      try {
        const restarted = opened.restart();
        question.value?.answer(null);
        await restarted;
        engine.value = { phase: 'ready' };
      } catch (error) {
        opening = null;
        engine.value = {
          phase: 'failed',
          message: error instanceof Error ? error.message : 'The engine did not start.',
        };
        throw error;
      }
    },
  };
}
