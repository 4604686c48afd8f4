/**
 * `npm run conformance:packages [-- --only LIBRARY --file PATTERN --report --results FILE]`: the libraries' own tests have the same
 * outcome in a metered run as on the stock Pyodide that the environment is made of. Prints a table, and each difference with its reason.
 * `--report` writes REPORT.md, `--results` everything that each test said. Ends with 1 when a difference is not explained.
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { readDefinition } from '../../../wasm-runtime/src/environment/definition.ts';
import { builtEnvironment } from '../../support/environments.ts';
import { batchesOf } from './batches.ts';
import { compareOutcomes, merged, sameCount } from './compare.ts';
import { EXPLANATIONS } from './explanations.ts';
import { materialsOf, stockWheels, toolsArchive } from './materials.ts';
import { meteredSide } from './metered.ts';
import { linesOf, reportOf, tableOf, type SuiteResult } from './report.ts';
import { runFiles, type FilesResult, type Side } from './side.ts';
import { compiledTools, StockSide } from './stock.ts';
import { ENVIRONMENT, SUITES, type Suite } from './suites.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    file: { type: 'string' },
    report: { type: 'boolean' },
    results: { type: 'string' },
  },
});
const suites = SUITES.filter(({ library }) => values.only === undefined || values.only === library);
const env_version = builtEnvironment(ENVIRONMENT);
if (suites.length === 0 || env_version === undefined) {
  console.error(
    env_version === undefined
      ? `the environment ${ENVIRONMENT} is not built here; npm run build says why`
      : `no such suite; there are: ${SUITES.map(({ library }) => library).join(', ')}`,
  );
  process.exit(2);
}

/** One engine keeps one core busy. */
const ENGINES = Math.max(1, availableParallelism());

/** Runs these side by side, a few at once, in their order. */
async function inParallel<T>(tasks: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results = new Map<number, T>();
  const waiting = [...tasks.entries()];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) results.set(next[0], await next[1]());
  };
  await Promise.all(Array.from({ length: ENGINES }, work));
  return [...results].sort(([one], [other]) => one - other).map(([, result]) => result);
}

const definition = await readDefinition(ENVIRONMENT);
const wheels = await stockWheels(definition);
const tools = await compiledTools(await toolsArchive());
const everything: Record<string, unknown>[] = [];

async function runSuite(suite: Suite): Promise<SuiteResult> {
  const materials = await materialsOf(suite, tools);
  const chosen = materials.files.filter(({ name }) => suite.isChosen(name) && name.includes(values.file ?? ''));
  const batches = batchesOf(chosen, suite.depth);
  console.log(`${suite.library}: ${chosen.length} files in ${batches.length} runs`);
  const stock = await StockSide.open(wheels, materials);
  try {
    const sides: readonly Side[] = [meteredSide(env_version ?? '', materials), stock];
    const done = new Map<string, FilesResult>();
    const tasks = batches.flatMap((batch) =>
      sides.map((side) => async () => {
        const { library, options } = suite;
        const result = await runFiles(side, { library, options, files: batch.files });
        console.log(`  ${batch.name}, ${side.name}: ${linesOf(result)}`);
        done.set(`${batch.name} ${side.name}`, result);
        return result;
      }),
    );
    const results = await inParallel(tasks);
    const comparisons = batches.map((batch, index) => {
      const [metered, published] = [results[2 * index], results[2 * index + 1]];
      if (!metered || !published) throw new Error(`${batch.name} has not run on both sides`);
      for (const id of new Set([...published.tests.keys(), ...metered.tests.keys()])) {
        everything.push({ id, stock: published.tests.get(id), metered: metered.tests.get(id) });
      }
      return compareOutcomes(published, metered, EXPLANATIONS);
    });
    const fuel = results.reduce((sum, result) => sum + result.fuel, 0);
    return { suite, files: chosen.length, runs: batches.length, fuel, comparison: merged(comparisons) };
  } finally {
    await stock.close();
  }
}

const results: SuiteResult[] = [];
for (const suite of suites) results.push(await runSuite(suite));

console.log(tableOf(results).join('\n'));
const report = reportOf(results);
console.log(report.differences.join('\n'));
if (values.report === true) writeFileSync(new URL('REPORT.md', import.meta.url), report.text);
if (values.results !== undefined) writeFileSync(values.results, JSON.stringify(everything, null, 1));
const unexplained = results
  .flatMap(({ comparison }) => comparison.differences)
  .filter((one) => one.explanation === null);
console.log(
  `${results.reduce((sum, { comparison }) => sum + sameCount(comparison), 0)} tests have the same outcome; ${unexplained.length} differences have no explanation`,
);
if (unexplained.length > 0) process.exitCode = 1;
