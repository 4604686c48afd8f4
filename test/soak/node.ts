/** Runs in this process, each in a sandbox process of its own. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { run } from '@praxis/wasm-runtime';
import { environments, host } from '../support/node-runs.ts';
import type { Residue } from './main.ts';
import { errands } from './programs.ts';
import { fixtureInput } from '../support/run-fixtures.ts';

setFlagsFromString('--expose-gc');
// A function of the engine's.
const collect = runInNewContext('gc') as () => void;
/** The first runs fill caches. */
const WARM_UP = 20;
const MEASUREMENTS = 5;

/** For this process and all that it starts. */
const temporary = mkdtempSync(join(tmpdir(), 'praxis-soak-'));
process.env['TMPDIR'] = temporary;
process.once('exit', () => rmSync(temporary, { recursive: true }));

export async function inNode(runs: number): Promise<Residue[]> {
  const all = errands();
  const residues: Residue[] = [];
  const every = Math.max(1, Math.floor(runs / MEASUREMENTS));
  for (let index = 0; index < WARM_UP + runs; index++) {
    const errand = all[index % all.length];
    if (!errand) break;
    const { program, stdin, stopAfterMs } = errand;
    const signal = stopAfterMs === undefined ? undefined : AbortSignal.timeout(stopAfterMs);
    await run(program, { host, environments, stdin, inputs: fixtureInput, ...(signal ? { signal } : {}) }).catch(
      (error: unknown) => {
        if (!signal?.aborted) throw error;
      },
    );
    if (index + 1 >= WARM_UP && (index + 1 - WARM_UP) % every === 0) residues.push(await measure(index + 1 - WARM_UP));
  }
  return residues;
}

async function measure(runs: number): Promise<Residue> {
  // What ends is given the time to end; buffers are freed after the collection that finds them unused.
  for (let round = 0; round < 4; round++) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    collect();
  }
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return {
    runs,
    held: {
      'open files': readdirSync('/proc/self/fd').length,
      processes: children(),
      resources: process.getActiveResourcesInfo().filter((name) => name !== 'Timeout').length,
      'temporary files': readdirSync(temporary).length,
    },
    memory_mb: (heapUsed + external + arrayBuffers) / 1e6,
  };
}

function children(): number {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === process.pid).length;
}

/** The fourth field of `stat`, behind a name that may hold anything. */
function parentOf(pid: string): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return 0; // It has ended meanwhile.
  }
}
