/** What cannot be started leaves no process behind. Needs a build. */
import { openKernel, prewarm, run, RunFailure } from '@praxis/wasm-runtime';
import { beforeEach, expect, test } from 'vitest';
import { currentEnvironment, environments, host, programOf } from '../../support/node-runs.ts';

/** Sandboxes that were opened and not closed. */
let open = 0;
/** The n-th file of an environment that is asked for cannot be had; `Infinity`: all can. */
let missing = 1;
beforeEach(() => {
  open = 0;
  missing = 1;
});

const counted: typeof host = {
  name: host.name,
  async open(options) {
    const connection = await host.open(options);
    const close = connection.close.bind(connection);
    open += 1;
    let closed = false;
    connection.close = () => {
      if (!closed) open -= 1;
      closed = true;
      close();
    };
    return connection;
  },
};

const incomplete = {
  manifest: environments.manifest.bind(environments),
  async file(...wanted: Parameters<typeof environments.file>) {
    missing -= 1;
    if (missing === 0) throw new RunFailure('ENVIRONMENT_UNKNOWN', 'a file is gone');
    return environments.file(...wanted);
  },
};

test('a sandbox that was to be warmed up', async () => {
  const env_version = currentEnvironment();
  const engines = ['javascript' as const];
  const warm = prewarm({ host: counted, environments: incomplete, env_version, cpu_ms: 1000, engines });
  await expect(warm).rejects.toThrow('a file is gone');
  expect(open).toBe(0);
});

test('a run', async () => {
  const attempt = run(programOf('javascript', '1'), { host: counted, environments: incomplete });
  await expect(attempt).rejects.toThrow('a file is gone');
  expect(open).toBe(0);
});

test('a kernel that cannot be made again from its transcript', async () => {
  missing = Infinity;
  const kernel = await openKernel({ host: counted, environments: incomplete, env_version: currentEnvironment() });
  const step = { object_id: 'one', language: 'javascript', source: 'let kept = 1' } as const;
  expect((await kernel.execute(step)).step.outcome).toBe('succeeded');
  const endless = kernel.execute({ ...step, source: 'for (;;);' });
  await kernel.interrupt();
  expect((await endless).stopped).toBe(true);
  missing = 1;
  expect((await kernel.execute({ ...step, source: 'kept' })).error?.message).toBe('a file is gone');
  expect(open).toBe(0);
  missing = Infinity;
  expect((await kernel.execute({ ...step, source: 'kept' })).step.outcome).toBe('succeeded');
  kernel.close();
  await expect.poll(() => open).toBe(0);
});
