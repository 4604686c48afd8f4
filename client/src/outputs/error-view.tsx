/** What went wrong in a cell: name, message, traceback, and the next step to take. */
import type { VNode } from 'preact';
import { Button } from '../design/button.tsx';
import { missingSentence, type Missing, type Offered } from '../kernel/choice.ts';
import type { Output, RunError } from '../kernel/runtime.ts';
import { adviceFor } from './advice.ts';
import { TerminalText } from './text.tsx';

interface ErrorViewProps {
  error: RunError;
  /** The error output of the step, with the exception's own name and traceback. */
  output: Extract<Output, { type: 'error' }> | null;
  onLine: ((line: number) => void) | null;
  onLimits: () => void;
  /** For an import of what the environment lacks. */
  missing: Missing | null;
  onSwitch: (environment: Offered) => void;
}

export function ErrorView({ error, output, onLine, onLimits, missing, onSwitch }: ErrorViewProps): VNode {
  const advice = adviceFor(error);
  const next = missing === null ? advice.next : missingSentence(missing);
  const other = missing?.environments[0];
  const line = error.details.line;
  const name = output?.name ?? (advice.title === '' ? error.code : '');
  const message = output?.message ?? (advice.title === '' ? error.message : '');
  const traceback = output?.traceback ?? error.details.traceback ?? '';
  return (
    <div class="error-box" role="alert">
      <p class="error-title">
        {advice.title === '' ? null : <strong>{advice.title}. </strong>}
        {name === '' ? null : <strong class="error-name">{name}</strong>}
        {message === '' ? null : <span class="error-message"> {message}</span>}
        {line === undefined || onLine === null ? null : (
          <button type="button" class="error-line" onClick={() => onLine(line)}>
            line {line}
          </button>
        )}
      </p>
      {next === null ? null : (
        <p class="error-next">
          {next}{' '}
          {other === undefined ? null : (
            <Button kind="quiet" onClick={() => onSwitch(other)}>
              Switch to {other.name} and run again
            </Button>
          )}
          {advice.opensLimits ? (
            <Button kind="quiet" onClick={onLimits}>
              Change limits
            </Button>
          ) : null}
        </p>
      )}
      {error.category === 'USER_CODE_ERROR' || error.code === 'PACKAGE_UNAVAILABLE' ? null : (
        <p class="error-next">The kernel is as it was before this cell.</p>
      )}
      {traceback.trim() === '' ? null : (
        <details class="error-traceback" open={traceback.split('\n').length <= 12}>
          <summary>Traceback</summary>
          <TerminalText text={traceback} label="Traceback" />
        </details>
      )}
    </div>
  );
}
