/** The trust seal: one family of glyphs that differ in shape, so that the state never depends on colour. */
import type { VNode } from 'preact';
import { trustName, type TrustState } from './trust.ts';

export function Seal({ state, size = 18 }: { state: TrustState; size?: number }): VNode {
  return (
    <svg
      class={`seal seal-${state}`}
      width={size}
      height={size}
      viewBox="0 0 20 20"
      role="img"
      aria-label={trustName(state)}
    >
      {GLYPHS[state]}
    </svg>
  );
}

/** Twelve shallow scallops around the centre: the edge of a seal. */
const SCALLOPS =
  'M10 1.2l1.9 1.5 2.4-.4.9 2.2 2.2.9-.4 2.4 1.5 1.9-1.5 1.9.4 2.4-2.2.9-.9 2.2-2.4-.4L10 18.5l-1.9-1.5-2.4.4-.9-2.2-2.2-.9.4-2.4L1.5 10l1.5-1.9-.4-2.4 2.2-.9.9-2.2 2.4.4z';

const GLYPHS: Readonly<Record<TrustState, VNode>> = {
  draft: (
    <circle
      cx="10"
      cy="10"
      r="7"
      fill="none"
      stroke="currentColor"
      stroke-width="1.6"
      stroke-dasharray="0.1 3.56"
      stroke-linecap="round"
    />
  ),
  claimed: <circle cx="10" cy="10" r="7" fill="none" stroke="currentColor" stroke-width="1.6" />,
  verified: (
    <>
      <path d={SCALLOPS} fill="currentColor" />
      <path
        d="M6.4 10.2l2.5 2.5 4.8-5.2"
        fill="none"
        stroke="var(--paper)"
        stroke-width="1.7"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </>
  ),
  mismatch: (
    <>
      <path d="M9 2.1L7.7 6.6l2.6 2.6-2.2 3.4 1.3 5.3A8 8 0 0 1 9 2.1z" fill="currentColor" />
      <path d="M11.6 2.2l-1.4 4.1 2.6 2.8-2.2 3.6 1.3 5.1a8 8 0 0 0-.3-15.6z" fill="currentColor" />
    </>
  ),
  unverifiable: (
    <>
      <circle cx="10" cy="10" r="7" fill="none" stroke="currentColor" stroke-width="1.6" />
      <path d="M5.2 14.8l9.6-9.6" stroke="currentColor" stroke-width="1.6" />
    </>
  ),
};
