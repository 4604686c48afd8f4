/** Runs programs on one engine and compares their records with the reference's. */
import { canonicalJson } from '../../../wasm-runtime/src/run/digest.ts';
import type { EngineKind, EngineRun, OpenEngine } from './engine.ts';
import type { ConformanceProgram } from './programs.ts';

const LOOPS = 100;
const EXCERPT = 120;

export interface Comparison {
  runs: number;
  /** One line for each run that gave another record, or none. */
  differences: string[];
}

/** Records of the reference engine, each made when it is first asked for. */
export class Reference {
  readonly #engine: OpenEngine;
  readonly #known = new Map<string, Promise<EngineRun>>();

  constructor(engine: OpenEngine) {
    this.#engine = engine;
  }

  of({ name, program, stdin }: ConformanceProgram): Promise<EngineRun> {
    const known = this.#known.get(name) ?? this.#engine.run(program, stdin);
    this.#known.set(name, known);
    return known;
  }
}

function chosen(programs: readonly ConformanceProgram[], kind: EngineKind): ConformanceProgram[] {
  return programs.filter(
    ({ isSample, isLooped }) =>
      kind.programs === 'all' || (kind.programs === 'sample' && isSample) || (kind.programs === 'loop' && isLooped),
  );
}

export async function compare(
  kind: EngineKind,
  engine: OpenEngine,
  programs: readonly ConformanceProgram[],
  reference: Reference,
): Promise<Comparison> {
  const result: Comparison = { runs: 0, differences: [] };
  for (const entry of chosen(programs, kind)) {
    const expected = await reference.of(entry);
    for (let time = 1; time <= (kind.programs === 'loop' ? LOOPS : 1); time++) {
      result.runs += 1;
      const difference = await engine.run(entry.program, entry.stdin).then(
        (found) => (found.run_digest === expected.run_digest ? null : firstDifference(expected.record, found.record)),
        (error: unknown) => `no record: ${String(error)}`,
      );
      if (difference === null) continue;
      result.differences.push(`${entry.name}: ${difference}`);
      console.log(`  ${entry.name}${time > 1 ? `, run ${time}` : ''}: ${difference}`);
    }
  }
  return result;
}

function firstDifference(expected: object, found: object): string {
  // A driver may have changed the order of keys.
  const [one, other] = [canonicalJson(expected), canonicalJson(found)];
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  const from = Math.max(0, at - EXCERPT / 2);
  return `${one.slice(from, from + EXCERPT)} | ${other.slice(from, from + EXCERPT)}`;
}
