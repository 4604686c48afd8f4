/** The trusted side's handle of one sandbox: sends, waits, validates, watches the wall clock. Used by run, replay and kernels. */
import { readBytes } from '../environment/file-bytes.ts';
import type { EngineRole, EnvironmentManifest, EnvironmentSource } from '../environment/manifest.ts';
import { assertSupported } from '../environment/supported.ts';
import type {
  Begin,
  EngineFiles,
  ExitReason,
  FromSandbox,
  Host,
  Interrupt,
  SandboxArtifact,
  SandboxConnection,
  StepDone,
} from '../hosts/protocol.ts';
import { checkFromSandbox } from '../hosts/validate.ts';
import { AheadBytes } from './ahead.ts';
import type { Answer, Question, QuestionKind } from './ask.ts';
import { RunFailure, outcomeOf, runError } from './failure.ts';
import type { StartProgress } from './kernel.ts';
import { mayImport, type LateFiles } from './late-files.ts';
import { MAX_EVENTS, type Language, type ProgramStep } from './program.ts';
import type { OutputListener } from './previews.ts';
import type { RunError } from './record.ts';

export interface SandboxOptions {
  host: Host;
  environments: EnvironmentSource;
  env_version: string;
  cpu_ms: number;
  onProgress?: (progress: StartProgress) => void;
  /** Steps begin although these may not be here yet. Without, they wait for all files of their engine. */
  lateFiles?: LateFiles;
}

/** What a step did, with the bytes that went ahead in their places. */
export type WholeStep = Omit<StepDone, 'artifacts'> & { artifacts: SandboxArtifact[] };

export type StepEnd =
  | { kind: 'done'; done: WholeStep }
  | { kind: 'needs_input'; prompt: string; interrupts: readonly Interrupt[] }
  /** It read late files that were not here yet. */
  | { kind: 'needs_files'; interrupts: readonly Interrupt[] }
  /** The sandbox was ended by the host: wall clock, processor time, crash, abort. */
  | { kind: 'ended'; error: RunError };

/** A sandbox that nothing was asked of for so long is kept ready. */
const QUIET_MS = 20;
const ENGINE_START_LIMIT_MS = 120_000;
/** Fuel ends a question long before, except in a sandbox that is none of ours any more. */
const ASK_LIMIT_MS = 20_000;

/** What of an engine's files a start waits for. */
const STARTS_WITH = ['module', 'snapshot', 'image', 'libraries'] as const;

export class Sandbox {
  readonly #connection: SandboxConnection;
  readonly #options: SandboxOptions;
  readonly #manifest: EnvironmentManifest;
  readonly #loaded = new Set<Language>();
  readonly #complete = new Set<Language>();
  #waiting: { accept: (message: FromSandbox) => boolean; reject: (error: RunFailure) => void } | null = null;
  #ended: RunFailure | null = null;
  #completing: ReturnType<typeof setTimeout> | undefined;
  #listener: OutputListener = {};
  /** Index of the step that runs, if it can be interrupted. */
  #running: number | null = null;
  /** What has come of the artifacts of the step that runs. */
  #ahead = new AheadBytes(0);
  #maxArtifactKb = 0;
  /** Time spent on starting engines, ms. */
  engineStartMs = 0;

  private constructor(connection: SandboxConnection, options: SandboxOptions, manifest: EnvironmentManifest) {
    this.#connection = connection;
    this.#options = options;
    this.#manifest = manifest;
    connection.onMessage((message) => this.#receive(message));
    connection.onExit((reason) => this.#end(exitFailure(reason, options.cpu_ms)));
  }

  /** @throws RunFailure when the environment is unknown or the host cannot make a sandbox */
  static async open(options: SandboxOptions): Promise<Sandbox> {
    const manifest = await options.environments.manifest(options.env_version);
    assertSupported(manifest, options.env_version);
    const connection = await options.host.open({ cpu_ms: options.cpu_ms });
    return new Sandbox(connection, options, manifest);
  }

  get ended(): boolean {
    return this.#ended !== null;
  }

  /** Brings an engine in, once. @throws RunFailure */
  async load(engine: Language): Promise<void> {
    if (this.#loaded.has(engine)) return;
    const started = performance.now();
    const files: EngineFiles = await this.#fetch(engine);
    const late = this.#options.host.keepsFiles && this.#isForAll(engine) ? await this.#lateFile(engine) : undefined;
    if (late) files.late = late;
    this.#options.onProgress?.({ stage: 'start', engine, received_bytes: 0, total_bytes: 0 });
    const timer = setTimeout(
      () => this.#end(new RunFailure('ENGINE_FAILED', `${engine} did not start`)),
      ENGINE_START_LIMIT_MS,
    );
    try {
      const answer = this.#answer((message) => message.kind === 'loaded' && message.engine === engine);
      this.#connection.send({ kind: 'load', engine, files });
      await answer;
    } finally {
      clearTimeout(timer);
    }
    this.#loaded.add(engine);
    this.#completeSoon();
    this.engineStartMs += performance.now() - started;
    this.#options.onProgress?.({ stage: 'ready', engine, received_bytes: 0, total_bytes: 0 });
  }

  /** Ten megabytes that no step has asked for yet go when nothing else is on its way, such as another engine; a step sends them first. */
  #completeSoon(): void {
    clearTimeout(this.#completing);
    this.#completing = setTimeout(() => {
      if (this.#waiting) return;
      // What fails here, the step meets again and says.
      for (const engine of this.#loaded) if (this.#isForAll(engine)) this.#completeFiles(engine).catch(() => undefined);
    }, QUIET_MS);
  }

  /** Whether late files go to a sandbox before any step asks: not so libraries of JavaScript, unless a kernel's step has. */
  #isForAll(engine: Language): boolean {
    return engine !== 'javascript' || this.#options.lateFiles !== undefined;
  }

  /** The sandbox takes it before its next message, and says nothing. */
  async #completeFiles(engine: Language): Promise<void> {
    const bytes = await this.#lateFile(engine);
    if (bytes && !this.#ended) this.#connection.send({ kind: 'late', engine, bytes });
  }

  /** The late part of its file image, if there is one and it is here, once. */
  async #lateFile(engine: Language): Promise<Uint8Array | undefined> {
    const { late } = this.#manifest.engines[engine].files;
    if (!late || this.#complete.has(engine)) return undefined;
    const { environments, env_version, lateFiles } = this.#options;
    const bytes = lateFiles ? lateFiles.get(engine) : await readBytes(await environments.file(env_version, late));
    // Somebody else may have asked meanwhile.
    if (!bytes || this.#complete.has(engine)) return undefined;
    this.#complete.add(engine);
    return bytes;
  }

  async #fetch(engine: Language): Promise<EngineFiles> {
    const { files } = this.#manifest.engines[engine];
    const { environments, env_version, onProgress } = this.#options;
    const wanted = STARTS_WITH.flatMap((role) => (files[role] ? [{ role, file: files[role] }] : []));
    const total_bytes = wanted.reduce((sum, { file }) => sum + file.size_bytes, 0);
    const received = new Map<EngineRole, number>();
    const report = () => {
      const received_bytes = [...received.values()].reduce((sum, bytes) => sum + bytes, 0);
      onProgress?.({ stage: 'download', engine, received_bytes, total_bytes });
    };
    report();
    const entries = await Promise.all(
      wanted.map(async ({ role, file }) => {
        const bytes = await environments.file(env_version, file, (count) => {
          received.set(role, count);
          report();
        });
        return [role, bytes] as const;
      }),
    );
    // Module and snapshot are in every manifest.
    return Object.fromEntries(entries) as unknown as EngineFiles;
  }

  /** @throws RunFailure */
  async begin(begin: Begin): Promise<void> {
    const answer = this.#answer((message) => message.kind === 'begun');
    this.#maxArtifactKb = begin.limits.max_artifact_kb;
    this.#connection.send({ kind: 'begin', begin });
    await answer;
  }

  /** Runs one step under a wall clock of `timeoutMs`. @throws RunFailure when the sandbox itself failed */
  async step(
    index: number,
    step: ProgramStep,
    options: {
      fuel: number;
      interactive: boolean;
      timeoutMs: number;
      listener?: OutputListener;
      /** Its late files are there, whether it looks as if it needed them or not. */
      complete?: boolean;
    },
  ): Promise<StepEnd> {
    await this.load(step.language);
    if (options.complete || mayImport(step) || this.#isForAll(step.language)) await this.#completeFiles(step.language);
    this.#listener = options.listener ?? {};
    this.#ahead = new AheadBytes(this.#maxArtifactKb);
    const timer = setTimeout(
      () => this.#end(new RunFailure('WALL_CLOCK', `the time limit of ${options.timeoutMs} ms was reached`)),
      options.timeoutMs,
    );
    try {
      // Of the engines, CPython alone asks.
      if (step.language === 'python') this.#running = index;
      const answer = this.#answer(
        (message) =>
          (message.kind === 'done' || message.kind === 'needs_input' || message.kind === 'needs_files') &&
          message.index === index,
      );
      this.#connection.send({ kind: 'step', index, step, fuel: options.fuel, interactive: options.interactive });
      const message = await answer;
      if (message.kind === 'needs_files') {
        const { kind, interrupts } = message;
        this.#checkInterrupts(step, interrupts);
        return { kind, interrupts };
      }
      if (message.kind === 'needs_input') {
        const { kind, prompt, interrupts } = message;
        this.#checkInterrupts(step, interrupts);
        return { kind, prompt, interrupts };
      }
      if (message.kind === 'done') return this.#checkDone(step, message.done);
      throw new RunFailure('HOST_FAILED', 'the sandbox gave another answer than was asked for');
    } catch (error) {
      if (error instanceof RunFailure && outcomeOf(error.error) === 'limit') {
        const { code, message } = error.error;
        const limit = code === 'WALL_CLOCK' ? { limit: options.timeoutMs } : { limit: this.#options.cpu_ms };
        return { kind: 'ended', error: runError(code, message, { step: step.object_id, ...limit }) };
      }
      throw error;
    } finally {
      clearTimeout(timer);
      this.#running = null;
      this.#listener = {};
      this.#ahead = new AheadBytes(0);
    }
  }

  /** Asks between steps, of an engine that is there. @throws RunFailure when the sandbox itself failed */
  async ask(index: number, about: QuestionKind, question: Question): Promise<Answer | null> {
    if (!this.#loaded.has(question.language)) return null;
    const timer = setTimeout(
      () => this.#end(new RunFailure('HOST_FAILED', 'a question was not answered')),
      ASK_LIMIT_MS,
    );
    try {
      const answer = this.#answer((message) => message.kind === 'answer' && message.index === index);
      this.#connection.send({ kind: 'ask', index, about, question });
      const message = await answer;
      return message.kind === 'answer' ? message.answer : null;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Asks the running step to stop by itself. @returns false where the host has no way to say so */
  interrupt(): boolean {
    return this.#running !== null && !this.#ended && this.#connection.interrupt(this.#running);
  }

  /** What a sandbox says of its own step must fit together. */
  #checkDone(step: ProgramStep, done: StepDone): StepEnd {
    if (
      done.step.object_id !== step.object_id ||
      done.step.outcome !== outcomeOf(done.error) ||
      done.events_used > step.events.length
    ) {
      this.#contradiction();
    }
    this.#checkInterrupts(step, done.interrupts);
    const artifacts = this.#ahead.complete(done.artifacts) ?? this.#contradiction();
    return { kind: 'done', done: { ...done, artifacts } };
  }

  /** They become events of the step, in their places. */
  #checkInterrupts({ events }: ProgramStep, interrupts: readonly Interrupt[]): void {
    let before: Interrupt = { after: 0, fuel: 0 };
    for (const interrupt of interrupts) {
      if (interrupt.after < before.after || interrupt.fuel < before.fuel || interrupt.after > events.length)
        this.#contradiction();
      before = interrupt;
    }
    if (events.length + interrupts.length > MAX_EVENTS) this.#contradiction();
  }

  #contradiction(): never {
    const failure = new RunFailure('HOST_FAILED', 'the sandbox sent an answer that contradicts itself');
    this.#end(failure);
    throw failure;
  }

  /** Ends the sandbox. Whoever waits is told `reason`. */
  close(reason = new RunFailure('HOST_FAILED', 'the sandbox was closed')): void {
    this.#end(reason);
  }

  #answer(accept: (message: FromSandbox) => boolean): Promise<FromSandbox> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(this.#ended);
      this.#waiting = {
        reject,
        accept: (message) => {
          if (!accept(message)) return false;
          resolve(message);
          return true;
        },
      };
    });
  }

  #receive(raw: unknown): void {
    if (this.#ended) return;
    const message = checkFromSandbox(raw);
    if (!message) return this.#end(new RunFailure('HOST_FAILED', 'the sandbox sent a malformed message'));
    if (message.kind === 'failed') return this.#end(new RunFailure('ENGINE_FAILED', message.error.message));
    if (message.kind === 'output') return this.#listener.onOutput?.(message.output);
    if (message.kind === 'replace') return this.#listener.onReplace?.(message.at, message.output);
    if (message.kind === 'clear') return this.#listener.onClear?.();
    if (message.kind === 'ahead') {
      if (!this.#ahead.take(message.size_bytes, message.bytes))
        this.#end(new RunFailure('HOST_FAILED', 'the sandbox sent bytes that are none of an artifact'));
      return;
    }
    const waiting = this.#waiting;
    if (!waiting?.accept(message))
      return this.#end(new RunFailure('HOST_FAILED', 'the sandbox sent an unexpected message'));
    this.#waiting = null;
  }

  #end(reason: RunFailure): void {
    if (this.#ended) return;
    this.#ended = reason;
    clearTimeout(this.#completing);
    this.#connection.close();
    this.#waiting?.reject(reason);
    this.#waiting = null;
  }
}

function exitFailure(reason: ExitReason, cpuMs: number): RunFailure {
  if (reason.cause === 'cpu') return new RunFailure('CPU', `the processor time limit of ${cpuMs} ms was reached`);
  return new RunFailure('HOST_FAILED', `the sandbox ended by itself (${reason.cause}): ${reason.detail}`);
}
