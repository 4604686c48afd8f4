/** Comparing a claim with a replay. */
import type { RunRecord } from './record.ts';

export type VerdictKind = 'MATCH' | 'MISMATCH' | 'UNVERIFIABLE' | 'MALFORMED';

export interface Verdict {
  verdict: VerdictKind;
  /** One plain sentence for people. */
  reason: string;
  /** Index and object id of the first step that differs, on MISMATCH when a step differs. */
  first_divergence?: { step: number; object_id: string; field: string };
  /** The replay's record and digest, when it ran. */
  replayed?: { record: RunRecord; run_digest: string };
}
