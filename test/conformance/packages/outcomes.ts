/** What a run of tests has said, line by line: `run_tests.py` writes them, hostile or cut off in the middle. */

export interface Outcome {
  /** pytest's word (passed, failed, skipped, xfailed, xpassed, error), or what ended the engine during the test, such as DEPTH. */
  outcome: string;
  /** The end of the message, when it did not pass. */
  why: string;
}

export interface Outcomes {
  /** By pytest's node id. A file that cannot be imported, or is skipped as a whole, is one test under its own name. */
  tests: Map<string, Outcome>;
  /** The test that had begun and not ended, and how many come before it in its run. */
  open: { id: string; place: number } | null;
  isComplete: boolean;
}

/** RFC 7464: a record begins with this, so that what tests print is not taken for one. */
const RECORD_SEPARATOR = '\u001e';

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

export function readOutcomes(output: string): Outcomes {
  const outcomes: Outcomes = { tests: new Map(), open: null, isComplete: false };
  for (const piece of output.split(RECORD_SEPARATOR).slice(1)) {
    const line = parsed(piece.split('\n', 1)[0] ?? '');
    if ('end' in line) outcomes.isComplete = true;
    else if ('start' in line) {
      outcomes.open = { id: textOf(line['start']), place: Number(line['place']) };
    } else if ('id' in line) {
      outcomes.tests.set(textOf(line['id']), { outcome: textOf(line['outcome']), why: textOf(line['why']) });
      outcomes.open = null;
    }
  }
  return outcomes;
}

/** The last line of an engine that ended may be half a line. */
function parsed(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
