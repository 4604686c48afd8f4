/** Lets a step's promises and timers run until nothing is left to happen. Every turn is paid for by the guest's fuel. */
import type { Pointers } from './boot.ts';
import type { Entries } from './entries.ts';
import type { QuickJs } from './instance.ts';

/** `JSPromiseStateEnum`; -1 for what is no promise. */
const PROMISE = { fulfilled: 1, rejected: 2 } as const;
const VALUE_BYTES = 8;
/** What the host spends on a turn, in instructions of the guest: about 10 µs. */
const TURN_FUEL = 10_000;

/** A rejection that nobody handles yet. */
interface Noted {
  promise: bigint;
  reason: bigint;
  /** Where the engine's stack was. */
  stack: number;
  /** The one noted directly before, where it may be that of the module's own function: see `#noteModule`. */
  inner: bigint | undefined;
}

export class EventLoop {
  readonly #engine: QuickJs;
  readonly #pointers: Pointers;
  readonly #entries: Entries;
  /** Rejected promises that the prelude keeps. */
  readonly #rejected = new Set<bigint>();
  /** Those that got a handler while there was no memory or stack left to tell the prelude. */
  readonly #missed = new Set<bigint>();
  #last: Noted | undefined;

  constructor(engine: QuickJs, pointers: Pointers, entries: Entries) {
    this.#engine = engine;
    this.#pointers = pointers;
    this.#entries = entries;
  }

  /** A step begins: what became of the promises of the one before is no concern of it. */
  begin(): void {
    this.#rejected.clear();
    this.#missed.clear();
    this.#last = undefined;
  }

  /**
   * A promise was rejected without a handler, or got one after all. The prelude keeps both it and its reason as long as it
   * may still get one; so its bits name it.
   */
  noteRejection(promise: bigint, reason: bigint, handled: boolean): void {
    this.#noteModule(promise, reason, handled);
    if (!handled) {
      if (this.#tellRejection(promise, reason, false)) this.#rejected.add(promise);
    } else if (this.#rejected.has(promise)) {
      if (this.#tellRejection(promise, reason, true)) this.#rejected.delete(promise);
      else this.#missed.add(promise);
    }
  }

  /**
   * When a module throws, the engine rejects the promise of the module's function and drops it, which is nobody's to handle;
   * at once, and further up its stack, it rejects the module's own with the same reason; and then handles that one.
   */
  #noteModule(promise: bigint, reason: bigint, handled: boolean): void {
    // Environments from before there were modules.
    if (!this.#pointers.importAll) return;
    const last = this.#last;
    this.#last = undefined;
    if (!handled) {
      const stack = this.#engine.call('emscripten_stack_get_current') >>> 0;
      const isInner = last !== undefined && last.reason === reason && last.stack < stack;
      this.#last = { promise, reason, stack, inner: isInner ? last.promise : undefined };
    } else if (last?.promise === promise && last.inner !== undefined && this.#rejected.has(last.inner)) {
      if (this.#tellRejection(last.inner, reason, true)) this.#rejected.delete(last.inner);
    }
  }

  #tellRejection(promise: bigint, reason: bigint, handled: boolean): boolean {
    const engine = this.#engine;
    const bytes = new Uint8Array(2 * VALUE_BYTES);
    const view = new DataView(bytes.buffer);
    view.setBigInt64(0, promise, true);
    view.setBigInt64(VALUE_BYTES, reason, true);
    const values = engine.allocateBytes(bytes);
    if (values === 0) return false;
    const mark = this.#entries.mark();
    const told = this.#entries.say(
      'rejection',
      values,
      values + VALUE_BYTES,
      engine.call(handled ? 'QTS_GetTrue' : 'QTS_GetFalse'),
    );
    this.#entries.releaseSince(mark);
    engine.call('free', values);
    return told;
  }

  isPromise(value: number): boolean {
    return this.#promiseState(value) >= 0;
  }

  /**
   * Lets jobs and timers run until a promise is settled. As in Node, a rejection that nobody has handled when the jobs are
   * done ends the step.
   * @returns the address of its value, or null when the step failed and the prelude has said so
   */
  settle(promise: number): number | null {
    const { context } = this.#pointers;
    for (;;) {
      if (!this.#runJobs()) return null;
      const state = this.#promiseState(promise);
      if (state === PROMISE.rejected) {
        this.fail(this.#result(context, promise), false);
        return null;
      }
      if (this.#failUnhandled()) return null;
      if (state === PROMISE.fulfilled) return this.#result(context, promise);
      const ran = this.#runTimer();
      if (ran === 'failed') return null;
      if (ran === 'none') {
        this.#entries.say('failStuck');
        return null;
      }
    }
  }

  /** Lets everything run that the step has left to do. False: it failed. */
  finish(): boolean {
    for (;;) {
      if (!this.#runJobs() || this.#failUnhandled()) return false;
      const ran = this.#runTimer();
      if (ran !== 'ran') return ran === 'none';
    }
  }

  /** Has the prelude describe an error. */
  fail(error: number, syntax: boolean): void {
    if (error !== 0) this.#entries.say('fail', error, this.#engine.call(syntax ? 'QTS_GetTrue' : 'QTS_GetFalse'));
  }

  #failUnhandled(): boolean {
    for (const promise of this.#missed) this.#tellRejection(promise, promise, true);
    const { size } = this.#rejected;
    this.begin();
    return size > 0 && this.#entries.tell('failUnhandled');
  }

  #runTimer(): 'ran' | 'none' | 'failed' {
    this.#engine.gate.charge(TURN_FUEL);
    const mark = this.#entries.mark();
    const answer = this.#engine.apply(this.#pointers.context, this.#pointers.runTimer);
    const exception = this.#entries.exceptionOf(answer);
    if (answer !== 0 && exception === 0) {
      const ran = this.#engine.values.int(this.#entries.hold(answer)) === 1;
      this.#entries.releaseSince(mark);
      return ran ? 'ran' : 'none';
    }
    // What was waiting belongs to this step, not to the next.
    this.#runJobs();
    this.fail(exception, false);
    return 'failed';
  }

  /** Promise jobs catch what their functions throw; an exception here is the engine's own. */
  #runJobs(): boolean {
    const { runtime, job_context } = this.#pointers;
    const mark = this.#entries.mark();
    const answer = this.#entries.hold(this.#engine.call('QTS_ExecutePendingJob', runtime, -1, job_context) >>> 0);
    if (answer === 0) return false;
    const isException = this.#engine.values.is(answer, 'object') || this.#engine.values.is(answer, 'null');
    if (isException) this.fail(answer, false);
    this.#entries.releaseSince(mark);
    return !isException;
  }

  #promiseState(value: number): number {
    return this.#engine.call('QTS_PromiseState', this.#pointers.context, value);
  }

  #result(context: number, promise: number): number {
    return this.#entries.hold(this.#engine.call('QTS_PromiseResult', context, promise) >>> 0);
  }
}
