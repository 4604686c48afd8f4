/** How far a loop has come, as one quiet line. */
import type { VNode } from 'preact';
import { formatExact } from '../kernel/amounts.ts';
import { readProgress } from './progress.ts';
import { TerminalText } from './text.tsx';

export function ProgressView({ source, description }: { source: string; description: string }): VNode {
  const progress = readProgress(source);
  if (progress === null) return <TerminalText text={description} label="Progress" />;
  const { value, total, label, state } = progress;
  const count = total === null ? formatExact(value) : `${formatExact(value)} of ${formatExact(total)}`;
  // A bar that knows no end moves without saying anything; a count says more. An end that was passed is an end.
  const bar = total === null ? null : { max: Math.max(1, total), value: Math.min(value, Math.max(1, total)) };
  return (
    <div class={`output-progress output-progress-${state}`}>
      {label === '' ? null : <span class="output-progress-label">{label}</span>}
      {bar === null ? null : <progress aria-label={label === '' ? 'Progress' : label} {...bar} />}
      <span class="output-progress-count">
        {count}
        {state === 'stopped' ? ', stopped' : ''}
      </span>
    </div>
  );
}
