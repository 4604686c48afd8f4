/** Runs a suite on both sides, a few runs at once. */
import { availableParallelism } from 'node:os';
import { batchesOf, type Batch } from './batches.ts';
import { paired } from './compare.ts';
import { materialsOf, type PlacedWheel } from './materials.ts';
import { meteredSide } from './metered.ts';
import type { SuiteResult } from './results.ts';
import { runFiles, type FilesResult, type Side } from './side.ts';
import { StockSide } from './stock.ts';
import type { Suite } from './suites.ts';

export interface SuiteOptions {
  /** Of the environment. */
  env_version: string;
  /** The environment's, for stock Pyodide. */
  wheels: readonly PlacedWheel[];
  /** Archive of pytest. */
  tools: Uint8Array;
  /** Only files with this in their path. */
  part: string;
}

/** One engine keeps one core busy. */
const ENGINES = Math.max(1, availableParallelism());

export async function runSuite(suite: Suite, { env_version, wheels, tools, part }: SuiteOptions): Promise<SuiteResult> {
  const materials = await materialsOf(suite, tools);
  const chosen = materials.files.filter(({ name }) => suite.isChosen(name) && name.includes(part));
  const batches = batchesOf(chosen, suite.depth);
  console.log(`${suite.library}: ${chosen.length} files in ${batches.length} runs on each side`);
  const stock = await StockSide.open(wheels, materials);
  try {
    const sides: readonly Side[] = [meteredSide(env_version, materials), stock];
    const tasks = batches.flatMap((batch) => sides.map((side) => () => runBatch(suite, batch, side)));
    const results = await inParallel(tasks);
    const pairs = batches.flatMap((batch, index) => {
      const [metered, published] = results.slice(2 * index);
      if (!metered || !published) throw new Error(`${batch.name} has not run on both sides`);
      return paired(published, metered);
    });
    const fuel = results.reduce((sum, result) => sum + result.fuel, 0);
    const { name, version } = suite.wheel;
    return { library: `${name} ${version}`, files: chosen.length, runs: batches.length, fuel, pairs };
  } finally {
    await stock.close();
  }
}

async function runBatch({ library, options }: Suite, { name, files }: Batch, side: Side): Promise<FilesResult> {
  const result = await runFiles(side, { library, options, files });
  const { tests, ends, failure, fuel, ms } = result;
  const used = side.name === 'metered' ? `, ${Math.round(fuel / 1e9)} G fuel` : '';
  const early = failure === null ? '' : `, ended early: ${failure}`;
  console.log(`  ${name}, ${side.name}: ${tests.size} tests in ${Math.round(ms / 1000)} s${used}${early}`);
  for (const end of ends) console.log(`    ${end}`);
  return result;
}

/** In their order, as soon as there is room. */
async function inParallel<T>(tasks: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results = new Map<number, T>();
  const waiting = [...tasks.entries()];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) results.set(next[0], await next[1]());
  };
  await Promise.all(Array.from({ length: ENGINES }, work));
  return [...results].sort(([one], [other]) => one - other).map(([, result]) => result);
}
