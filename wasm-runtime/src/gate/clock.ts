/** The guest's clock: in virtual mode a function of the fuel used and of the guest's own sleeps, in live mode the host's. */

export interface Clock {
  /** Nanoseconds since 1970-01-01T00:00:00Z. */
  realtime(): bigint;
  /** Nanoseconds since a fixed point; never runs backwards, also not where the guest begins. */
  monotonic(): bigint;
  /** Nanoseconds of work, without sleeps. */
  cpu(): bigint;
  /** Realtime for file times: not a look, moves nothing. */
  peek(): bigint;
  /** A look by a loop that waits for a time to come (musl's sleep is one). Monotonic nanoseconds. */
  spin(): bigint;
  /** Lets `ns` pass. False, and no time passes, when that would leave the range of the clock. */
  sleep(ns: bigint): boolean;
}

/** Each look moves the clock, so that two looks differ: 1 µs. */
const LOOK_NS = 1000n;
/** 2262-04-11: nanoseconds are a signed 64-bit number to WASI and to CPython. */
const LAST_NS = (1n << 63n) - 1n;
/** 2255-03-14T16:00:00Z: the latest start, which leaves years for a program to sleep. */
const MAX_EPOCH_MS = 9_000_000_000_000;
/** Looks with at most this much fuel between them come from a loop that does nothing but look. */
const SPIN_FUEL = 2048n;
/** Such a loop is moved on by this part of its waiting so far: a sleep of any length ends within 0.4 % after one or two thousand looks. */
const SPIN_PART = 256n;
/** Where the monotonic clock stands when the guest begins: far later than any boot (13 s of fuel) leaves it. */
const GUEST_MONOTONIC_NS = 1000n * 1_000_000_000n;

export interface VirtualClockOptions {
  /** Fuel used so far, a count that never falls: 1 fuel is 1 ns. */
  fuelUsed: () => bigint;
  /** Milliseconds since 1970 where the clock starts, 0 to `MAX_EPOCH_MS`. */
  epochMs: number;
}

/** Depends on nothing but the program and what it does. */
export class VirtualClock implements Clock {
  readonly #fuelUsed: () => bigint;
  #epoch: bigint;
  #monotonicOrigin = 0n;
  #fuelOrigin: bigint;
  #slept = 0n;
  #looked = 0n;
  #spinFuel: bigint;
  #spinSince: bigint | undefined;

  constructor(options: VirtualClockOptions) {
    this.#fuelUsed = options.fuelUsed;
    this.#epoch = epochNanoseconds(options.epochMs);
    this.#fuelOrigin = this.#fuelUsed();
    this.#spinFuel = this.#fuelOrigin;
  }

  /** Guest mode begins now: the clock starts anew at the program's epoch, whatever the boot did. @throws RangeError */
  begin(epochMs: number): void {
    this.#epoch = epochNanoseconds(epochMs);
    this.#monotonicOrigin = GUEST_MONOTONIC_NS;
    this.#fuelOrigin = this.#fuelUsed();
    this.#slept = 0n;
    this.#looked = 0n;
    this.#spinSince = undefined;
  }

  realtime(): bigint {
    this.#looked += LOOK_NS;
    return this.peek();
  }

  monotonic(): bigint {
    this.#looked += LOOK_NS;
    return this.#monotonicOrigin + this.#elapsed();
  }

  cpu(): bigint {
    this.#looked += LOOK_NS;
    return this.#elapsed() - this.#slept;
  }

  peek(): bigint {
    return this.#epoch + this.#elapsed();
  }

  spin(): bigint {
    const fuel = this.#fuelUsed();
    const now = this.monotonic();
    if (this.#spinSince === undefined || fuel - this.#spinFuel > SPIN_FUEL) this.#spinSince = now;
    else this.sleep((now - this.#spinSince) / SPIN_PART);
    this.#spinFuel = fuel;
    return this.#monotonicOrigin + this.#elapsed();
  }

  sleep(ns: bigint): boolean {
    if (ns < 0n || this.peek() + ns > LAST_NS) return false;
    this.#slept += ns;
    return true;
  }

  /** @returns what puts the clock back to where it is now */
  checkpoint(): () => void {
    const [slept, looked, spinFuel, spinSince] = [this.#slept, this.#looked, this.#spinFuel, this.#spinSince];
    return () => {
      this.#slept = slept;
      this.#looked = looked;
      this.#spinFuel = spinFuel;
      this.#spinSince = spinSince;
    };
  }

  #elapsed(): bigint {
    return this.#fuelUsed() - this.#fuelOrigin + this.#slept + this.#looked;
  }
}

export interface LiveClockOptions {
  /** Milliseconds since 1970, as `Date.now`. */
  realtimeMs: () => number;
  /** Milliseconds since some start, as `performance.now`. */
  monotonicMs: () => number;
  /** Waits that many milliseconds, e.g. by `Atomics.wait`. */
  sleepMs: (ms: number) => void;
}

/** The host's time, for kernels whose owner gave up reproducible outputs. */
export class LiveClock implements Clock {
  readonly #options: LiveClockOptions;
  #last = 0n;

  constructor(options: LiveClockOptions) {
    this.#options = options;
  }

  realtime(): bigint {
    return nanoseconds(this.#options.realtimeMs());
  }

  monotonic(): bigint {
    const now = nanoseconds(this.#options.monotonicMs()) + GUEST_MONOTONIC_NS;
    this.#last = now > this.#last ? now : this.#last + 1n;
    return this.#last;
  }

  cpu(): bigint {
    return this.monotonic() - GUEST_MONOTONIC_NS;
  }

  peek(): bigint {
    return this.realtime();
  }

  spin(): bigint {
    return this.monotonic();
  }

  sleep(ns: bigint): boolean {
    if (ns < 0n || this.realtime() + ns > LAST_NS) return false;
    this.#options.sleepMs(Number(ns) / 1e6);
    return true;
  }
}

function epochNanoseconds(epochMs: number): bigint {
  if (!Number.isSafeInteger(epochMs) || epochMs < 0 || epochMs > MAX_EPOCH_MS) {
    throw new RangeError(`clock: expected an epoch of 0 to ${MAX_EPOCH_MS} ms, got ${epochMs}`);
  }
  return BigInt(epochMs) * 1_000_000n;
}

function nanoseconds(ms: number): bigint {
  return BigInt(Math.round(ms * 1e6));
}
