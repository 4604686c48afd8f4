/** Errors of runs: how a trap or a guest's own error becomes the `error` of a record, and what the trusted side throws. */
import type { GuestTrap } from '../gate/trap.ts';
import type { Outcome, RunError, RunErrorCategory, RunErrorCode } from './record.ts';

const CATEGORY: Readonly<Record<RunErrorCode, RunErrorCategory>> = {
  PYTHON_EXCEPTION: 'USER_CODE_ERROR',
  JAVASCRIPT_EXCEPTION: 'USER_CODE_ERROR',
  SYNTAX_ERROR: 'USER_CODE_ERROR',
  FUEL: 'RESOURCE_LIMIT',
  MEMORY: 'RESOURCE_LIMIT',
  DEPTH: 'RESOURCE_LIMIT',
  OUTPUT: 'RESOURCE_LIMIT',
  ARTIFACTS: 'RESOURCE_LIMIT',
  FILES: 'RESOURCE_LIMIT',
  WALL_CLOCK: 'RESOURCE_LIMIT',
  CPU: 'RESOURCE_LIMIT',
  IMPORT_DENIED: 'SANDBOX_VIOLATION',
  CODE_LOADING: 'SANDBOX_VIOLATION',
  PROTOCOL: 'SANDBOX_VIOLATION',
  ENGINE_FAULT: 'SANDBOX_VIOLATION',
  INPUT_MISSING: 'DEPENDENCY_ERROR',
  INPUT_DIGEST: 'DEPENDENCY_ERROR',
  ENVIRONMENT_UNKNOWN: 'DEPENDENCY_ERROR',
  PACKAGE_UNAVAILABLE: 'DEPENDENCY_ERROR',
  ENGINE_FAILED: 'INTERNAL_ERROR',
  HOST_FAILED: 'INTERNAL_ERROR',
};

const OUTCOME: Readonly<Record<RunErrorCategory, Outcome>> = {
  USER_CODE_ERROR: 'failed',
  VALIDATION_ERROR: 'failed',
  RESOURCE_LIMIT: 'limit',
  SANDBOX_VIOLATION: 'violation',
  DEPENDENCY_ERROR: 'internal',
  INTERNAL_ERROR: 'internal',
};

export function runError(code: RunErrorCode, message: string, details: RunError['details'] = {}): RunError {
  return { category: CATEGORY[code], code, message: message.toWellFormed(), details };
}

export function outcomeOf(error: RunError | null): Outcome {
  if (!error) return 'succeeded';
  // In a record it is the program's own: an exception that it let pass. Nothing is wrong with who ran it.
  return error.code === 'PACKAGE_UNAVAILABLE' ? 'failed' : OUTCOME[error.category];
}

/** Whether a step that ended so leaves a state from which the next step can go on: an exception of the program does. */
export function leavesKernel(error: RunError): boolean {
  return outcomeOf(error) === 'failed';
}

export function trapError(trap: GuestTrap, step: string): RunError {
  return runError(trap.code, trap.message, {
    step,
    ...(trap.limit === undefined ? {} : { limit: trap.limit }),
    ...(trap.used === undefined ? {} : { used: trap.used }),
  });
}

/** They say more about the machine than about the program. */
const MACHINE_CODES: ReadonlySet<RunErrorCode> = new Set(['WALL_CLOCK', 'CPU', 'ENGINE_FAILED', 'HOST_FAILED']);

/** Whether another machine would see the same end: if not, no replay confirms a record or refutes it. */
export function isReproducible(error: RunError | null): boolean {
  return !error || !MACHINE_CODES.has(error.code);
}

/** A run that could not be made at all: unknown environment, missing input, broken host. */
export class RunFailure extends Error {
  override readonly name = 'RunFailure';
  readonly error: RunError;

  constructor(code: RunErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.error = runError(code, message);
  }
}
