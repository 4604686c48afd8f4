/** The inside of a sandbox: loads engines, begins, runs steps, and says what they did. One session is one run or kernel. */
import type { Engine, GuestError, RestoreEngine } from '../engines/engine.ts';
import { GuestTrap } from '../gate/trap.ts';
import { takeInterrupt, type InterruptFlag } from '../hosts/interrupts.ts';
import type { Begin, FromSandbox, GivenBootFiles, InSandbox, Interrupt, StepDone } from '../hosts/protocol.ts';
import { Collector, shortTraceback } from './collector.ts';
import { leavesKernel, outcomeOf, runError, trapError } from './failure.ts';
import type { Language } from './program.ts';
import type { RunError } from './record.ts';

export interface SessionHost {
  /** Bytes of `ahead` lie in the guest's memory: they are to be copied or sent before this returns. */
  send(message: FromSandbox): void;
  restore: Readonly<Record<Language, RestoreEngine>>;
  /** Boots an engine and gives its snapshot, where snapshots are made. */
  make?: (engine: Language, files: GivenBootFiles) => Promise<Uint8Array>;
  /** Where somebody says which step to interrupt, when memory can be shared with them. */
  interrupts?: InterruptFlag;
}

export class Session {
  readonly #host: SessionHost;
  readonly #engines = new Map<Language, Engine>();
  #begun: { begin: Begin; collector: Collector } | undefined;
  /** Engines that have begun a step: what was only kept ready is none of the program's doing, and not in its memory. */
  readonly #used = new Set<Engine>();
  /** Engines that had used up a limit before their first step. */
  readonly #stillborn = new Map<Engine, GuestTrap>();
  #dead = false;
  #queue: Promise<void> = Promise.resolve();

  constructor(host: SessionHost) {
    this.#host = host;
  }

  /** Takes messages in order; each is finished before the next begins. */
  receive(message: InSandbox): Promise<void> {
    this.#queue = this.#queue.then(() => this.#handle(message)).catch((error: unknown) => this.#fail(error));
    return this.#queue;
  }

  async #handle(message: InSandbox): Promise<void> {
    if (this.#dead) return;
    switch (message.kind) {
      case 'load': {
        const started = performance.now();
        const engine = await this.#host.restore[message.engine](message.files);
        if (message.files.late) engine.completeFiles(message.files.late);
        this.#engines.set(message.engine, engine);
        if (this.#begun) this.#beginEngine(engine, this.#begun.begin, this.#begun.collector);
        this.#host.send({ kind: 'loaded', engine: message.engine, duration_ms: performance.now() - started });
        return;
      }
      case 'make': {
        const { engine, files } = message;
        if (!this.#host.make) throw new TypeError('session: snapshots are not made here');
        const snapshot = await this.#host.make(engine, files);
        this.#dead = true;
        this.#host.send({ kind: 'made', engine, snapshot });
        return;
      }
      case 'begin': {
        const collector = new Collector(message.begin.limits, message.begin.limits_for === 'step');
        this.#begun = { begin: message.begin, collector };
        for (const engine of this.#engines.values()) this.#beginEngine(engine, message.begin, collector);
        this.#host.send({ kind: 'begun' });
        return;
      }
      case 'late':
        this.#engines.get(message.engine)?.completeFiles(message.bytes);
        return;
      case 'step':
        this.#step(message);
        return;
      case 'ask': {
        const { index, about, question } = message;
        const engine = this.#engines.get(question.language);
        const able = engine !== undefined && this.#begun !== undefined && !this.#stillborn.has(engine);
        this.#host.send({ kind: 'answer', index, answer: able ? engine.ask(about, question) : null });
      }
    }
  }

  /** Little fuel ends in the engine's own first instructions already. That is the program's limit, and its record says so. */
  #beginEngine(engine: Engine, begin: Begin, collector: Collector): void {
    try {
      engine.begin(begin, collector);
    } catch (thrown) {
      if (!(thrown instanceof GuestTrap)) throw thrown;
      this.#stillborn.set(engine, thrown);
    }
  }

  #step({ index, step, fuel, interactive }: InSandbox & { kind: 'step' }): void {
    const engine = this.#engines.get(step.language);
    if (!engine || !this.#begun) throw new Error(`session: ${step.language} was not loaded before its step`);
    this.#used.add(engine);
    const { collector } = this.#begun;
    collector.beginStep(
      {
        onOutput: (output) => this.#host.send({ kind: 'output', index, output }),
        onReplace: (at, output) => this.#host.send({ kind: 'replace', index, at, output }),
        onClear: () => this.#host.send({ kind: 'clear', index }),
      },
      (bytes) => this.#host.send({ kind: 'ahead', index, size_bytes: bytes.length, bytes }),
    );
    let error: RunError | null = null;
    let eventsUsed = 0;
    const interrupts: Interrupt[] = [];
    const flag = this.#host.interrupts;
    try {
      const stillborn = this.#stillborn.get(engine);
      if (stillborn) throw stillborn;
      const end = engine.run({
        step,
        fuel: BigInt(fuel),
        interactive,
        filename: filenameOf(step.object_id, index),
        isInterrupted: flag ? () => takeInterrupt(flag, index) : () => false,
        onInterrupt: (interrupt) => interrupts.push(interrupt),
      });
      eventsUsed = end.events_used;
      if (end.error) {
        collector.error(end.error.name, end.error.message, end.error.traceback);
        error = guestError(end.error, step.object_id);
      }
    } catch (thrown) {
      if (!(thrown instanceof GuestTrap)) throw thrown;
      this.#dead = true;
      if (thrown.kind === 'input') {
        this.#host.send({ kind: 'needs_input', index, prompt: lastLine(collector), interrupts });
        return;
      }
      if (thrown.kind === 'files') {
        this.#host.send({ kind: 'needs_files', index, interrupts });
        return;
      }
      error = trapError(thrown, step.object_id);
    }
    const collected = collector.endStep();
    const done: StepDone = {
      step: {
        object_id: step.object_id,
        outcome: outcomeOf(error),
        fuel: engine.fuelUsed(),
        outputs: collected.outputs,
      },
      error,
      artifacts: collected.artifacts,
      blobs: collected.blobs,
      memory_bytes: this.#memoryBytes(),
      events_used: eventsUsed,
      interrupts,
    };
    if (error && !leavesKernel(error)) this.#dead = true;
    this.#host.send({ kind: 'done', index, done });
  }

  #memoryBytes(): number {
    let sum = 0;
    for (const engine of this.#used) sum += engine.memoryBytes();
    return sum;
  }

  #fail(error: unknown): void {
    this.#dead = true;
    const message = error instanceof Error ? `${error.name}: ${error.message}` : 'an unknown error';
    this.#host.send({ kind: 'failed', error: runError('ENGINE_FAILED', `the engine could not be used: ${message}`) });
  }
}

/** What tracebacks call a step: its name, or its place where it has only an id. */
function filenameOf(objectId: string, index: number): string {
  return /^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(objectId) ? `cell ${index + 1}` : objectId;
}

function guestError(error: GuestError, step: string): RunError {
  const place = {
    step,
    traceback: shortTraceback(error.traceback),
    ...(error.line === undefined ? {} : { line: error.line }),
    ...(error.column === undefined ? {} : { column: error.column }),
  };
  if (error.limit) {
    const { code, limit, used, unit } = error.limit;
    return runError(code, `the limit of ${limit} ${unit} was reached: ${used} were asked for`, {
      ...place,
      limit,
      used,
    });
  }
  if (error.advice !== undefined) return runError(error.code, error.advice.slice(0, 4096), place);
  const message = error.message === '' ? error.name : `${error.name}: ${error.message}`;
  return runError(error.code, message.length > 4096 ? `${message.slice(0, 4096)}…` : message, place);
}

/** The unfinished last line of the text so far: what the guest asked. */
function lastLine(collector: Collector): string {
  const last = collector.endStep().outputs.at(-1);
  return last?.type === 'stream' ? last.text.slice(last.text.lastIndexOf('\n') + 1).slice(-1000) : '';
}
