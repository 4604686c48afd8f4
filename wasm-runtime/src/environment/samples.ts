/** Runs sample programs in a new environment, as a first reader will, and notes what they read of its files. Node only. */
import { restorePython } from '../engines/python/engine.ts';
import type { Begin, GivenFiles } from '../hosts/protocol.ts';
import { Collector } from '../run/collector.ts';
import { DEFAULT_EPOCH_MS, DEFAULT_LIMITS } from '../run/program.ts';

/** What programs of a build begin with: the defaults, and no inputs. */
export const BUILD_BEGIN = {
  seed: '00'.repeat(32),
  epoch_ms: DEFAULT_EPOCH_MS,
  clock: 'virtual',
  limits: DEFAULT_LIMITS,
  limits_for: 'run',
  inputs: [],
} satisfies Begin;

/** @returns paths. @throws Error when a sample fails, with what Python says */
export async function filesRead(given: GivenFiles, samples: readonly string[]): Promise<ReadonlySet<string>> {
  const read = new Set<string>();
  const engine = await restorePython(given, (path) => read.add(path));
  engine.begin(BUILD_BEGIN, new Collector(DEFAULT_LIMITS));
  for (const source of samples) {
    const { error } = engine.run({
      step: { object_id: 'sample', language: 'python', source, parameters: {}, events: [] },
      fuel: BigInt(DEFAULT_LIMITS.fuel),
      interactive: false,
      filename: '<sample>',
      isInterrupted: () => false,
      onInterrupt: () => undefined,
    });
    if (error) throw new Error(`a sample failed:\n${error.traceback}`);
  }
  return read;
}
