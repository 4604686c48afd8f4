/** Runs of single programs in sandbox processes, as the command line makes them. Needs a build. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  DEFAULT_EPOCH_MS,
  DEFAULT_LIMITS,
  DEFAULT_SEED,
  run,
  SCHEMA_VERSION,
  type Language,
  type Limits,
  type Program,
  type RunResult,
} from '@praxis/wasm-runtime';
import { createNodeHost, directoryEnvironments, ENVIRONMENTS_FOLDER } from '@praxis/wasm-runtime/node';

export const host = createNodeHost();
export const environments = directoryEnvironments();

/** The version of the current `python` environment. */
export function currentEnvironment(): string {
  // Written by the build.
  const index = JSON.parse(readFileSync(path.join(ENVIRONMENTS_FOLDER, 'index.json'), 'utf8')) as Record<
    string,
    string
  >;
  return index['python'] ?? '';
}

export function programOf(language: Language, source: string, limits: Partial<Limits> = {}): Program {
  return {
    schema_version: SCHEMA_VERSION,
    env_version: currentEnvironment(),
    seed: DEFAULT_SEED,
    epoch_ms: DEFAULT_EPOCH_MS,
    clock: 'virtual',
    steps: [{ object_id: 'program', language, source, parameters: {}, events: [] }],
    inputs: [],
    limits: { ...DEFAULT_LIMITS, ...limits },
  };
}

export function runSource(
  language: Language,
  source: string,
  options: { limits?: Partial<Limits>; stdin?: readonly string[] } = {},
): Promise<RunResult> {
  return run(programOf(language, source, options.limits), { host, environments, stdin: options.stdin ?? [] });
}

export const languageOf = (file: string): Language => (file.endsWith('.js') ? 'javascript' : 'python');
