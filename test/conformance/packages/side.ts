/** One side of the comparison: something that runs pytest on files, once or, when the engine ends in the middle, again from there. */
import { readOutcomes, type Outcome } from './outcomes.ts';

/** What `run_tests.py` is given as variables, beside where its archives and folders are. */
export interface TestParameters {
  library: string;
  options: readonly string[];
  files: readonly string[];
  /** So many tests are left out. */
  begin_at: number;
  /** Functions whose tests are left out: node ids without what stands in brackets. */
  left_out: readonly string[];
}

export interface SideRun {
  output: string;
  /** What ended the engine before pytest had ended; null when nothing did. */
  fatal: { code: string; message: string } | null;
  /** Of metered runs. */
  fuel: number;
}

export interface Side {
  name: 'stock' | 'metered';
  run(parameters: TestParameters): Promise<SideRun>;
}

export interface FilesResult {
  tests: Map<string, Outcome>;
  /** Tests that ended the engine, each with what it was. */
  ends: string[];
  /** Of the run as a whole, where it ended before or after its tests. */
  failure: string | null;
  fuel: number;
  ms: number;
}

/** Half an hour: five times what the longest run takes on a machine with other work. A test that never ends costs no more. */
export const TIMEOUT_MS = 1_800_000;
/** So often an engine may end in the middle. */
const MAX_RUNS = 40;
/** So many tests of one function may end it; the others are then left out, since each would take another run. */
const MAX_ENDED = 2;

export async function runFiles(
  side: Side,
  parameters: Omit<TestParameters, 'begin_at' | 'left_out'>,
): Promise<FilesResult> {
  const result: FilesResult = { tests: new Map(), ends: [], failure: null, fuel: 0, ms: 0 };
  const started = performance.now();
  const ended = new Map<string, number>();
  let begin_at = 0;
  for (let runs = 1; ; runs++) {
    const left_out = [...ended].filter(([, times]) => times >= MAX_ENDED).map(([name]) => name);
    const { output, fatal, fuel } = await side.run({ ...parameters, begin_at, left_out });
    const { tests, open, isComplete } = readOutcomes(output);
    for (const [id, outcome] of tests) result.tests.set(id, outcome);
    result.fuel += fuel;
    if (isComplete) break;
    const { code, message } = fatal ?? { code: 'ENDED', message: 'pytest did not say that it had ended' };
    if (open === null || runs === MAX_RUNS) {
      result.failure = `${code}: ${message}`;
      break;
    }
    result.ends.push(`${open.id} ends the engine: ${code}`);
    result.tests.set(open.id, { outcome: code, why: message });
    ended.set(functionOf(open.id), (ended.get(functionOf(open.id)) ?? 0) + 1);
    begin_at = open.place + 1;
  }
  result.ms = performance.now() - started;
  return result;
}

const functionOf = (id: string): string => id.split('[', 1)[0] ?? id;
