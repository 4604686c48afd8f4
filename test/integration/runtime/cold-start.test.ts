/** An engine that was booted does what one that was restored from a snapshot does: snapshots save time and change nothing. */
import { readFileSync } from 'node:fs';
import { runInThisContext } from 'node:vm';
import { createProgram, type Language, type Program } from '@praxis/wasm-runtime';
import { expect, test } from 'vitest';
import { GLUE_TABLE, type GlueFunction } from '../../../wasm-runtime/src/engines/glue.ts';
import type { RestoreEngine } from '../../../wasm-runtime/src/engines/engine.ts';
import { bytesOf, moduleOf } from '../../../wasm-runtime/src/engines/given.ts';
import { restoreJavaScript } from '../../../wasm-runtime/src/engines/javascript/engine.ts';
import { bootPython, openColdPython, type SnapshotParts } from '../../../wasm-runtime/src/engines/python/build.ts';
import { restorePython } from '../../../wasm-runtime/src/engines/python/engine.ts';
import { readBytes } from '../../../wasm-runtime/src/environment/file-bytes.ts';
import { unpackImage } from '../../../wasm-runtime/src/environment/image.ts';
import type { FromSandbox } from '../../../wasm-runtime/src/hosts/protocol.ts';
import { Session } from '../../../wasm-runtime/src/run/session.ts';
import { currentEnvironment, environments } from '../../support/node-runs.ts';

const PROGRAMS = new URL('../../../fixtures/programs/', import.meta.url);

const manifest = await environments.manifest(currentEnvironment());
const read = async (engine: Language, role: 'glue' | 'module' | 'snapshot' | 'image' | 'late') => {
  const file = manifest.engines[engine].files[role];
  if (!file) throw new Error(`no ${role}`);
  return readBytes(await environments.file(currentEnvironment(), file));
};

async function bootParts({
  module,
  image,
}: Pick<Parameters<RestoreEngine>[0], 'module' | 'image'>): Promise<SnapshotParts> {
  const scope = globalThis as Record<string, unknown>;
  runInThisContext(new TextDecoder().decode(await read('python', 'glue')));
  // What the glue's script leaves.
  const glue = (scope[GLUE_TABLE] as Record<string, GlueFunction>)['python'];
  delete scope[GLUE_TABLE];
  if (!glue || !image) throw new Error('the environment has no glue or no image');
  return { glue, module: await moduleOf(module), files: unpackImage(bytesOf(image)) };
}

const boot: RestoreEngine = async (given) => openColdPython(await bootParts(given));

/** What a sandbox says while it runs the program, without times. */
async function messages(program: Program, python: RestoreEngine): Promise<unknown[]> {
  const sent: FromSandbox[] = [];
  const session = new Session({
    send: (message) => sent.push(message),
    restore: { python, javascript: restoreJavaScript },
  });
  const files = {
    module: await read('python', 'module'),
    snapshot: await read('python', 'snapshot'),
    image: await read('python', 'image'),
  };
  const { seed, epoch_ms, clock, limits, steps } = program;
  await session.receive({ kind: 'load', engine: 'python', files });
  await session.receive({ kind: 'late', engine: 'python', bytes: await read('python', 'late') });
  await session.receive({ kind: 'begin', begin: { seed, epoch_ms, clock, limits, limits_for: 'run', inputs: [] } });
  for (const [index, step] of steps.entries())
    await session.receive({ kind: 'step', index, step, fuel: limits.fuel, interactive: false });
  return sent.map((message) => (message.kind === 'loaded' ? { ...message, duration_ms: 0 } : message));
}

test.each(['time-and-dates.py', 'random-numbers.py', 'files.py', 'recursion.py'])(
  '%s: the same outputs, fuel and memory',
  async (file) => {
    const source = readFileSync(new URL(file, PROGRAMS), 'utf8');
    const steps = [
      { object_id: 'first', language: 'python' as const, source },
      {
        object_id: 'second',
        language: 'python' as const,
        source: 'import sys, gc; len(sys.modules), gc.collect(), id(sys)',
      },
    ];
    const program = createProgram({ env_version: currentEnvironment(), steps });
    const cold = await messages(program, boot);
    expect(cold.filter((message) => (message as FromSandbox).kind === 'done')).toHaveLength(2);
    expect(cold).toEqual(await messages(program, restorePython));
  },
);

test('what a boot has freed is not in its snapshot, and what it keeps is', async () => {
  const parts = await bootParts({ module: await read('python', 'module'), image: await read('python', 'image') });
  // Each makes a megabyte of a pattern that stands nowhere else.
  const source = 'kept = bytes([7, 77, 177]) * 350_000\nfreed = bytes([8, 88, 188]) * 350_000\ndel freed\n';
  const files = [...parts.files, { path: '/lib/praxis/pattern.py', bytes: new TextEncoder().encode(source) }];
  const { snapshot } = await bootPython({ ...parts, files, imports: ['pattern'] });
  const holds = (pattern: number[]) => Buffer.from(snapshot).includes(Buffer.alloc(3000, Buffer.from(pattern)));
  expect([holds([7, 77, 177]), holds([8, 88, 188])]).toEqual([true, false]);
});
