/** Cells of Python in one kernel, one after another, as a notebook runs them. Needs a build. */
import { afterAll, beforeAll } from 'vitest';
import { openKernel, type Kernel, type StepResult } from '@praxis/wasm-runtime';
import { currentEnvironment, environments, host } from './node-runs.ts';

/**
 * Opens the kernel before the tests around it and closes it after them.
 * @param version of the environment: the current `python` unless another is named
 * @returns runs one cell
 */
export function useKernelCells(
  version = currentEnvironment(),
): (source: string, callbacks?: Parameters<Kernel['execute']>[1]) => Promise<StepResult> {
  let kernel: Kernel;
  let cells = 0;
  beforeAll(async () => {
    kernel = await openKernel({ host, environments, env_version: version });
  });
  afterAll(() => kernel.close());
  return (source, callbacks) => {
    cells += 1;
    return kernel.execute({ object_id: `cell ${cells}`, language: 'python', source }, callbacks);
  };
}

export function textOf(result: StepResult, name: 'stdout' | 'stderr' = 'stdout'): string {
  return result.step.outputs
    .map((output) => (output.type === 'stream' && output.name === name ? output.text : ''))
    .join('');
}

/** The bundles of displays and results. */
export function shown(result: StepResult): Record<string, unknown>[] {
  return result.step.outputs.flatMap((output) =>
    output.type === 'display' || output.type === 'result' ? [output.data] : [],
  );
}
