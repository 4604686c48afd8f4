/** The kernel itself: a sandbox, a queue of steps, and the transcript from which the sandbox can be made again. */
import type { Interrupt } from '../hosts/protocol.ts';
import { nativeDigest } from './digest.ts';
import type { Answer, Question, QuestionKind } from './ask.ts';
import { leavesKernel, RunFailure, runError } from './failure.ts';
import type { Kernel, KernelOptions, StepCallbacks, StepRequest, StepResult } from './kernel.ts';
import { LateFiles, mayImport } from './late-files.ts';
import {
  DEFAULT_EPOCH_MS,
  DEFAULT_LIMITS,
  DEFAULT_SEED,
  type Language,
  type Limits,
  type ProgramStep,
  type StepEvent,
} from './program.ts';
import type { ArtifactRecord, RunError } from './record.ts';
import { addBlobs } from './run.ts';
import { Sandbox, type StepEnd } from './sandbox.ts';

/** A step that was asked to stop and goes on for so long is ended from outside: it waits for nothing, or catches the asking. */
const INTERRUPT_GRACE_MS = 1500;

/**
 * Starts a kernel. Its engines are loaded when a step first needs them.
 * @throws RunFailure when the environment is unknown or no sandbox can be made
 */
export async function openKernel(options: KernelOptions): Promise<Kernel> {
  const kernel = new LiveKernel(options);
  await kernel.start();
  return kernel;
}

class LiveKernel implements Kernel {
  readonly env_version: string;
  readonly limits: Limits;
  readonly #options: KernelOptions;
  readonly #lateFiles: LateFiles;
  #sandbox: Promise<Sandbox> | undefined;
  #transcript: ProgramStep[] = [];
  #queue: Promise<unknown> = Promise.resolve();
  /** Rises when the queue is dropped: what was queued before finds itself outdated. */
  #generation = 0;
  #index = 0;
  #asked = 0;
  /** Steps that run or wait. */
  #waiting = 0;
  #closed = false;

  constructor(options: KernelOptions) {
    this.#options = options;
    this.env_version = options.env_version;
    this.#lateFiles = new LateFiles(options.environments, options.env_version);
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#transcript = structuredClone([...(options.transcript ?? [])]);
  }

  async start(): Promise<void> {
    await this.#live();
  }

  prepare(language: Language): Promise<void> {
    const prepared = this.#queue.then(async () => {
      if (this.#closed) return;
      try {
        await (await this.#live()).load(language);
      } catch {
        await this.#discard();
      }
    });
    this.#queue = prepared;
    return prepared;
  }

  execute(step: StepRequest, callbacks: StepCallbacks = {}): Promise<StepResult> {
    const generation = this.#generation;
    this.#waiting++;
    const answer = this.#queue
      .then(() =>
        generation === this.#generation && !this.#closed ? this.#execute(step, callbacks, generation) : stopped(step),
      )
      .finally(() => this.#waiting--);
    this.#queue = answer.catch(() => undefined);
    return answer;
  }

  complete(question: Question): Promise<Answer | null> {
    return this.#ask('complete', question);
  }

  inspect(question: Question): Promise<Answer | null> {
    return this.#ask('inspect', question);
  }

  async #ask(about: QuestionKind, question: Question): Promise<Answer | null> {
    const { source, cursor } = question;
    if (!Number.isInteger(cursor) || cursor < 0 || cursor > source.length)
      throw new RangeError(`kernel: expected a cursor of 0 to ${source.length}, got ${cursor}`);
    if (this.#waiting > 0 || this.#closed || !this.#sandbox) return null;
    const live = this.#sandbox;
    const generation = this.#generation;
    const answer = this.#queue.then(async () => {
      if (generation !== this.#generation || this.#closed || this.#sandbox !== live) return null;
      try {
        return await (await live).ask(this.#asked++, about, question);
      } catch {
        // The next step finds a sandbox made from the transcript, which no question is in.
        if (this.#sandbox === live) await this.#discard();
        return null;
      }
    });
    this.#queue = answer;
    return answer;
  }

  async interrupt(): Promise<void> {
    if (this.#waiting === 0) return;
    this.#generation++;
    const sandbox = await this.#sandbox?.catch(() => undefined);
    if (sandbox?.interrupt()) {
      const ended = this.#queue.then(() => true);
      if (await Promise.race([ended, elapsed(INTERRUPT_GRACE_MS)])) return;
    }
    await this.#discard();
    // The queue's tail is the interrupted step, which ends now; the next step rebuilds the sandbox first.
    await this.#queue;
  }

  async restart(): Promise<void> {
    this.#generation++;
    this.#transcript = [];
    await this.#discard();
    await this.#queue;
    if (!this.#closed) await this.#live();
  }

  transcript(): ProgramStep[] {
    return structuredClone(this.#transcript);
  }

  close(): void {
    this.#closed = true;
    this.#generation++;
    void this.#discard();
  }

  async #execute(
    { object_id, language, source, parameters = {} }: StepRequest,
    callbacks: StepCallbacks,
    generation: number,
  ): Promise<StepResult> {
    const started = performance.now();
    let events: StepEvent[] = [];
    let interactive = callbacks.onInput !== undefined;
    for (;;) {
      const step: ProgramStep = { object_id, language, source, parameters, events };
      let end: StepEnd;
      try {
        end = await this.#step(step, interactive, callbacks);
      } catch (error) {
        if (generation !== this.#generation || this.#closed) return stopped({ object_id });
        await this.#discard();
        const failure = error instanceof RunFailure ? error : new RunFailure('HOST_FAILED', String(error));
        return failedStep(object_id, failure.error, started);
      }
      if (end.kind === 'ended') {
        await this.#discard();
        return failedStep(object_id, end.error, started);
      }
      if (end.kind === 'needs_files') {
        await this.#discard();
        try {
          await this.#lateFiles.fetch(language);
        } catch (error) {
          const failure = error instanceof RunFailure ? error : new RunFailure('HOST_FAILED', String(error));
          return failedStep(object_id, failure.error, started);
        }
        if (generation !== this.#generation) return stopped({ object_id });
        // The step starts over, and what interrupted it does so again.
        events = withInterrupts(events, end.interrupts);
        callbacks.onClear?.();
        continue;
      }
      if (end.kind === 'needs_input') {
        // The step starts over, from the state before it, with one more answer: the same as if it had waited.
        await this.#discard();
        const line = (await callbacks.onInput?.(end.prompt)) ?? null;
        if (generation !== this.#generation) return stopped({ object_id });
        events = withInterrupts(events, end.interrupts);
        if (line === null) interactive = false;
        else events.push({ kind: 'stdin', text: line });
        continue;
      }
      // What no step has needed so far comes when nobody waits for anything.
      if (mayImport(step)) this.#lateFiles.fetch(language).catch(() => undefined);
      const { done } = end;
      if (!done.error || leavesKernel(done.error))
        this.#transcript.push({ ...step, events: withInterrupts(events, done.interrupts) });
      else await this.#discard();
      const blobs = new Map<string, Uint8Array>();
      await addBlobs(blobs, done.blobs);
      const artifacts: ArtifactRecord[] = [];
      for (const { name, media_type, bytes } of done.artifacts) {
        const digest = await nativeDigest(bytes);
        blobs.set(digest, bytes);
        artifacts.push({ name, media_type, digest, size_bytes: bytes.length, step: object_id });
      }
      const { memory_bytes, error } = done;
      const duration_ms = performance.now() - started;
      return { step: done.step, error, stopped: false, artifacts, blobs, memory_bytes, duration_ms };
    }
  }

  async #step(step: ProgramStep, interactive: boolean, callbacks: StepCallbacks): Promise<StepEnd> {
    await this.#fetchLibraries(step);
    const sandbox = await this.#live();
    return sandbox.step(this.#index++, step, {
      fuel: this.limits.fuel,
      interactive,
      timeoutMs: this.limits.timeout_ms,
      listener: callbacks,
    });
  }

  /** Python's boot has what most steps import. JavaScript's has no library, and to wait for them takes less than to start over. */
  async #fetchLibraries(step: ProgramStep): Promise<void> {
    if (step.language !== 'javascript' || !mayImport(step) || this.#lateFiles.get('javascript')) return;
    // What fails here, the step meets again and says, if it needs them.
    await this.#lateFiles.fetch('javascript').catch(() => undefined);
  }

  /** The sandbox, made anew from the transcript when it is gone. */
  #live(): Promise<Sandbox> {
    this.#sandbox ??= this.#rebuild().catch((error: unknown) => {
      this.#sandbox = undefined;
      throw error;
    });
    return this.#sandbox;
  }

  async #rebuild(): Promise<Sandbox> {
    const { host, environments, env_version, onProgress, inputs = [], seed, epoch_ms, clock } = this.#options;
    const sandbox = await Sandbox.open({
      host,
      environments,
      env_version,
      cpu_ms: this.limits.cpu_ms,
      lateFiles: this.#lateFiles,
      ...(onProgress ? { onProgress } : {}),
    });
    try {
      await sandbox.begin({
        seed: seed ?? DEFAULT_SEED,
        epoch_ms: epoch_ms ?? DEFAULT_EPOCH_MS,
        clock: clock ?? 'virtual',
        limits: this.limits,
        limits_for: 'step',
        inputs: inputs.map(({ path, bytes }) => ({ path, bytes })),
      });
      for (const step of this.#transcript) {
        await this.#fetchLibraries(step);
        const end = await sandbox.step(this.#index++, step, {
          fuel: this.limits.fuel,
          interactive: false,
          timeoutMs: this.limits.timeout_ms,
        });
        if (end.kind === 'needs_files') {
          // Another kernel ran it, which had them.
          sandbox.close();
          await this.#lateFiles.fetch(step.language);
          return await this.#rebuild();
        }
        if (end.kind !== 'done')
          throw new RunFailure('ENGINE_FAILED', 'the kernel could not be rebuilt from its transcript');
      }
    } catch (error) {
      sandbox.close();
      throw error;
    }
    return sandbox;
  }

  async #discard(): Promise<void> {
    const sandbox = this.#sandbox;
    this.#sandbox = undefined;
    const open = await sandbox?.catch(() => undefined);
    open?.close(new RunFailure('HOST_FAILED', 'the step was stopped'));
  }
}

/** The events of a step and the interrupts that met it, in the order in which it saw them. */
function withInterrupts(events: readonly StepEvent[], interrupts: readonly Interrupt[]): StepEvent[] {
  const seen = [...events];
  for (const [index, { after, fuel }] of interrupts.entries())
    seen.splice(after + index, 0, { kind: 'interrupt', fuel });
  return seen;
}

/** False, after so many milliseconds. */
function elapsed(ms: number): Promise<false> {
  return new Promise((resolve) => setTimeout(resolve, ms, false));
}

function failedStep(object_id: string, error: RunError, started: number): StepResult {
  const outcome = error.category === 'RESOURCE_LIMIT' ? 'limit' : 'internal';
  return {
    step: { object_id, outcome, fuel: 0, outputs: [] },
    error,
    stopped: false,
    artifacts: [],
    blobs: new Map(),
    memory_bytes: 0,
    duration_ms: performance.now() - started,
  };
}

function stopped({ object_id }: { object_id: string }): StepResult {
  const error = runError('HOST_FAILED', 'the step was stopped', { step: object_id });
  return { ...failedStep(object_id, error, performance.now()), stopped: true };
}
