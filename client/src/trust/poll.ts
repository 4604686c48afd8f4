/** How often a page asks whether a job is done: quickly at first, then patiently, and not for ever. */

const FIRST_MS = 400;
const GROWTH = 1.5;
const MOST_MS = 5000;
const TOTAL_MS = 10 * 60_000;

/** Milliseconds to wait after the given attempt (from 0); `null` when it is time to stop asking. */
export function pollDelay(attempt: number): number | null {
  let waited = 0;
  let delay = FIRST_MS;
  for (let past = 0; past < attempt; past += 1) {
    waited += delay;
    delay = Math.min(delay * GROWTH, MOST_MS);
  }
  return waited >= TOTAL_MS ? null : Math.round(delay);
}
