/** QuickJS as an engine: restored from its snapshot, then driven through raw exports. The guest is hostile. */
import { LiveClock } from '../../gate/clock.ts';
import { LiveEntropy, SeededEntropy, type Entropy } from '../../gate/entropy.ts';
import { GuestTrap } from '../../gate/trap.ts';
import type { Begin, EngineFiles } from '../../hosts/protocol.ts';
import type { Collector } from '../../run/collector.ts';
import type { Limits } from '../../run/program.ts';
import { trapOf } from '../classify.ts';
import type { Engine, EngineStep, EngineStepEnd, GuestError } from '../engine.ts';
import { openGlue, type GlueFunction } from '../glue.ts';
import { restoreMemory, unpackSnapshot } from '../snapshot.ts';
import { releaseBindings } from './bindings.ts';
import { JAVASCRIPT_MAX_DEPTH, readPointers, type Entry, type Pointers } from './boot.ts';
import { Channel, type GuestErrorMessage } from './channel.ts';
import { QuickJs } from './instance.ts';
import { readLinkTable } from './link.ts';

const MIB = 1 << 20;
/** `JSPromiseStateEnum`; -1 for what is no promise. */
const PROMISE = { pending: 0, fulfilled: 1, rejected: 2 } as const;

export async function restoreJavaScript(glue: GlueFunction, files: EngineFiles): Promise<Engine> {
  const snapshot = unpackSnapshot(files.snapshot);
  const link = readLinkTable(await openGlue(glue, () => true)({}));
  // The bytes were checked by digest; a view of a plain buffer.
  const module = await WebAssembly.compile(files.module as Uint8Array<ArrayBuffer>);
  const engine = new QuickJs(module, link);
  if (engine.table.length !== snapshot.table_length) {
    throw new Error(
      `quickjs: the function table has ${engine.table.length} entries, the snapshot was made with ${snapshot.table_length}`,
    );
  }
  restoreMemory(engine.linear, snapshot);
  if (engine.call('emscripten_stack_get_current') !== snapshot.stack_pointer)
    throw new Error('quickjs: the stack is not where the snapshot has it');
  return new JavaScriptEngine(engine, readPointers(snapshot.pointers));
}

export class JavaScriptEngine implements Engine {
  readonly #engine: QuickJs;
  readonly #pointers: Pointers;
  #limits: Limits | undefined;
  #fuel = 0n;
  #current: EngineStep | undefined;
  #eventsUsed = 0;
  #error: GuestError | null = null;
  #dead: GuestTrap | undefined;

  constructor(engine: QuickJs, pointers: Pointers) {
    this.#engine = engine;
    this.#pointers = pointers;
  }

  begin(begin: Begin, collector: Collector): void {
    if (this.#limits) throw new Error('javascript: begun already');
    this.#limits = begin.limits;
    const engine = this.#engine;
    let entropy: Entropy;
    if (begin.clock === 'live') {
      engine.clock = new LiveClock({ realtimeMs: Date.now, monotonicMs: () => performance.now(), sleepMs: blockFor });
      entropy = new LiveEntropy((target) => crypto.getRandomValues(target));
    } else {
      engine.virtualClock.begin(begin.epoch_ms);
      entropy = new SeededEntropy('javascript', hexBytes(begin.seed));
    }
    this.#seedMathRandom(entropy);
    engine.setMemoryLimit(begin.limits.memory_mb * MIB);
    const channel = new Channel({
      engine,
      context: this.#pointers.context,
      limits: begin.limits,
      collector,
      inputs: new Map(begin.inputs.map(({ path, bytes }) => [path, bytes])),
      readLine: (prompt) => this.#readLine(prompt),
      failed: (message) => this.#failed(message),
    });
    engine.setListener({
      call: (count, values) => channel.call(count, values),
      rejected: (promise, reason, handled) => this.#rejected(promise, reason, handled),
    });
    this.#fuel = BigInt(begin.limits.fuel);
    engine.gate.allow(this.#fuel);
    engine.gate.flip();
    this.#guarded(() => this.#tell('begin'));
  }

  run(step: EngineStep): EngineStepEnd {
    if (!this.#limits) throw new Error('javascript: not begun');
    if (this.#dead) throw this.#dead;
    this.#current = step;
    this.#eventsUsed = 0;
    this.#error = null;
    this.#engine.takeMemoryRefusal();
    this.#fuel = step.fuel;
    this.#engine.gate.allow(step.fuel);
    const succeeded = this.#guarded(() => this.#run(step));
    return { error: succeeded ? null : (this.#error ?? this.#silentFailure()), events_used: this.#eventsUsed };
  }

  fuelUsed(): number {
    return Number(this.#engine.gate.usedNow());
  }

  memoryBytes(): number {
    return this.#engine.linear.buffer.byteLength;
  }

  /** False: the step failed, and the prelude has said how if it could. */
  #run({ step, filename }: EngineStep): boolean {
    const { context } = this.#pointers;
    releaseBindings(this.#engine, this.#pointers, (entry, argument) => this.#tell(entry, argument));
    if (!this.#prepare(JSON.stringify({ filename, parameters: step.parameters }))) return false;
    const promise = this.#engine.evaluate(context, step.source, filename, 'async');
    const exception = this.#exceptionOf(promise);
    if (exception !== 0) {
      this.#fail(exception, true);
      return false;
    }
    if (promise === 0) return false;
    const wrapped = this.#settle(promise);
    if (wrapped === null) return false;
    // The value of the last expression, awaited where it is a promise.
    const value = this.#ask('completion', wrapped);
    const settled = this.#promiseState(value) < 0 ? value : this.#settle(value);
    if (settled === null) return false;
    if (!this.#say('showResult', settled)) return false;
    if (!this.#runTimers()) return false;
    this.#tell('ended');
    return true;
  }

  #prepare(json: string): boolean {
    const { context } = this.#pointers;
    const text = this.#engine.allocateText(json);
    if (text.address === 0) return false;
    const value = this.#engine.call('QTS_NewString', context, text.address) >>> 0;
    this.#engine.call('free', text.address);
    return value !== 0 && this.#say('prepare', value);
  }

  /** Lets jobs and timers run until a promise is settled. @returns address of its value, or null when the step failed */
  #settle(promise: number): number | null {
    const { context } = this.#pointers;
    for (;;) {
      if (!this.#runJobs()) return null;
      const state = this.#promiseState(promise);
      if (state === PROMISE.rejected) {
        this.#fail(this.#engine.call('QTS_PromiseResult', context, promise) >>> 0, false);
        return null;
      }
      if (this.#tell('failUnhandled')) return null;
      if (state === PROMISE.fulfilled) return this.#engine.call('QTS_PromiseResult', context, promise) >>> 0;
      const ran = this.#runTimer();
      if (ran === 'failed') return null;
      if (ran === 'none') {
        this.#tell('failStuck');
        return null;
      }
    }
  }

  /** Lets everything run that the step has left to do. */
  #runTimers(): boolean {
    for (;;) {
      if (!this.#runJobs() || this.#tell('failUnhandled')) return false;
      const ran = this.#runTimer();
      if (ran !== 'ran') return ran === 'none';
    }
  }

  #runTimer(): 'ran' | 'none' | 'failed' {
    const answer = this.#engine.apply(this.#pointers.context, this.#pointers.runTimer);
    const exception = this.#exceptionOf(answer);
    if (exception === 0 && answer !== 0) return this.#takeTruth(answer) ? 'ran' : 'none';
    this.#runJobs();
    this.#fail(exception, false);
    return 'failed';
  }

  /** Promise jobs catch what their functions throw; an exception here is the engine's own. */
  #runJobs(): boolean {
    const { runtime, job_context } = this.#pointers;
    const answer = this.#engine.call('QTS_ExecutePendingJob', runtime, -1, job_context) >>> 0;
    if (answer === 0) return false;
    const isException = this.#engine.values.is(answer, 'object') || this.#engine.values.is(answer, 'null');
    if (isException) this.#fail(answer, false);
    else this.#free(answer);
    return !isException;
  }

  #rejected(promise: bigint, reason: bigint, handled: boolean): void {
    const engine = this.#engine;
    const bytes = new Uint8Array(16);
    const view = new DataView(bytes.buffer);
    view.setBigInt64(0, promise, true);
    view.setBigInt64(8, reason, true);
    const values = engine.allocateBytes(bytes);
    if (values === 0) return;
    this.#say('rejection', values, values + 8, engine.call(handled ? 'QTS_GetTrue' : 'QTS_GetFalse'));
    engine.call('free', values);
  }

  #promiseState(value: number): number {
    return this.#engine.call('QTS_PromiseState', this.#pointers.context, value);
  }

  /** Has the prelude describe an error. Without one, there was no memory for it. */
  #fail(error: number, syntax: boolean): void {
    const flag = this.#engine.call(syntax ? 'QTS_GetTrue' : 'QTS_GetFalse');
    if (error !== 0) this.#say('fail', error, flag);
  }

  /** Calls an entry of the prelude. @returns the address of its answer; 0 when it threw or there was no memory */
  #ask(entry: Entry, ...args: number[]): number {
    const answer = this.#engine.apply(this.#pointers.context, this.#pointers[entry], ...args);
    const exception = this.#exceptionOf(answer);
    if (exception === 0) return answer;
    this.#free(exception);
    return 0;
  }

  /** True: the entry returned. */
  #say(entry: Entry, ...args: number[]): boolean {
    const answer = this.#ask(entry, ...args);
    if (answer !== 0) this.#free(answer);
    return answer !== 0;
  }

  /** True: the entry answered true. */
  #tell(entry: Entry, ...args: number[]): boolean {
    const answer = this.#ask(entry, ...args);
    return answer !== 0 && this.#takeTruth(answer);
  }

  #takeTruth(value: number): boolean {
    const truth = this.#engine.values.int(value) === 1;
    this.#free(value);
    return truth;
  }

  /** Address of the exception when a value stands for one, else 0. The value is freed then. */
  #exceptionOf(value: number): number {
    if (value === 0) return 0;
    const exception = this.#engine.call('QTS_ResolveException', this.#pointers.context, value) >>> 0;
    if (exception !== 0) this.#free(value);
    return exception;
  }

  #free(value: number): void {
    this.#engine.call('QTS_FreeValuePointer', this.#pointers.context, value);
  }

  #failed(message: GuestErrorMessage): void {
    const step = this.#current?.step;
    const limit = message.memory ? this.#memoryLimit() : undefined;
    const hint = message.syntax && step && isModuleSyntax(step.source, message.line);
    const told = hint
      ? `${message.message} (import and export need modules, which steps do not have)`
      : message.message;
    this.#error = {
      code: message.syntax ? 'SYNTAX_ERROR' : 'JAVASCRIPT_EXCEPTION',
      name: message.name,
      message: told,
      traceback: hint ? message.traceback.replace(message.message, () => told) : message.traceback,
      ...(message.line === undefined ? {} : { line: message.line }),
      ...(message.column === undefined ? {} : { column: message.column }),
      ...(limit === undefined ? {} : { limit }),
    };
  }

  /** The prelude could not say what happened: there was no memory or stack left for it. */
  #silentFailure(): GuestError {
    const limit = this.#memoryLimit();
    const message = limit ? 'out of memory' : 'the step ended without saying how';
    return {
      code: 'JAVASCRIPT_EXCEPTION',
      name: 'InternalError',
      message,
      traceback: `InternalError: ${message}\n`,
      ...(limit === undefined ? {} : { limit }),
    };
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
      return work();
    } catch (error) {
      this.#dead = trapOf(error, gate, { fuel: this.#fuel, depth: JAVASCRIPT_MAX_DEPTH });
      throw this.#dead;
    }
  }
}

/** The error is at an import or export declaration. */
function isModuleSyntax(source: string, line: number | undefined): boolean {
  return line !== undefined && /^\s*(?:import\b(?!\s*[(.])|export\b)/.test(source.split('\n')[line - 1] ?? '');
}

function hexBytes(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, index) =>
    Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16),
  );
}

/** Live mode only: the guest asked for real time, so it waits. */
function blockFor(ms: number): void {
  if (typeof SharedArrayBuffer === 'function') {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.min(ms, 2 ** 31 - 1));
    return;
  }
  const end = performance.now() + ms;
  while (performance.now() < end);
}
