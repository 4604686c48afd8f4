/** A mix of programs: those that succeed and those that fail, too much of everything, artifacts, and ones that are stopped half-way. */
import type { Program } from '@praxis/wasm-runtime';
import { programOf } from '../support/node-runs.ts';
import { fixtureProgram, listFixtures } from '../support/run-fixtures.ts';
import { LIMIT_CASES, limitProgram } from '../support/run-limits.ts';

export interface Errand {
  program: Program;
  stdin: readonly string[];
  /** Stopped after so many milliseconds. */
  stopAfterMs?: number;
}

const ENDLESS = 'import praxis\npraxis.artifact("a.bin", bytes(1 << 20))\nwhile True: print("x" * 80)';

export function errands(): Errand[] {
  const fixtures = listFixtures().map((fixture) => ({
    program: fixtureProgram(fixture),
    stdin: fixture.expected.stdin ?? [],
  }));
  const limits = LIMIT_CASES.map((limitCase) => ({ program: limitProgram(limitCase), stdin: [] }));
  const stopped = [0, 20, 150, 300].map((stopAfterMs) => ({
    program: programOf('python', ENDLESS, { max_output_kb: 65_536 }),
    stdin: [],
    stopAfterMs,
  }));
  const large = {
    program: programOf('python', 'import praxis\nfor n in range(8): praxis.artifact(f"{n}.bin", bytes(1 << 20))'),
    stdin: [],
  };
  // Interleaved, so that every stretch of runs has some of each.
  const others = [...limits, ...stopped, large];
  return fixtures.flatMap((errand, index) => [errand, others[index % others.length] ?? errand]);
}
