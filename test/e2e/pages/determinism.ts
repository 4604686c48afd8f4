/** The script of a bare page that runs programs as the application does: the real sandbox frame, worker and environments. */
import {
  openKernel,
  prewarm,
  run,
  type Program,
  type ProgramStep,
  type RunRecord,
  type StepRecord,
} from '@praxis/wasm-runtime';
import { createBrowserHost, fetchedEnvironments } from '@praxis/wasm-runtime/browser';
import { timeSteps, type StepTimes } from '../../benchmarks/steps/times.ts';

export interface PageRun {
  run_digest: string;
  record: RunRecord;
  /** Sizes of artifacts and binary displays by digest. */
  blobs: Record<string, number>;
}

const host = createBrowserHost({ frameUrl: '/frames/sandbox', workerUrl: '/frames/worker.js' });
const environments = fetchedEnvironments({ baseUrl: '/assets/environments' });

/** @param texts of inputs by digest */
async function runProgram(
  program: Program,
  stdin: readonly string[],
  texts: Readonly<Record<string, string>>,
): Promise<PageRun> {
  const inputs = (digest: string) => Promise.resolve(new TextEncoder().encode(texts[digest]));
  const { run_digest, record, blobs } = await run(program, { host, environments, stdin, inputs });
  return { run_digest, record, blobs: Object.fromEntries([...blobs].map(([digest, { length }]) => [digest, length])) };
}

export interface InterruptedSteps {
  steps: { step: StepRecord; stopped: boolean }[];
  transcript: ProgramStep[];
}

/** Runs steps in a kernel. One that prints is interrupted as soon as the text is here. */
async function runInterrupted(
  env_version: string,
  steps: readonly Pick<ProgramStep, 'object_id' | 'language' | 'source'>[],
): Promise<InterruptedSteps> {
  const kernel = await openKernel({ host, environments, env_version });
  const done: InterruptedSteps['steps'] = [];
  for (const step of steps) {
    const { step: record, stopped } = await kernel.execute(step, {
      onOutput: (output) => void (output.type === 'stream' && kernel.interrupt()),
    });
    done.push({ step: record, stopped });
  }
  const transcript = kernel.transcript();
  kernel.close();
  return { steps: done, transcript };
}

/** @returns ms until a new sandbox has Python ready */
async function startPython(env_version: string): Promise<number> {
  const before = performance.now();
  const sandbox = await prewarm({ host, environments, env_version, cpu_ms: 60_000, engines: ['python'] });
  const ms = performance.now() - before;
  sandbox.close();
  return ms;
}

async function timeStepsHere(env_version: string, rounds: number): Promise<StepTimes> {
  const kernel = await openKernel({ host, environments, env_version });
  const times = await timeSteps(kernel, (bytes) => crypto.subtle.digest('SHA-256', bytes), rounds);
  kernel.close();
  return times;
}

const praxisTest = { runProgram, runInterrupted, startPython, timeSteps: timeStepsHere };

declare global {
  interface Window {
    praxisTest: typeof praxisTest;
  }
}

window.praxisTest = praxisTest;
