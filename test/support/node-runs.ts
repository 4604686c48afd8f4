/** Runs of single programs in sandbox processes, as the command line makes them. Needs a build. */
import { createProgram, run, type Language, type Limits, type Program, type RunResult } from '@praxis/wasm-runtime';
import { createNodeHost, currentEnvironments, directoryEnvironments } from '@praxis/wasm-runtime/node';

export const host = createNodeHost();
export const environments = directoryEnvironments();

const versions = await currentEnvironments();

/** The version of the current `python` environment. */
export function currentEnvironment(): string {
  return versions.get('python') ?? '';
}

export function programOf(language: Language, source: string, limits: Partial<Limits> = {}): Program {
  const steps = [{ object_id: 'program', language, source }];
  return createProgram({ env_version: currentEnvironment(), steps, limits });
}

export function runSource(
  language: Language,
  source: string,
  options: { limits?: Partial<Limits>; stdin?: readonly string[] } = {},
): Promise<RunResult> {
  return run(programOf(language, source, options.limits), { host, environments, stdin: options.stdin ?? [] });
}

export const languageOf = (file: string): Language => (file.endsWith('.js') ? 'javascript' : 'python');
