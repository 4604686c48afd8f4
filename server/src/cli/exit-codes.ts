/** What the command line's commands end with. */
import type { Outcome, VerdictKind } from '@praxis/wasm-runtime';

export const EXIT = { success: 0, failed: 1, usage: 2, limit: 3, violation: 4, internal: 5 } as const;

export const EXIT_OF_OUTCOME: Readonly<Record<Outcome, number>> = {
  succeeded: EXIT.success,
  failed: EXIT.failed,
  limit: EXIT.limit,
  violation: EXIT.violation,
  internal: EXIT.internal,
};

export const EXIT_OF_VERDICT: Readonly<Record<VerdictKind, number>> = {
  MATCH: 0,
  MISMATCH: 1,
  UNVERIFIABLE: 2,
  MALFORMED: 3,
};

/** The command was used wrongly, or given something that it cannot read. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
