/** QuickJS as an engine: restored from its snapshot, then driven through raw exports. The guest is hostile. */
import type { Entropy } from '../../gate/entropy.ts';
import { GuestTrap } from '../../gate/trap.ts';
import type { Begin, GivenFiles } from '../../hosts/protocol.ts';
import { ASK_FUEL, MAX_ANSWER_BYTES, questionText, readAnswer } from '../../run/ask.ts';
import type { Answer, Question, QuestionKind } from '../../run/ask.ts';
import type { Collector } from '../../run/collector.ts';
import type { Limits } from '../../run/program.ts';
import { trapOf } from '../classify.ts';
import type { Engine, EngineStep, EngineStepEnd, GuestError } from '../engine.ts';
import { moduleOf, type Given } from '../given.ts';
import { unpackSnapshot } from '../snapshot.ts';
import { openEntropy, startClock } from '../sources.ts';
import { Untouched } from '../untouched.ts';
import { releaseBindings } from './bindings.ts';
import { JAVASCRIPT_MAX_DEPTH, readPointers, type Pointers } from './boot.ts';
import { completedImport } from './complete-import.ts';
import { Channel, type GuestErrorMessage } from './channel.ts';
import { Entries } from './entries.ts';
import { EventLoop } from './event-loop.ts';
import { copySnapshot, QuickJs } from './instance.ts';
import { Libraries } from './libraries.ts';
import { readLinkTable } from './link.ts';
import { ModuleLoader } from './module-loader.ts';
import { StepImports } from './step-imports.ts';

const MIB = 1 << 20;

/** @param onLoad told the name of each module of a library that a program imports, or that such a module imports */
export async function restoreJavaScript(
  files: Omit<GivenFiles, 'libraries'>,
  onLoad?: (module: string) => void,
): Promise<Engine> {
  const snapshot = unpackSnapshot(files.snapshot);
  const module = await moduleOf(files.module);
  const engine = new QuickJs(module, readLinkTable(snapshot.link));
  copySnapshot(engine, snapshot);
  if (engine.call('emscripten_stack_get_current') !== snapshot.stack_pointer)
    throw new Error('quickjs: the stack is not where the snapshot has it');
  // Environments from before there were libraries name none.
  return new JavaScriptEngine(engine, readPointers(snapshot.pointers), new Libraries(snapshot.libraries ?? [], onLoad));
}

export class JavaScriptEngine implements Engine {
  readonly #engine: QuickJs;
  readonly #pointers: Pointers;
  readonly #entries: Entries;
  readonly #loop: EventLoop;
  readonly #imports: StepImports;
  readonly #untouched: Untouched;
  readonly #libraries: Libraries;
  #loader: ModuleLoader | undefined;
  #limits: Limits | undefined;
  #fuel = 0n;
  #current: EngineStep | undefined;
  #eventsUsed = 0;
  #error: GuestError | null = null;
  #dead: GuestTrap | undefined;

  constructor(engine: QuickJs, pointers: Pointers, libraries: Libraries) {
    this.#engine = engine;
    this.#pointers = pointers;
    this.#libraries = libraries;
    this.#entries = new Entries(engine, pointers);
    this.#loop = new EventLoop(engine, pointers, this.#entries);
    this.#imports = new StepImports(engine, pointers, this.#entries);
    this.#untouched = new Untouched(engine.linear);
  }

  begin(begin: Begin, collector: Collector): void {
    if (this.#limits) throw new Error('javascript: begun already');
    this.#limits = begin.limits;
    const engine = this.#engine;
    engine.clock = startClock(begin, engine.virtualClock);
    this.#seedMathRandom(openEntropy(begin, 'javascript'));
    engine.setMemoryLimit(begin.limits.memory_mb * MIB);
    const inputs = new Map(begin.inputs.map(({ path, bytes }) => [path, bytes]));
    const loader = new ModuleLoader({
      engine,
      pointers: this.#pointers,
      inputs,
      libraries: this.#libraries,
      outOfMemory: () => this.#stopWithoutMemory(),
    });
    this.#loader = loader;
    const channel = new Channel({
      engine,
      context: this.#pointers.context,
      limits: begin.limits,
      collector,
      inputs,
      readLine: (prompt) => this.#readLine(prompt),
      failed: (message) => this.#failed(message),
    });
    engine.setListener({
      call: (count, values) => channel.call(count, values),
      rejected: (promise, reason, handled) => this.#loop.noteRejection(promise, reason, handled),
      resolve: (importer, specifier) => loader.resolve(importer, specifier),
      load: () => loader.load(),
    });
    this.#fuel = BigInt(begin.limits.fuel);
    engine.gate.allow(this.#fuel);
    engine.gate.flip();
    this.#guarded(() => this.#entries.say('begin'));
  }

  run(step: EngineStep): EngineStepEnd {
    if (!this.#limits) throw new Error('javascript: not begun');
    if (this.#dead) throw this.#dead;
    this.#untouched.forget();
    this.#current = step;
    this.#loader?.noteStep(step.filename);
    this.#eventsUsed = 0;
    this.#error = null;
    this.#engine.takeMemoryRefusal();
    this.#fuel = step.fuel;
    this.#engine.gate.allow(step.fuel);
    const succeeded = this.#guarded(() => {
      const done = this.#run(step);
      this.#entries.releaseSince(0);
      return done;
    });
    return { error: succeeded ? null : (this.#error ?? this.#silentFailure()), events_used: this.#eventsUsed };
  }

  ask(about: QuestionKind, question: Question): Answer | null {
    const [engine, limits, entry] = [this.#engine, this.#limits, this.#pointers.ask];
    if (!limits || this.#dead || !entry) return null;
    const imported = about === 'complete' ? completedImport(question, this.#loader?.names ?? []) : null;
    if (imported) return imported;
    const putClockBack = engine.virtualClock.checkpoint();
    const stack = this.#stackPointer();
    // No room to grow: a memory cannot be made smaller again.
    engine.setMemoryLimit(this.memoryBytes());
    const answer = this.#untouched.around(() =>
      engine.gate.apart(BigInt(ASK_FUEL), () => this.#answer(entry, questionText(about, question))),
    );
    engine.setMemoryLimit(limits.memory_mb * MIB);
    putClockBack();
    // The module keeps its stack pointer to itself, and a trap leaves it where it was.
    if (this.#stackPointer() !== stack) throw new Error('javascript: a question could not be undone');
    return readAnswer(answer, question.cursor);
  }

  /** Asked apart, too: even that costs fuel, and the clock would show it. */
  #stackPointer(): number | null {
    return this.#engine.gate.apart(BigInt(ASK_FUEL), () => this.#engine.call('emscripten_stack_get_current'));
  }

  /** Nothing that it makes is freed: the memory is put back whole. */
  #answer(entry: number, question: string): string | null {
    const { context, lexical_scope } = this.#pointers;
    const text = this.#engine.allocateText(question).address;
    const value = text === 0 ? 0 : this.#engine.call('QTS_NewString', context, text) >>> 0;
    const answer = value === 0 ? 0 : this.#engine.apply(context, entry, value, lexical_scope);
    return answer === 0 ? null : (this.#engine.values.text(answer, MAX_ANSWER_BYTES) ?? null);
  }

  completeFiles(late: Given): void {
    this.#libraries.give(late);
  }

  fuelUsed(): number {
    return Number(this.#engine.gate.usedNow());
  }

  memoryBytes(): number {
    return this.#engine.linear.buffer.byteLength;
  }

  /** False: the step failed, and the prelude has said how if it could. */
  #run({ step, filename }: EngineStep): boolean {
    const entries = this.#entries;
    const loop = this.#loop;
    loop.begin();
    releaseBindings(this.#engine, this.#pointers, (entry, argument) => entries.tell(entry, argument));
    const request = entries.newText(JSON.stringify({ filename, parameters: step.parameters }));
    if (request === 0 || !entries.say('prepare', request)) return false;
    const promise = this.#evaluate(step.source, filename);
    if (promise === 0) return false;
    const wrapped = loop.settle(promise);
    if (wrapped === null) return false;
    // The value of the last expression, awaited where it is a promise.
    const value = entries.ask('completion', wrapped);
    if (value === 0) return false;
    const settled = loop.isPromise(value) ? loop.settle(value) : value;
    if (settled === null || !entries.say('showResult', settled)) return false;
    return loop.finish() && entries.say('ended');
  }

  /** @returns the address of the promise of a step's value, held; 0 when the step failed */
  #evaluate(source: string, filename: string): number {
    const { context, importAll } = this.#pointers;
    const [entries, loop] = [this.#entries, this.#loop];
    let promise = this.#engine.evaluate(context, source, filename, 'async');
    let exception = entries.exceptionOf(promise);
    // Environments from before there were modules have no entry for them.
    if (exception !== 0 && importAll) {
      const separated = this.#imports.takeOut(source, filename, exception);
      if (typeof separated !== 'number') {
        const request = entries.newText(this.#imports.request(separated, source));
        const imported = request === 0 ? 0 : entries.ask('importAll', request);
        if (imported === 0 || loop.settle(imported) === null) return 0;
        promise = this.#engine.evaluate(context, separated.without, filename, 'async');
        exception = entries.exceptionOf(promise);
      } else exception = separated;
    }
    if (exception !== 0) loop.fail(exception, true);
    return exception === 0 ? entries.hold(promise) : 0;
  }

  #failed(message: GuestErrorMessage): void {
    const step = this.#current?.step;
    const limit = message.memory ? this.#memoryLimit() : undefined;
    // When there is no room for an error, the engine throws null.
    if (limit && message.name === 'Uncaught') {
      this.#error = this.#outOfMemory(limit);
      return;
    }
    const hint = message.syntax && step ? moduleSyntaxHint(step.source, message) : undefined;
    const told = hint === undefined ? message.message : `${message.message} (${hint})`;
    this.#error = {
      code:
        message.missing !== undefined
          ? 'PACKAGE_UNAVAILABLE'
          : message.syntax
            ? 'SYNTAX_ERROR'
            : 'JAVASCRIPT_EXCEPTION',
      name: message.name,
      message: told,
      traceback: hint === undefined ? message.traceback : message.traceback.replace(message.message, () => told),
      ...(message.missing === undefined ? {} : { advice: message.missing }),
      ...(message.line === undefined ? {} : { line: message.line }),
      ...(message.column === undefined ? {} : { column: message.column }),
      ...(limit === undefined ? {} : { limit }),
    };
  }

  /** The prelude could not say what happened: there was no memory or stack left for it. */
  #silentFailure(): GuestError {
    const limit = this.#memoryLimit();
    if (limit) return this.#outOfMemory(limit);
    const message = 'the step ended without saying how';
    return { code: 'JAVASCRIPT_EXCEPTION', name: 'InternalError', message, traceback: `InternalError: ${message}\n` };
  }

  #outOfMemory(limit: NonNullable<GuestError['limit']>): GuestError {
    return {
      code: 'JAVASCRIPT_EXCEPTION',
      name: 'InternalError',
      message: 'out of memory',
      traceback: 'InternalError: out of memory\n',
      limit,
    };
  }

  /** There is no room for what an import needs, and no way to say so to the program. */
  #stopWithoutMemory(): never {
    const limit = this.#limits?.memory_mb ?? 0;
    const used = this.#memoryLimit()?.used ?? limit;
    const message = `the limit of ${limit} MiB of memory was reached: ${used} were asked for`;
    throw new GuestTrap('limit', 'MEMORY', message, { limit, used });
  }

  #memoryLimit(): GuestError['limit'] {
    const refused = this.#engine.takeMemoryRefusal();
    if (refused === null || !this.#limits) return undefined;
    return { code: 'MEMORY', limit: this.#limits.memory_mb, used: Math.ceil(refused / MIB), unit: 'MiB of memory' };
  }

  #readLine(prompt: string): string | null {
    const { step, interactive } = this.#current ?? { step: { events: [] }, interactive: false };
    while (this.#eventsUsed < step.events.length) {
      const event = step.events[this.#eventsUsed++];
      if (event?.kind === 'stdin') return event.text;
    }
    if (interactive) throw new GuestTrap('input', 'PROTOCOL', prompt);
    return null;
  }

  /** The state of QuickJS's generator (xorshift64*), which must not be zero. */
  #seedMathRandom(entropy: Entropy): void {
    const seed = new Uint8Array(8);
    entropy.fill(seed);
    if (seed.every((byte) => byte === 0)) seed[0] = 1;
    this.#engine.memory.bytes(this.#pointers.random_state, seed.length).set(seed);
  }

  #guarded<T>(work: () => T): T {
    const { gate } = this.#engine;
    try {
      const answer = work();
      gate.settle();
      return answer;
    } catch (error) {
      this.#dead = trapOf(error, gate, { fuel: this.#fuel, depth: JAVASCRIPT_MAX_DEPTH });
      throw this.#dead;
    }
  }
}

/** What to say where the error is at an import or export declaration. */
function moduleSyntaxHint(source: string, { message, line }: GuestErrorMessage): string | undefined {
  const text = line === undefined ? '' : (source.split('\n')[line - 1] ?? '');
  if (message.endsWith('keyword: export'))
    return 'export is for files: what a step declares is there for later steps anyway';
  // What the engine wants after `import` in a script.
  if (message !== "expecting '('" || !/\bimport\b/.test(text)) return undefined;
  return "import declarations stand outside of blocks and functions; anywhere else there is await import('…')";
}
