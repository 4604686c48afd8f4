/**
 * Work on the page in slices, so that a document of thousands of texts never holds up its reader: what fits into a moment is done at
 * once, before it is painted; the rest follows in order, with the page's own work in between.
 */

/** A pause that a person hardly notices, ms. */
const SLICE_MS = 40;

const waiting = new Set<() => void>();
/** Time used since the page last had a turn, ms. */
let used = 0;
let turnComes = false;

/** @returns takes the work back, if it has not been done */
export function inTurn(work: () => void): () => void {
  waiting.add(work);
  drain();
  return () => void waiting.delete(work);
}

function drain(): void {
  for (const work of waiting) {
    if (used >= SLICE_MS) break;
    waiting.delete(work);
    const start = performance.now();
    try {
      work();
    } catch (error) {
      // One text that fails must not keep the others from being shown.
      reportError(error);
    }
    used += performance.now() - start;
  }
  if (turnComes) return;
  turnComes = true;
  setTimeout(() => {
    turnComes = false;
    used = 0;
    if (waiting.size > 0) drain();
  });
}
