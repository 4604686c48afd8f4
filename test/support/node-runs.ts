/** Runs of single programs in sandbox processes, as the command line makes them. Needs a build. */
import { createProgram, run, sha256Digest } from '@praxis/wasm-runtime';
import type { EnvironmentSource, Language, Limits, Program, RunResult } from '@praxis/wasm-runtime';
import { createNodeHost, currentEnvironments, directoryEnvironments } from '@praxis/wasm-runtime/node';

export const host = createNodeHost();
export const environments = directoryEnvironments();

const versions = await currentEnvironments();

/** The version of the current `python` environment. */
export function currentEnvironment(): string {
  return versions.get('python') ?? '';
}

export function programOf(
  language: Language,
  source: string,
  limits: Partial<Limits> = {},
  env_version = currentEnvironment(),
): Program {
  const steps = [{ object_id: 'program', language, source }];
  return createProgram({ env_version, steps, limits });
}

export function runSource(
  language: Language,
  source: string,
  options: {
    limits?: Partial<Limits>;
    stdin?: readonly string[];
    inputs?: Readonly<Record<string, string>>;
    env_version?: string;
  } = {},
): Promise<RunResult> {
  const { inputs, read } = textInputs(options.inputs ?? {});
  const program = { ...programOf(language, source, options.limits, options.env_version), inputs };
  return run(program, { host, environments, stdin: options.stdin ?? [], inputs: read });
}

/** Texts by path as the inputs of a program, and what reads them by digest. */
export function textInputs(texts: Readonly<Record<string, string>>): {
  inputs: Program['inputs'];
  read: (digest: string) => Promise<Uint8Array>;
} {
  const files = Object.entries(texts).map(([path, text]) => {
    const bytes = new TextEncoder().encode(text);
    return { path, bytes, digest: sha256Digest(bytes) };
  });
  return {
    inputs: files.map(({ path, bytes, digest }) => ({
      path,
      digest,
      size_bytes: bytes.length,
      media_type: 'text/plain',
    })),
    read(digest) {
      const file = files.find((one) => one.digest === digest);
      return file ? Promise.resolve(file.bytes) : Promise.reject(new Error(`no text has the digest ${digest}`));
    },
  };
}

export const languageOf = (file: string): Language => (file.endsWith('.js') ? 'javascript' : 'python');

/** The same environments, and which of their files were asked for. */
export function watchedEnvironments(): { source: EnvironmentSource; files: string[] } {
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
