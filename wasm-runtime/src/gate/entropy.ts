/** Where the guest's random bytes come from: a function of the program's seed, or, in live mode, the host. */
import { shake256 } from '@noble/hashes/sha3.js';

export interface Entropy {
  /** Fills `target` whole. */
  fill(target: Uint8Array): void;
}

/** SHAKE256's rate, times eight: one refill squeezes whole blocks. */
const BUFFER_BYTES = 136 * 8;

/** SHAKE256 (FIPS 202) over a length-prefixed label and the seed, read as one endless stream. */
export class SeededEntropy implements Entropy {
  readonly #stream: ReturnType<typeof shake256.create>;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #used = BUFFER_BYTES;

  /**
   * @param label says what the bytes are for, at most 255 bytes: streams with different labels are independent
   * @param seed 32 bytes
   */
  constructor(label: string, seed: Uint8Array) {
    const name = new TextEncoder().encode(label);
    if (name.length > 255) throw new RangeError(`entropy: expected a label of at most 255 bytes, got ${name.length}`);
    if (seed.length !== 32) throw new RangeError(`entropy: expected a seed of 32 bytes, got ${seed.length}`);
    this.#stream = shake256.create({}).update(Uint8Array.of(name.length)).update(name).update(seed);
  }

  fill(target: Uint8Array): void {
    let filled = 0;
    while (filled < target.length) {
      if (this.#used === BUFFER_BYTES) {
        this.#stream.xofInto(this.#buffer);
        this.#used = 0;
      }
      const count = Math.min(BUFFER_BYTES - this.#used, target.length - filled);
      target.set(this.#buffer.subarray(this.#used, this.#used + count), filled);
      this.#used += count;
      filled += count;
    }
  }
}

/** The host's randomness, for kernels whose owner gave up reproducible outputs. */
export class LiveEntropy implements Entropy {
  readonly #getRandomValues: (target: Uint8Array<ArrayBuffer>) => unknown;

  /** @param getRandomValues as `crypto.getRandomValues`, bound */
  constructor(getRandomValues: (target: Uint8Array<ArrayBuffer>) => unknown) {
    this.#getRandomValues = getRandomValues;
  }

  fill(target: Uint8Array): void {
    // The Web Crypto interface takes at most 65,536 bytes a call, and no view of a growable or shared memory.
    const chunk = new Uint8Array(Math.min(65_536, target.length));
    for (let filled = 0; filled < target.length; filled += chunk.length) {
      const part = chunk.subarray(0, Math.min(chunk.length, target.length - filled));
      this.#getRandomValues(part);
      target.set(part, filled);
    }
  }
}
