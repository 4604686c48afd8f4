/** A guest's linear memory as it is between two steps, to be put back after each question. */

/** A copy up to this size is kept for the next question; a larger one is made anew each time. */
const MAX_KEPT_BYTES = 96 << 20;

export class Untouched {
  readonly #memory: WebAssembly.Memory;
  #copy: Uint8Array | undefined;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }

  /** Does something to the memory, which must not grow meanwhile, and undoes it. */
  around<T>(work: () => T): T {
    const copy = this.#copy ?? new Uint8Array(this.#memory.buffer).slice();
    this.#copy = copy.length <= MAX_KEPT_BYTES ? copy : undefined;
    try {
      return work();
    } finally {
      new Uint8Array(this.#memory.buffer).set(copy);
    }
  }

  /** A step is about to change the memory for good. */
  forget(): void {
    this.#copy = undefined;
  }
}
