/**
 * The gate between a guest module and everything outside it. Two modes: `boot`, in which the engine's own glue works,
 * and `guest`, in which every import is our own, answered with a fixed value, or fatal. The flip is one-way.
 * The first trap latches: from then on every import throws and the fuel is gone, so that even code that catches the
 * exception of an import (`catch_all` does) stops at its next check.
 */
import { COUNTER_EXPORT, FUEL_UNIT, packCounter, readCounter } from '../meter/counter.ts';
import { Errno } from './errno.ts';
import { GuestTrap } from './trap.ts';
import { HOST_CALL_FUEL, TRACELESS, type Policy, type Rule } from './policy.ts';

/** An import as the engine's glue made it. */
// oxlint-disable-next-line no-explicit-any -- what imports take and return is known to WebAssembly's type check alone
export type ImportFunction = (...args: any[]) => unknown;

const UNIT = BigInt(FUEL_UNIT);

export class Gate {
  #mode: 'boot' | 'guest' = 'boot';
  #trap: GuestTrap | null = null;
  #counter: WebAssembly.Global<'i64'> | null = null;
  /** Fuel given at the last `allow`, and all that was used before it. */
  #allowed = 0n;
  #usedBefore = 0n;
  #remainingAtTrap = 0n;
  #apart = false;

  get mode(): 'boot' | 'guest' {
    return this.#mode;
  }

  /** The first trap, if any. */
  get trap(): GuestTrap | null {
    return this.#trap;
  }

  /** Connects the counter that the rewriter put into the module. */
  connect(exports: WebAssembly.Exports): void {
    const counter = exports[COUNTER_EXPORT];
    if (!(counter instanceof WebAssembly.Global))
      throw new TypeError(`gate: expected a metered module, got one without ${COUNTER_EXPORT}`);
    // The rewriter declares it so; a wrong type would show at the first assignment.
    this.#counter = counter as WebAssembly.Global<'i64'>;
    this.#allowed = this.#fuelLeft();
  }

  /** Gives the guest this much fuel and nothing more. */
  allow(fuel: bigint): void {
    this.#usedBefore = this.used();
    this.#allowed = fuel;
    this.#setFuel(fuel);
  }

  /** Fuel used since the last `allow`; at most what was allowed. */
  usedNow(): bigint {
    const remaining = this.#trap ? this.#remainingAtTrap : this.#counter ? this.#fuelLeft() : 0n;
    return remaining > 0n ? this.#allowed - remaining : this.#allowed;
  }

  /** All fuel used since the module was connected. */
  used(): bigint {
    return this.#counter ? this.#usedBefore + this.usedNow() : 0n;
  }

  /** The depth guard has tripped. */
  get tooDeep(): boolean {
    return this.#counter !== null && readCounter(this.#counter.value).depth < 0;
  }

  get exhausted(): boolean {
    return this.#counter !== null && this.#counter.value < 0n;
  }

  /**
   * After a call that has returned: what it spent last, the module did not look at any more.
   * @throws GuestTrap when the guest was stopped, Error when the counter is overdrawn
   */
  settle(): void {
    if (this.#trap) throw this.#trap;
    if (this.exhausted || this.tooDeep) throw new Error('the counter is overdrawn');
  }

  flip(): void {
    this.#mode = 'guest';
  }

  /**
   * Lets the guest do something that shall leave no trace: with fuel of its own, and with none of the imports that change
   * anything outside of its memory. Afterwards counters and trap are as they were; memory is the caller's to put back.
   * @returns what `work` does, or null when it was stopped or failed
   */
  apart<T>(fuel: bigint, work: () => T): T | null {
    const counter = this.#connected();
    const before = {
      trap: this.#trap,
      allowed: this.#allowed,
      usedBefore: this.#usedBefore,
      remainingAtTrap: this.#remainingAtTrap,
      counter: counter.value,
    };
    if (before.trap) return null;
    this.#apart = true;
    try {
      this.allow(fuel);
      const done = work();
      this.settle();
      return done;
    } catch {
      // Whatever it was: fuel, depth, memory, a forbidden import, the host's own stack. There is no answer then.
      return null;
    } finally {
      this.#apart = false;
      this.#trap = before.trap;
      this.#allowed = before.allowed;
      this.#usedBefore = before.usedBefore;
      this.#remainingAtTrap = before.remainingAtTrap;
      counter.value = before.counter;
    }
  }

  /** Charges work that the host does for the guest. */
  charge(units: number): void {
    if (this.#mode === 'boot') return;
    const counter = this.#connected();
    const left = counter.value - BigInt(units) * UNIT;
    counter.value = left;
    if (left < 0n) {
      this.latch(
        new GuestTrap('limit', 'FUEL', `the fuel limit of ${this.#allowed} was reached`, {
          limit: Number(this.#allowed),
          used: Number(this.#allowed),
        }),
      );
    }
  }

  /** Stops the guest for good. The first reason counts. */
  latch(trap: GuestTrap): never {
    if (!this.#trap) {
      this.#trap = trap;
      if (this.#counter) {
        this.#remainingAtTrap = this.#fuelLeft();
        this.#setFuel(-1n);
      }
    }
    throw this.#trap;
  }

  /**
   * Replaces every import of a module in place, before instantiation: a wrapped copy would leave the raw functions
   * reachable through the function table.
   */
  wrap(imports: Record<string, unknown>, policy: Policy, virtual: Readonly<Record<string, ImportFunction>>): void {
    for (const name of Object.keys(imports)) {
      const original = imports[name];
      const rule = Object.hasOwn(policy, name) ? policy[name] : undefined;
      if (rule === 'raw') continue;
      if (typeof original !== 'function') {
        // Memory, table, tags and GOT globals stay; anything callable in disguise (WebAssembly.Suspending) goes.
        if (!isLinkObject(original)) imports[name] = this.#deny(name, rule);
        continue;
      }
      // Every property of the glue's imports that is a function is one.
      const glue = original as ImportFunction;
      const wrapped =
        rule === 'virtual' || rule === 'polled'
          ? this.#virtual(name, rule, virtual[name])
          : this.#wrapGlue(name, rule, glue);
      for (const key of ['sig', 'stub'] as const) {
        if (Object.hasOwn(glue, key)) Object.assign(wrapped, { [key]: Reflect.get(glue, key) as unknown });
      }
      imports[name] = wrapped;
    }
  }

  /**
   * The imports of a module that is linked without its glue, as `wrap` leaves them once a guest runs.
   * @param raw what the policy calls raw
   */
  link(
    names: readonly string[],
    policy: Policy,
    virtual: Readonly<Record<string, ImportFunction>>,
    raw: Readonly<Record<string, ImportFunction>>,
  ): Readonly<Record<string, ImportFunction>> {
    const linked: Record<string, ImportFunction> = Object.create(null) as Record<string, ImportFunction>;
    for (const name of names) {
      const rule = Object.hasOwn(policy, name) ? policy[name] : undefined;
      if (rule === 'raw' && !raw[name])
        throw new TypeError(`gate: the policy calls ${name} raw, but nothing implements it`);
      linked[name] =
        (rule === 'raw' ? raw[name] : undefined) ??
        (rule === 'virtual' || rule === 'polled'
          ? this.#virtual(name, rule, virtual[name])
          : this.#guestRule(name, rule));
    }
    return linked;
  }

  #virtual(name: string, rule: 'virtual' | 'polled', implementation: ImportFunction | undefined): ImportFunction {
    if (!implementation) throw new TypeError(`gate: the policy calls ${name} ${rule}, but nothing implements it`);
    if (rule === 'polled') return () => implementation();
    return (...args: unknown[]) => {
      this.admit();
      if (this.#apart && !TRACELESS.has(name)) {
        this.latch(new GuestTrap('violation', 'IMPORT_DENIED', `${name} is not there for a question`));
      }
      try {
        return implementation(...args);
      } catch (error) {
        return this.#failed(error);
      }
    };
  }

  /** The engine's own glue works until the flip; what takes its place then never runs it. */
  #wrapGlue(name: string, rule: Rule | undefined, glue: ImportFunction): ImportFunction {
    const guest = this.#guestRule(name, rule);
    return (...args: unknown[]) => (this.#mode === 'boot' ? glue(...args) : guest());
  }

  #guestRule(name: string, rule: Rule | undefined): () => unknown {
    return rule === undefined || rule === 'loading' || rule === 'raw' || rule === 'virtual' || rule === 'polled'
      ? this.#deny(name, rule)
      : this.#answer(rule);
  }

  #answer(rule: 'nothing' | 'null' | number): () => unknown {
    const answer = rule === 'nothing' ? undefined : rule === 'null' ? null : rule;
    return () => {
      this.admit();
      return answer;
    };
  }

  #deny(name: string, rule: Rule | undefined): () => never {
    return () => {
      this.admit();
      this.latch(
        rule === 'loading'
          ? new GuestTrap(
              'violation',
              'CODE_LOADING',
              `the program tried to load compiled code (${name}), which the sandbox forbids`,
            )
          : new GuestTrap('violation', 'IMPORT_DENIED', `the program called ${name}, which the sandbox forbids`),
      );
    };
  }

  /** Whatever an import throws ends the guest: it could catch it, and live on with what was left half done. */
  #failed(error: unknown): never {
    if (this.#mode === 'boot') throw error;
    if (error instanceof GuestTrap) return this.latch(error);
    // A call may run code of the guest, such as its allocator, and that met a limit: the counters stay at it, and say which.
    if (this.tooDeep || this.exhausted) throw error;
    const trap =
      error instanceof Errno || error instanceof WebAssembly.RuntimeError
        ? // A call that cannot answer with an errno got an address outside of the memory, or the guest's own code failed.
          new GuestTrap('violation', 'ENGINE_FAULT', 'the engine failed on this program, which ended it')
        : new GuestTrap('internal', 'HOST_FAILED', 'this host failed in a call that the program made');
    trap.cause = error;
    return this.latch(trap);
  }

  /** What every import does first: a dead guest does not come in, and a call costs something. For imports that the policy calls raw. */
  admit(): void {
    if (this.#trap) throw this.#trap;
    this.charge(HOST_CALL_FUEL);
  }

  #connected(): WebAssembly.Global<'i64'> {
    if (!this.#counter) throw new Error('gate: not connected to a module');
    return this.#counter;
  }

  #fuelLeft(): bigint {
    return readCounter(this.#connected().value).fuel;
  }

  #setFuel(fuel: bigint): void {
    const counter = this.#connected();
    counter.value = packCounter({ fuel, depth: readCounter(counter.value).depth });
  }
}

function isLinkObject(value: unknown): boolean {
  return (
    value instanceof WebAssembly.Memory ||
    value instanceof WebAssembly.Table ||
    value instanceof WebAssembly.Global ||
    (typeof WebAssembly.Tag === 'function' && value instanceof WebAssembly.Tag) ||
    typeof value === 'number'
  );
}
