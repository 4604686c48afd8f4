/** A kernel that begins with what another one has run, in another environment. Needs a build. */
import { openKernel } from '@praxis/wasm-runtime';
import { afterEach, expect, it } from 'vitest';
import { builtEnvironment, needsEnvironment } from '../../support/environments.ts';
import { currentEnvironment, environments, host } from '../../support/node-runs.ts';

const kernels: { close(): void }[] = [];
afterEach(() => kernels.splice(0).forEach((kernel) => kernel.close()));

async function open(env_version: string, transcript?: Parameters<typeof openKernel>[0]['transcript']) {
  const kernel = await openKernel({ host, environments, env_version, ...(transcript ? { transcript } : {}) });
  kernels.push(kernel);
  const run = async (source: string) => {
    const { step, error } = await kernel.execute({ object_id: 'cell', language: 'python', source });
    return error?.code ?? step.outputs.map((output) => ('text' in output ? output.text : output.type)).join('');
  };
  return { kernel, run };
}

const data = builtEnvironment('data');
it.skipIf(data === undefined)(
  `keeps its state, with modules that start with no file of theirs${needsEnvironment('data')}`,
  async () => {
    const before = await open(currentEnvironment());
    // Of the late part of the library, which the other kernel has not fetched.
    await before.run('import mailbox; kept = [mailbox.Mailbox.__name__]');
    await before.run('kept.append(len(kept))');
    expect(await before.run('import numpy')).toBe('PACKAGE_UNAVAILABLE');
    const transcript = before.kernel.transcript().slice(0, -1);
    const after = await open(data ?? '', transcript);
    expect(await after.run('import numpy; print(kept, numpy.arange(3).sum())')).toBe("['Mailbox', 1] 3\n");
    expect(after.kernel.transcript()).toHaveLength(3);
    // And it is a copy: neither kernel knows of the other.
    expect(transcript).toHaveLength(2);
    await after.kernel.restart();
    expect(await after.run('kept')).toBe('PYTHON_EXCEPTION');
  },
);
