/**
 * The messages between the page and an output frame. The frame holds active HTML of a guest, so everything that comes out of it is
 * hostile: `readFromFrame` and `isHello` are the only readers.
 */

/** Posted by the frame to its parent when its script has started; says nothing but that. */
export const HELLO = 'praxis-output-hello';
/** Posted by the page in answer, once, with a `MessagePort`. Everything else goes through that port. */
export const WELCOME = 'praxis-output-welcome';

export interface ToFrame {
  kind: 'show';
  html: string;
  theme: 'light' | 'dark';
}

export interface FromFrame {
  kind: 'height';
  /** CSS pixels, 0 to `MAX_HEIGHT`. */
  height: number;
}

export const MAX_HEIGHT = 20_000;

export function isHello(data: unknown): boolean {
  return data === HELLO;
}

/** @returns `null` for anything that is not exactly a message of the protocol */
export function readFromFrame(data: unknown): FromFrame | null {
  if (typeof data !== 'object' || data === null) return null;
  const keys = Object.keys(data).toSorted().join();
  const height: unknown = Reflect.get(data, 'height');
  if (keys !== 'height,kind' || Reflect.get(data, 'kind') !== 'height') return null;
  if (typeof height !== 'number' || !(height >= 0 && height <= MAX_HEIGHT)) return null;
  return { kind: 'height', height };
}

/** Messages that a frame may send within a window of time; a frame that sends more is no longer listened to. */
export class RateCap {
  #count = 0;
  #windowStart = Number.NEGATIVE_INFINITY;
  readonly #most: number;
  readonly #windowMs: number;

  constructor(most: number, windowMs: number) {
    this.#most = most;
    this.#windowMs = windowMs;
  }

  allows(now: number): boolean {
    if (now - this.#windowStart > this.#windowMs) {
      this.#windowStart = now;
      this.#count = 0;
    }
    this.#count += 1;
    return this.#count <= this.#most;
  }
}
