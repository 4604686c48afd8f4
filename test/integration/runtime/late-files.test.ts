/** What a kernel does about files that come late: a step that reads them starts over, and nothing else can tell. */
import { describe, expect, it } from 'vitest';
import { openKernel, prewarm, run, type EnvironmentSource, type Host } from '@praxis/wasm-runtime';
import { currentEnvironment, environments, host, programOf, watchedEnvironments } from '../../support/node-runs.ts';

const IMPORTS_LATE = 'print("before")\nimport wave\nprint(wave.__name__)';

describe('late files', () => {
  it('are fetched after a step that did not read them', async () => {
    const { source, files } = watchedEnvironments();
    const kernel = await openKernel({ host, environments: source, env_version: currentEnvironment() });
    const { step } = await kernel.execute({ object_id: 'first', language: 'python', source: 'import json' });
    expect(step.outcome).toBe('succeeded');
    await expect.poll(() => files).toContain('python.late');
    expect(files.indexOf('python.late')).toBeGreaterThan(files.indexOf('python.image'));
    kernel.close();
  });

  it('make a step that reads them start over, with the record of one that found them there', async () => {
    const { source } = watchedEnvironments();
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
    const { source } = watchedEnvironments();
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

  it('go behind another engine of a sandbox that is kept ready, and before its first step', async () => {
    const sent: string[] = [];
    const watching: Host = {
      name: host.name,
      async open(options) {
        const connection = await host.open(options);
        const send = connection.send.bind(connection);
        connection.send = (message) => {
          sent.push(message.kind);
          send(message);
        };
        return connection;
      },
    };
    const program = programOf('python', IMPORTS_LATE);
    const { env_version, limits } = program;
    const options = { host: watching, environments, env_version, cpu_ms: limits.cpu_ms };
    const prewarmed = await prewarm({ ...options, engines: ['python'] });
    await prewarmed.load('javascript');
    expect(sent).toEqual(['load', 'load']);
    const { record } = await run(program, { ...options, prewarmed });
    expect(record.outcome).toBe('succeeded');
    expect(sent.filter((kind) => kind === 'late')).toHaveLength(1);
    expect(sent.indexOf('late')).toBeLessThan(sent.indexOf('step'));

    const idle = await prewarm({ ...options, engines: ['python'] });
    await expect.poll(() => sent.filter((kind) => kind === 'late')).toHaveLength(2);
    idle.close();
  });
});

describe('a kernel that was told which engine will be needed', () => {
  it('has it before its first step, with the same record', async () => {
    const program = programOf('python', 'print(6 * 7)');
    const kernel = await openKernel({ host, environments, env_version: program.env_version });
    const question = { language: 'python' as const, source: 'prin', cursor: 4 };
    expect(await kernel.complete(question)).toBeNull();
    await kernel.prepare('python');
    expect((await kernel.complete(question))?.matches).not.toHaveLength(0);
    const { step } = await kernel.execute({ object_id: 'program', language: 'python', source: 'print(6 * 7)' });
    kernel.close();
    const { record } = await run(program, { host, environments });
    expect(step).toEqual(record.steps[0]);
  });
});
