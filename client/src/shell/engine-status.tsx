/** What the engine is doing: three named steps while it loads, with bytes; then one quiet word. */
import type { VNode } from 'preact';
import { Button } from '../design/button.tsx';
import { formatBytes } from '../kernel/amounts.ts';
import { givenEnvironments } from '../kernel/given-environment.ts';
import type { EngineState, KernelSession } from '../kernel/session.ts';
import { nameOf } from './environment.ts';

const STAGES = [
  { stage: 'download', name: 'Download' },
  { stage: 'start', name: 'Start' },
  { stage: 'ready', name: 'Ready' },
] as const;

interface EngineStatusProps {
  kernel: KernelSession;
  /** Version of the environment that the kernel is or will be in. */
  environment: string | null;
}

export function EngineStatus({ kernel, environment }: EngineStatusProps): VNode {
  const state = kernel.engine.value;
  return (
    <div class={`engine engine-${state.phase}`} role="status" aria-live="polite">
      <Content
        state={state}
        other={environment === null || environment === givenEnvironments().usual ? '' : nameOf(environment)}
        running={kernel.running.value !== null}
        onRetry={() => kernel.start()}
      />
    </div>
  );
}

interface ContentProps {
  state: EngineState;
  /** Name of an environment that is not the usual one, else empty. */
  other: string;
  running: boolean;
  onRetry: () => void;
}

function Content({ state, other, running, onRetry }: ContentProps): VNode {
  switch (state.phase) {
    case 'loading':
      return <Loading state={state} other={other} />;
    case 'restarting':
      return <span class="engine-word">Restarting</span>;
    case 'ready':
      return <span class="engine-word">{running ? 'Running' : 'Ready'}</span>;
    case 'failed':
      return (
        <>
          <span class="engine-word" title={state.message}>
            The engine did not start
          </span>
          <Button kind="quiet" onClick={onRetry}>
            Try again
          </Button>
        </>
      );
  }
}

interface LoadingProps {
  state: Extract<EngineState, { phase: 'loading' }>;
  other: string;
}

function Loading({ state, other }: LoadingProps): VNode {
  const { progress } = state;
  const at = progress?.stage ?? 'download';
  const reached = STAGES.findIndex(({ stage }) => stage === at);
  const share =
    progress === null || progress.total_bytes === 0 ? 0 : Math.min(1, progress.received_bytes / progress.total_bytes);
  return (
    <ol class="stages" aria-label="Loading the engine">
      {STAGES.map(({ stage, name }, index) => (
        <li
          key={stage}
          class={index < reached ? 'stage-done' : index === reached ? 'stage-now' : 'stage-next'}
          aria-current={index === reached ? 'step' : undefined}
        >
          <span>{stage === 'download' && other !== '' ? `${name} ${other}` : name}</span>
          {stage === 'download' && index === reached && progress !== null ? (
            <span class="stage-bytes number">
              {formatBytes(progress.received_bytes)} of {formatBytes(progress.total_bytes)}
            </span>
          ) : null}
          {stage === 'download' && index === reached ? (
            <span class="stage-bar" aria-hidden="true">
              <span style={{ width: `${Math.round(share * 100)}%` }} />
            </span>
          ) : null}
        </li>
      ))}
    </ol>
  );
}
