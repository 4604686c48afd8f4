/** Calls what the prelude offers the host, and keeps account of the guest's values that the host holds while a step runs. */
import type { Entry, Pointers } from './boot.ts';
import type { QuickJs } from './instance.ts';

export class Entries {
  readonly #engine: QuickJs;
  readonly #pointers: Pointers;
  #held: number[] = [];

  constructor(engine: QuickJs, pointers: Pointers) {
    this.#engine = engine;
    this.#pointers = pointers;
  }

  /** @returns the address of the answer, held; 0 when the entry threw or there was no memory */
  ask(entry: Entry, ...args: number[]): number {
    const answer = this.#engine.apply(this.#pointers.context, this.#pointers[entry], ...args);
    const exception = this.exceptionOf(answer);
    return exception === 0 ? this.hold(answer) : 0;
  }

  /** True: the entry returned. */
  say(entry: Entry, ...args: number[]): boolean {
    return this.ask(entry, ...args) !== 0;
  }

  /** True: the entry answered true. */
  tell(entry: Entry, ...args: number[]): boolean {
    const answer = this.ask(entry, ...args);
    return answer !== 0 && this.#engine.values.int(answer) === 1;
  }

  /** @returns the address of the exception when a value stands for one, held; else 0 */
  exceptionOf(value: number): number {
    if (value === 0) return 0;
    const exception = this.#engine.call('QTS_ResolveException', this.#pointers.context, value) >>> 0;
    if (exception !== 0) this.#free(value);
    return this.hold(exception);
  }

  /** A new string; 0 when there is no memory. `text` ends at its first NUL. */
  newText(text: string): number {
    const { address } = this.#engine.allocateText(text);
    if (address === 0) return 0;
    const value = this.#engine.call('QTS_NewString', this.#pointers.context, address) >>> 0;
    this.#engine.call('free', address);
    return this.hold(value);
  }

  /** Keeps a value until `releaseAll`. */
  hold(value: number): number {
    if (value !== 0) this.#held.push(value);
    return value;
  }

  /** How many values are held. */
  mark(): number {
    return this.#held.length;
  }

  /** Lets go of what was held since a mark. */
  releaseSince(mark: number): void {
    for (const value of this.#held.splice(mark)) this.#free(value);
  }

  #free(value: number): void {
    this.#engine.call('QTS_FreeValuePointer', this.#pointers.context, value);
  }
}
