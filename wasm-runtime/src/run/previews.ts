/** What a page is told of a step's outputs while it runs. It decides nothing: the list that comes with the step's end counts. */
import type { Output } from './record.ts';

/** So many changes are shown as they come; after them they wait until there is enough of them to be worth a message. */
const IMMEDIATE_PREVIEWS = 1000;
const PREVIEW_LENGTH = 4096;
/** What a change weighs beside its texts. */
const CHANGE_LENGTH = 128;

/** Told of the outputs of a running step, each as it comes. */
export interface OutputListener {
  /** One more output; text of a stream may be split anywhere, and joins what stands last when that is of the same stream. */
  onOutput?: (output: Output) => void;
  /** The output at a 0-based place has become another. */
  onReplace?: (at: number, output: Output) => void;
  /** All outputs of the step so far are gone. */
  onClear?: () => void;
}

type Change = { kind: 'add'; output: Output } | { kind: 'replace'; at: number; output: Output };

/** Gathers floods, and drops what was replaced or cleared before anyone saw it. */
export class Previews {
  readonly #listener: OutputListener;
  #waiting: Change[] = [];
  #cleared = false;
  #sent = 0;
  /** Length of what was added, replaced or cleared since something was last shown. */
  #unshown = 0;

  constructor(listener: OutputListener) {
    this.#listener = listener;
  }

  /** Text of a stream; it may be empty, so that the listener's places are those of the collector. */
  text(name: 'stdout' | 'stderr', text: string): void {
    const last = this.#waiting.at(-1);
    if (last?.kind === 'add' && last.output.type === 'stream' && last.output.name === name) {
      last.output = { ...last.output, text: last.output.text + text };
      this.#soon(text.length);
    } else {
      this.#waiting.push({ kind: 'add', output: { type: 'stream', name, text } });
      this.#soon(text.length + CHANGE_LENGTH);
    }
  }

  /** @param length of its texts */
  add(output: Output, length: number): void {
    this.#waiting.push({ kind: 'add', output });
    // There are only so many, unless they are cleared again.
    if (this.#cleared) this.#soon(length + CHANGE_LENGTH);
    else this.flush();
  }

  replace(at: number, output: Output, length: number): void {
    this.#waiting = this.#waiting.filter((change) => change.kind === 'add' || change.at !== at);
    this.#waiting.push({ kind: 'replace', at, output });
    this.#soon(length + CHANGE_LENGTH);
  }

  clear(): void {
    // A program that draws one picture after the other is seen to move, however fast it draws.
    if (this.#isDue()) this.flush();
    this.#waiting = [];
    this.#cleared = true;
    this.#soon(CHANGE_LENGTH);
  }

  /** Shows what waits. */
  flush(): void {
    this.#unshown = 0;
    if (this.#cleared) {
      this.#cleared = false;
      this.#sent++;
      this.#listener.onClear?.();
    }
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const change of waiting) {
      this.#sent++;
      if (change.kind === 'add') this.#listener.onOutput?.(change.output);
      else this.#listener.onReplace?.(change.at, change.output);
    }
  }

  #soon(length: number): void {
    this.#unshown += length;
    if (this.#isDue()) this.flush();
  }

  #isDue(): boolean {
    return this.#sent < IMMEDIATE_PREVIEWS || this.#unshown >= PREVIEW_LENGTH;
  }
}
