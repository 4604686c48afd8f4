/** Lets a step's promises and timers run until nothing is left to happen. Every turn is paid for by the guest's fuel. */
import type { Pointers } from './boot.ts';
import type { Entries } from './entries.ts';
import type { QuickJs } from './instance.ts';

/** `JSPromiseStateEnum`; -1 for what is no promise. */
const PROMISE = { fulfilled: 1, rejected: 2 } as const;
/** What the host spends on a turn, in instructions of the guest: about 10 µs. */
const TURN_FUEL = 10_000;

export class EventLoop {
  readonly #engine: QuickJs;
  readonly #pointers: Pointers;
  readonly #entries: Entries;
  /** A rejection was noted since the last look. */
  #rejected = false;

  constructor(engine: QuickJs, pointers: Pointers, entries: Entries) {
    this.#engine = engine;
    this.#pointers = pointers;
    this.#entries = entries;
  }

  /** The prelude keeps a rejected promise with its reason until it knows whether somebody handles it. */
  noteRejection(promise: number, reason: number, handled: boolean): void {
    const mark = this.#entries.mark();
    this.#rejected = true;
    this.#entries.say('rejection', promise, reason, this.#engine.call(handled ? 'QTS_GetTrue' : 'QTS_GetFalse'));
    this.#entries.releaseSince(mark);
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
    if (!this.#rejected) return false;
    this.#rejected = false;
    return this.#entries.tell('failUnhandled');
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
