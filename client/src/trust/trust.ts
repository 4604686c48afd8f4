/** How far an output can be trusted, and how that is said: five states, one glyph each, one plain sentence. */
import { formatExact } from '../kernel/amounts.ts';

export type TrustState = 'draft' | 'claimed' | 'verified' | 'mismatch' | 'unverifiable';

export interface Trust {
  readonly state: TrustState;
  /** The job whose claim or run these outputs belong to; `null` for drafts. */
  readonly job_id: string | null;
  readonly revision_id: string | null;
  /** The verdict's own sentence, when there is one. */
  readonly reason: string | null;
  /** Fuel of the whole run that was checked. */
  readonly fuel: number | null;
  /** ISO 8601, when the verdict was given. */
  readonly checked_at: string | null;
}

export const DRAFT_TRUST: Trust = {
  state: 'draft',
  job_id: null,
  revision_id: null,
  reason: null,
  fuel: null,
  checked_at: null,
};

const NAMES: Readonly<Record<TrustState, string>> = {
  draft: 'Draft',
  claimed: 'Claimed',
  verified: 'Verified',
  mismatch: 'Mismatch',
  unverifiable: 'Not verifiable',
};

export function trustName(state: TrustState): string {
  return NAMES[state];
}

/** One sentence that a person without our vocabulary understands. */
export function trustSentence(trust: Trust, formatDate: (iso: string) => string): string {
  const when = trust.checked_at === null ? '' : ` (${formatDate(trust.checked_at)})`;
  switch (trust.state) {
    case 'draft':
      return 'This ran in your browser and has not been checked by anyone else.';
    case 'claimed':
      return 'This ran in a browser and was submitted; this server has not run it again yet.';
    case 'verified': {
      const fuel = trust.fuel === null ? '' : `, the same ${formatExact(trust.fuel)} fuel`;
      return `This server ran the whole document again${when}: the same outputs${fuel}.`;
    }
    case 'mismatch':
      return `This server ran the document again${when} and got something else.`;
    case 'unverifiable':
      return 'This cannot be run again here, so nobody can say whether it is right.';
  }
}
