/** The seal beside an output, and what it opens: one plain sentence, the numbers, and the attestation. */
import type { VNode } from 'preact';
import { useId, useRef, useState } from 'preact/hooks';
import { Download, ShieldCheck } from 'lucide';
import { Button } from '../design/button.tsx';
import { formatMoment } from '../design/moments.ts';
import { placeBelow } from '../design/place.ts';
import { formatExact } from '../kernel/amounts.ts';
import { Seal } from './seal.tsx';
import { trustName, trustSentence, type Trust } from './trust.ts';

interface SealButtonProps {
  trust: Trust;
  /** Fuel of this cell alone. */
  fuel: number | null;
  stale: boolean;
  /** `null` where there is nothing to verify with: no document, no role. */
  onVerify: (() => void) | null;
  onAttestation: (jobId: string) => void;
}

export function SealButton({ trust, fuel, stale, onVerify, onAttestation }: SealButtonProps): VNode {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const popover = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  const name = trustName(trust.state);
  return (
    <>
      <button
        ref={button}
        type="button"
        class="seal-button"
        popovertarget={id}
        aria-expanded={open}
        aria-label={`${name}. How far this output can be trusted`}
        title={name}
      >
        <Seal state={trust.state} />
      </button>
      <div
        ref={popover}
        id={id}
        popover="auto"
        role="dialog"
        aria-label="How far this output can be trusted"
        class="seal-popover"
        onToggle={(event: Event & { newState?: string }) => {
          setOpen(event.newState === 'open');
          if (event.newState === 'open' && popover.current !== null && button.current !== null) {
            placeBelow(popover.current, button.current);
          }
        }}
      >
        <p class="seal-title">
          <Seal state={trust.state} size={20} /> {name}
        </p>
        <p>{trustSentence(trust, formatMoment)}</p>
        {trust.reason === null || trust.state === 'verified' ? null : <p>{trust.reason}</p>}
        {stale ? <p>The code has changed since; this says nothing about the new code.</p> : null}
        <dl class="seal-facts number">
          {fuel === null ? null : <Fact name="This cell" value={`${formatExact(fuel)} fuel`} />}
          {trust.fuel === null ? null : <Fact name="Whole run" value={`${formatExact(trust.fuel)} fuel`} />}
        </dl>
        <div class="seal-actions">
          {trust.state === 'verified' && trust.job_id !== null ? (
            <Button icon={Download} onClick={() => onAttestation(trust.job_id ?? '')}>
              Download attestation
            </Button>
          ) : null}
          {trust.state === 'draft' && onVerify !== null ? (
            <Button
              icon={ShieldCheck}
              onClick={() => {
                popover.current?.hidePopover();
                onVerify();
              }}
            >
              Verify
            </Button>
          ) : null}
        </div>
      </div>
    </>
  );
}

function Fact({ name, value }: { name: string; value: string }): VNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
