/** The script of a page that times programs as the application runs them: the real sandbox frame, worker and environments. */
import { DEFAULT_LIMITS, openKernel, type Kernel, type Language } from '@praxis/wasm-runtime';
import { createBrowserHost, fetchedEnvironments } from '@praxis/wasm-runtime/browser';
import { timeStep } from '../step.ts';

const host = createBrowserHost({ frameUrl: '/frames/sandbox', workerUrl: '/frames/worker.js' });
const environments = fetchedEnvironments({ baseUrl: '/assets/environments' });
let kernel: Kernel | undefined;

/** Opens the kernel that `time` asks, in place of the one before. */
async function open(env_version: string, limits: Partial<typeof DEFAULT_LIMITS>): Promise<void> {
  kernel?.close();
  kernel = await openKernel({ host, environments, env_version, limits: { ...DEFAULT_LIMITS, ...limits } });
}

function time(language: Language, source: string): Promise<number> {
  if (!kernel) throw new Error('no kernel was opened');
  return timeStep(kernel, language, source);
}

declare global {
  interface Window {
    praxisBench: { open: typeof open; time: typeof time };
  }
}

window.praxisBench = { open, time };
