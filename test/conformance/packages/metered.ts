/** The tests in a run of ours: a sandbox process with the environment, its files as inputs. */
import { createProgram, run, sha256Digest } from '@praxis/wasm-runtime';
import { createNodeHost, directoryEnvironments } from '@praxis/wasm-runtime/node';
import { PLACES, TEST_SCRIPT, type Materials } from './materials.ts';
import { TIMEOUT_MS, type Side } from './side.ts';

/** Of which none is meant to be met: what these tests measure is not what a run may use. */
const LIMITS = {
  fuel: 1_000_000_000_000_000,
  memory_mb: 2048,
  timeout_ms: TIMEOUT_MS,
  cpu_ms: TIMEOUT_MS,
  max_output_kb: 65_536,
  max_file_kb: 1_048_576,
  max_files: 100_000,
};

/** @param env_version the environment with the library */
export function meteredSide(env_version: string, { tests, tools }: Materials): Side {
  const host = createNodeHost();
  const environments = directoryEnvironments();
  const archives = Object.entries({ [PLACES.tests]: tests, [PLACES.tools]: tools }).map(([path, bytes]) => ({
    path,
    bytes,
    digest: sha256Digest(bytes),
  }));
  const inputs = archives.map(({ path, bytes, digest }) => ({
    path,
    digest,
    size_bytes: bytes.length,
    media_type: 'application/zip',
  }));
  const read = async (digest: string): Promise<Uint8Array> => {
    const found = archives.find((archive) => archive.digest === digest);
    if (!found) throw new Error(`no archive has the digest ${digest}`);
    return found.bytes;
  };
  return {
    name: 'metered',
    async run(parameters) {
      const steps = [{ language: 'python', source: TEST_SCRIPT, parameters: { ...PLACES, ...parameters } } as const];
      const program = createProgram({ env_version, steps, inputs, limits: LIMITS });
      const { record } = await run(program, { host, environments, inputs: read });
      const outputs = record.steps.flatMap((step) => step.outputs);
      const output = outputs.map((one) => (one.type === 'stream' && one.name === 'stdout' ? one.text : '')).join('');
      const { error } = record;
      return { output, fatal: error && { code: error.code, message: error.message }, fuel: record.fuel };
    },
  };
}
