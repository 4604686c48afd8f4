/** Ends that depend on the machine are never taken for a program's own, in whichever of the two runs they come. */
import {
  DEFAULT_EPOCH_MS,
  DEFAULT_LIMITS,
  DEFAULT_SEED,
  replay,
  SCHEMA_VERSION,
  type Program,
  type RunErrorCode,
  type RunRecord,
} from '@praxis/wasm-runtime';
import { createNodeHost, directoryEnvironments } from '@praxis/wasm-runtime/node';
import { expect, test } from 'vitest';
import { programDigest } from '../../../wasm-runtime/src/run/digest.ts';
import { outcomeOf, runError } from '../../../wasm-runtime/src/run/failure.ts';

// An environment that nobody has: a replay that comes to running says so.
const program: Program = {
  schema_version: SCHEMA_VERSION,
  env_version: `python@sha256:${'0'.repeat(64)}`,
  seed: DEFAULT_SEED,
  epoch_ms: DEFAULT_EPOCH_MS,
  clock: 'virtual',
  steps: [],
  inputs: [],
  limits: DEFAULT_LIMITS,
};

function claimOf(given: Program, code: RunErrorCode): RunRecord {
  const error = runError(code, 'it ended');
  return {
    schema_version: SCHEMA_VERSION,
    program_digest: programDigest(given),
    env_version: given.env_version,
    outcome: outcomeOf(error),
    error,
    fuel: 0,
    memory_bytes_peak: 0,
    steps: [],
    artifacts: [],
  };
}

const judge = (given: Program, code: RunErrorCode) =>
  replay(given, claimOf(given, code), { host: createNodeHost(), environments: directoryEnvironments() });

test.each(['WALL_CLOCK', 'CPU', 'HOST_FAILED', 'ENGINE_FAILED'] as const)('%s cannot be verified', async (code) => {
  expect(await judge(program, code)).toEqual({
    verdict: 'UNVERIFIABLE',
    reason: `The run ended by ${code}, which depends on the machine.`,
  });
});

test.each(['FUEL', 'MEMORY', 'DEPTH', 'OUTPUT', 'ENGINE_FAULT', 'PYTHON_EXCEPTION'] as const)(
  '%s is run again',
  async (code) => {
    expect((await judge(program, code)).reason).toContain('It cannot be run here');
  },
);

test('a program with the live clock cannot be verified', async () => {
  expect((await judge({ ...program, clock: 'live' }, 'FUEL')).reason).toContain('live clock');
});
