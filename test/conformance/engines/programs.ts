/** What is run on every engine: programs that finish, fail, and meet their limits, with what they are given to read. */
import { basename } from 'node:path';
import type { Language, Program } from '@praxis/wasm-runtime';
import { readProgramFile } from '../../../server/src/cli/program-file.ts';
import { OWN_CORPUS, readCorpus, type AttackCase } from '../../support/attack-corpus.ts';
import { programOf, textInputs } from '../../support/node-runs.ts';
import { expectedRuns } from '../../support/notebooks.ts';
import { listPackagePrograms, packageProgram } from '../../support/package-programs.ts';
import { fixtureProgram, listFixtures } from '../../support/run-fixtures.ts';
import { LIMIT_CASES, limitProgram } from '../../support/run-limits.ts';
import { NAN_PROGRAMS } from './nan-programs.ts';

export interface ConformanceProgram {
  name: string;
  program: Program;
  stdin: readonly string[];
  /** Run on the slowest engines, too. */
  isSample: boolean;
  /** Run a hundred times. */
  isLooped: boolean;
}

/** Attacks that may use more would take minutes on a slow engine. */
const MAX_ATTACK_FUEL = 300_000_000;
/** Run whatever they may use: what they look at is where engines and hosts differ. */
const TELLING_GROUPS: ReadonlySet<string> = new Set(['environment', 'memory', 'timing']);
const SAMPLE_SIZE = 30;
const LOOPED: ReadonlySet<string> = new Set([
  'random-numbers.py', 'json.js', 'errors.js', 'packages data nan-bits', 'packages data group-by', 'packages science fourier-and-cosine-transforms',
]); // prettier-ignore
/** Wall clock and processor time depend on the machine; the longest that a program may ask for is never reached. */
const UNTIMED = { timeout_ms: 3_600_000, cpu_ms: 3_600_000 } as const;

type Unsampled = Pick<ConformanceProgram, 'name' | 'program' | 'stdin'>;

const isBounded = ({ limits, group }: AttackCase): boolean =>
  limits.fuel <= MAX_ATTACK_FUEL || TELLING_GROUPS.has(group);

function attacks(language: Language): Unsampled[] {
  return readCorpus(OWN_CORPUS, language)
    .filter(isBounded)
    .map(({ id, code, limits, stdin, inputs = {} }) => ({
      name: `attack ${id}`,
      program: { ...programOf(language, code, limits), inputs: textInputs(inputs).inputs },
      stdin: stdin === null ? [] : stdin.split('\n'),
    }));
}

async function notebooks(): Promise<Unsampled[]> {
  return Promise.all(
    expectedRuns().map(async ({ path, expected }) => ({
      name: basename(path),
      program: { ...programOf('python', ''), steps: (await readProgramFile(path)).steps },
      stdin: expected.stdin ?? [],
    })),
  );
}

/** Those whose environment is built here. */
function packages(): Unsampled[] {
  return listPackagePrograms().flatMap((entry) => {
    const program = packageProgram(entry);
    return program ? [{ name: `packages ${entry.environment} ${entry.name}`, program, stdin: [] }] : [];
  });
}

export async function conformancePrograms(): Promise<ConformanceProgram[]> {
  const nans = NAN_PROGRAMS.map(({ name, language, source }) => ({
    name,
    program: programOf(language, source),
    stdin: [],
  }));
  const others: Unsampled[] = [
    ...listFixtures().map((fixture) => ({
      name: fixture.file,
      program: fixtureProgram(fixture),
      stdin: fixture.expected.stdin ?? [],
    })),
    ...LIMIT_CASES.map((limitCase) => ({
      name: `limit: ${limitCase.name} (${limitCase.language})`,
      program: limitProgram(limitCase),
      stdin: [],
    })),
    ...(await notebooks()),
    ...attacks('python'),
    ...attacks('javascript'),
    ...packages(),
  ];
  const every = Math.ceil(others.length / (SAMPLE_SIZE - nans.length));
  return [
    ...nans.map((entry) => ({ ...entry, isSample: true })),
    ...others.map((entry, index) => ({ ...entry, isSample: index % every === 0 })),
  ].map((entry) => ({
    ...entry,
    program: { ...entry.program, limits: { ...entry.program.limits, ...UNTIMED } },
    isLooped: LOOPED.has(entry.name),
  }));
}
