/** What a replay means for trust, as a table. Pure. */
import type { Trust } from '../database/rows.ts';
import { Problem } from '../errors.ts';
import { isReproducible, RunFailure, type RunError, type VerdictKind } from '../runtime.ts';

export const TRUST_OF: Readonly<Record<VerdictKind, Trust>> = {
  MATCH: 'verified',
  MISMATCH: 'mismatch',
  UNVERIFIABLE: 'unverifiable',
  // A record that is none says something that did not happen.
  MALFORMED: 'mismatch',
};

/** Trust in a run that the server made itself. */
export function trustOfOwnRun(error: RunError | null): Trust {
  return isReproducible(error) ? 'verified' : 'unverifiable';
}

/** Only failures of our own are tried again: a missing input stays missing, and a program fails the same way every time. */
export function isRetried(error: unknown): boolean {
  if (error instanceof Problem) return error.status >= 500;
  return !(error instanceof RunFailure) || error.error.category === 'INTERNAL_ERROR';
}

/** The error that a job keeps when no run came about. */
export function jobErrorOf(error: unknown): RunError {
  if (error instanceof RunFailure) return error.error;
  if (error instanceof Problem && error.code === 'quota_exceeded') {
    return { category: 'RESOURCE_LIMIT', code: 'ARTIFACTS', message: error.message, details: {} };
  }
  return {
    category: 'INTERNAL_ERROR',
    code: 'HOST_FAILED',
    message: 'The server could not run the program.',
    details: {},
  };
}
