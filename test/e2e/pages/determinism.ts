/** The script of a bare page that runs programs as the application does: the real sandbox frame, worker and environments. */
import { run, type Program, type RunRecord } from '@praxis/wasm-runtime';
import { createBrowserHost, fetchedEnvironments } from '@praxis/wasm-runtime/browser';

export interface PageRun {
  run_digest: string;
  record: RunRecord;
  /** Sizes of artifacts and binary displays by digest. */
  blobs: Record<string, number>;
}

const host = createBrowserHost({ frameUrl: '/frames/sandbox', workerUrl: '/frames/worker.js' });
const environments = fetchedEnvironments({ baseUrl: '/assets/environments' });

async function runProgram(program: Program, stdin: readonly string[]): Promise<PageRun> {
  const { run_digest, record, blobs } = await run(program, { host, environments, stdin });
  return { run_digest, record, blobs: Object.fromEntries([...blobs].map(([digest, { length }]) => [digest, length])) };
}

declare global {
  interface Window {
    praxisTest: { runProgram: typeof runProgram };
  }
}

window.praxisTest = { runProgram };
