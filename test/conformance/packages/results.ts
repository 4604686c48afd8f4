/** What whole suites gave, and the file in which that is kept, so that differences are looked into without running anything again. */
import { readFileSync, writeFileSync } from 'node:fs';
import { type Static, Type } from 'typebox';
import { Check } from 'typebox/value';

const Outcome = Type.Object({ outcome: Type.String(), why: Type.String() });

const SuiteResult = Type.Object({
  /** Name and version. */
  library: Type.String(),
  /** Files of tests that were run. */
  files: Type.Integer(),
  /** Of each side. */
  runs: Type.Integer(),
  /** Of all metered runs. */
  fuel: Type.Integer(),
  pairs: Type.Array(Type.Object({ id: Type.String(), stock: Outcome, metered: Outcome })),
});
export type SuiteResult = Static<typeof SuiteResult>;

const Results = Type.Array(SuiteResult);

export function writeResults(file: string, results: readonly SuiteResult[]): void {
  writeFileSync(file, JSON.stringify(results, null, 1));
}

export function readResults(file: string): SuiteResult[] {
  const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (!Check(Results, value)) throw new TypeError(`${file} does not have results of tests`);
  return value;
}
