/** When the engine needs the processor no longer, so that what can wait for it may have its turn: the code of editors is 600 KB. */

/** A page is complete after this long, whatever its engine does. */
const LONGEST_WAIT_MS = 1500;

let note: () => void = () => undefined;
const started = new Promise<void>((resolve) => (note = resolve));
setTimeout(note, LONGEST_WAIT_MS);

/** Resolves when the engine is ready and nothing runs, or has taken too long, and stays so. */
export function engineStarted(): Promise<void> {
  return started;
}

export function noteEngineStarted(): void {
  note();
}
