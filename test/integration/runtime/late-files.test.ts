/** What a kernel does about files that come late: a step that reads them starts over, and nothing else can tell. */
import { describe, expect, it } from 'vitest';
import { openKernel, run, type EnvironmentSource } from '@praxis/wasm-runtime';
import { currentEnvironment, environments, host, programOf } from '../../support/node-runs.ts';

const IMPORTS_LATE = 'print("before")\nimport wave\nprint(wave.__name__)';

/** Notes which files were asked for. */
function watched(): { source: EnvironmentSource; files: string[] } {
  const files: string[] = [];
  const source: EnvironmentSource = {
    manifest: (version) => environments.manifest(version),
    file: (version, file, onBytes) => {
      files.push(file.file);
      return environments.file(version, file, onBytes);
    },
  };
  return { source, files };
}

describe('late files', () => {
  it('are fetched after a step that did not read them', async () => {
    const { source, files } = watched();
    const kernel = await openKernel({ host, environments: source, env_version: currentEnvironment() });
    const { step } = await kernel.execute({ object_id: 'first', language: 'python', source: 'import json' });
    expect(step.outcome).toBe('succeeded');
    await expect.poll(() => files).toContain('python.late');
    expect(files.indexOf('python.late')).toBeGreaterThan(files.indexOf('python.image'));
    kernel.close();
  });

  it('make a step that reads them start over, with the record of one that found them there', async () => {
    const { source } = watched();
    const kernel = await openKernel({ host, environments: source, env_version: currentEnvironment() });
    let cleared = 0;
    const shown: string[] = [];
    const result = await kernel.execute(
      { object_id: 'program', language: 'python', source: IMPORTS_LATE },
      {
        onOutput: (output) => shown.push(output.type === 'stream' ? output.text : output.type),
        onClear: () => {
          cleared += 1;
          shown.length = 0;
        },
      },
    );
    kernel.close();
    const { record } = await run(programOf('python', IMPORTS_LATE), { host, environments });
    expect(cleared).toBe(1);
    expect(shown.join('')).toBe('before\nwave\n');
    expect(result.error).toBeNull();
    expect(result.step).toEqual(record.steps[0]);
  });

  it('that cannot be had end the step that reads them, and not the kernel', async () => {
    const { source } = watched();
    let offline = true;
    const broken: EnvironmentSource = {
      ...source,
      file: (version, file, onBytes) =>
        offline && file.file === 'python.late'
          ? Promise.reject(new Error('no connection'))
          : source.file(version, file, onBytes),
    };
    const kernel = await openKernel({ host, environments: broken, env_version: currentEnvironment() });
    const execute = () => kernel.execute({ object_id: 'step', language: 'python', source: IMPORTS_LATE });
    const failed = await execute();
    expect(failed.step.outcome).toBe('internal');
    expect(failed.error?.message).toContain('no connection');
    offline = false;
    expect((await execute()).step.outcome).toBe('succeeded');
    kernel.close();
  });
});
