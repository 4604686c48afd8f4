/** The verification that is going on, or its outcome, above the notebook. */
import type { VNode } from 'preact';
import { X } from 'lucide';
import { Button, IconButton } from '../design/button.tsx';
import { Seal } from './seal.tsx';
import { verification } from './verification.ts';
import { resultSentence, stageSentence } from './verifying.ts';

export function VerificationStrip({ onRetry }: { onRetry: () => void }): VNode | null {
  const state = verification.value;
  const close = (): void => {
    verification.value = { kind: 'none' };
  };
  switch (state.kind) {
    case 'none':
      return null;
    case 'going':
      return (
        <div class="strip strip-going" role="status">
          <p>{stageSentence(state.stage)}</p>
          <Button kind="quiet" onClick={state.cancel}>
            Cancel
          </Button>
          <span class="thin-line" aria-hidden="true" />
        </div>
      );
    case 'done':
      return (
        <div class={`strip strip-${state.trust.state}`} role="status">
          <Seal state={state.trust.state} size={20} />
          <p>{resultSentence(state.trust)}</p>
          <IconButton icon={X} label="Dismiss" size={14} onClick={close} />
        </div>
      );
    case 'failed':
      return (
        <div class="strip strip-failed" role="alert">
          <p>Not verified. {state.message}</p>
          <Button kind="quiet" onClick={onRetry}>
            Try again
          </Button>
          <IconButton icon={X} label="Dismiss" size={14} onClick={close} />
        </div>
      );
  }
}
