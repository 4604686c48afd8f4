/**
 * How a step that is running is asked to stop: one word of memory, which a frame shares with its worker. The worker is busy with the
 * step and reads no message; it looks at this word instead. Nothing of it is in the guest's own memory.
 */

/** 0, or 1 more than the index of the step that shall be interrupted. A step that has ended meanwhile is not there to be asked. */
export type InterruptFlag = Int32Array<SharedArrayBuffer>;

export function createInterruptFlag(): InterruptFlag {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

export function askToStop(flag: InterruptFlag, index: number): void {
  Atomics.store(flag, 0, index + 1);
}

/** Whether the step was asked to stop since it last looked. */
export function takeInterrupt(flag: InterruptFlag, index: number): boolean {
  if (flag[0] !== index + 1) return false;
  Atomics.store(flag, 0, 0);
  return true;
}
