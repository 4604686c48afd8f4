/** One side of the comparison: something that runs pytest on files, once or, when the engine ends in the middle, again from there. */
import { readOutcomes, type Outcome } from './outcomes.ts';

/** What `run_tests.py` is given as variables, beside where its archives and folders are. */
export interface TestParameters {
  library: string;
  options: readonly string[];
  files: readonly string[];
  /** So many tests are left out. */
  begin_at: number;
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
  /** Of the run as a whole, where it ended before or after its tests. */
  failure: string | null;
  fuel: number;
  ms: number;
}

/** So often an engine may end in the middle. */
const MAX_RUNS = 40;

export async function runFiles(side: Side, parameters: Omit<TestParameters, 'begin_at'>): Promise<FilesResult> {
  const result: FilesResult = { tests: new Map(), failure: null, fuel: 0, ms: 0 };
  const started = performance.now();
  let begin_at = 0;
  for (let runs = 1; ; runs++) {
    const { output, fatal, fuel } = await side.run({ ...parameters, begin_at });
    const { tests, begun, open, isComplete } = readOutcomes(output);
    for (const [id, outcome] of tests) result.tests.set(id, outcome);
    result.fuel += fuel;
    if (isComplete) break;
    const { code, message } = fatal ?? { code: 'ENDED', message: 'pytest did not say that it had ended' };
    if (open === null || runs === MAX_RUNS) {
      result.failure = `${code}: ${message}`;
      break;
    }
    result.tests.set(open, { outcome: code, why: message });
    begin_at += begun;
  }
  result.ms = performance.now() - started;
  return result;
}
