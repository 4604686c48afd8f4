/** The run control in a cell's left margin: run, waiting, or stop. */
import type { VNode } from 'preact';
import { Play, Square } from 'lucide';
import { Icon } from '../design/icon.tsx';
import type { CellRun } from './runs.ts';

interface RunControlProps {
  run: CellRun | null;
  label: string;
  onRun: () => void;
  onStop: () => void;
}

export function RunControl({ run, label, onRun, onStop }: RunControlProps): VNode {
  const phase = run === null || run.phase === 'done' ? 'idle' : run.phase;
  const failed = run?.phase === 'done' && run.error !== null;
  const busy = phase !== 'idle';
  return (
    <button
      type="button"
      class={`run-control run-${phase} ${failed ? 'run-failed' : ''}`}
      aria-label={busy ? `Stop ${label}` : `Run ${label}`}
      title={busy ? (phase === 'queued' ? 'Waiting; click to stop' : 'Stop') : 'Run  (Ctrl+Enter)'}
      onClick={busy ? onStop : onRun}
    >
      {phase === 'queued' ? (
        <span class="run-waiting" aria-hidden="true" />
      ) : (
        <Icon of={busy ? Square : Play} size={busy ? 11 : 14} />
      )}
    </button>
  );
}
