/**
 * `npm run soak [-- RUNS IN NODE [RUNS IN CHROMIUM]]` (1,000 and 100): mixed runs in one process and in one page, of which every other
 * one fails, meets a limit or is stopped half-way. Ends with 1 when something is left behind: a process, a file, a handle, a frame, a
 * worker, or memory that keeps growing. Needs a build.
 */
import { inChromium } from './chromium.ts';
import { inNode } from './node.ts';

/** One measurement; all but memory must end where it began. */
export interface Residue {
  runs: number;
  /** Things that have to be given back: their names and how many there are. */
  held: Record<string, number>;
  /** MB in use after a collection of garbage. */
  memory_mb: number;
}

/** A few MB come and go with compiled code and caches; a leak of any run's memory or output would be far more. */
const ALLOWED_GROWTH_MB = 24;

function judge(where: string, [first, ...rest]: readonly Residue[]): void {
  const last = rest.at(-1);
  if (!first || !last) throw new Error('too few runs to judge');
  for (const { runs, held, memory_mb } of [first, ...rest]) {
    const things = Object.entries(held).map(([name, count]) => `${count} ${name}`);
    console.log(`${where}: after ${runs} runs ${[...things, `${memory_mb.toFixed(1)} MB`].join(', ')}`);
  }
  const kept = Object.entries(last.held).filter(([name, count]) => count > (first.held[name] ?? 0));
  const growth = last.memory_mb - first.memory_mb;
  if (kept.length === 0 && growth <= ALLOWED_GROWTH_MB) return;
  console.log(
    `${where}: LEAKS ${[...kept.map(([name]) => name), growth > ALLOWED_GROWTH_MB ? 'memory' : ''].join(' ')}`,
  );
  process.exitCode = 1;
}

const [, , nodeRuns = '1000', chromiumRuns = '100'] = process.argv;
judge('Node', await inNode(Number(nodeRuns)));
judge('Chromium', await inChromium(Number(chromiumRuns)));
