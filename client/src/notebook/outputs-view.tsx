/** Everything that a cell's last run left: its error, outputs and artifacts, with the seal that says how far to trust them. */
import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { Artifacts } from '../outputs/artifacts.tsx';
import { ErrorView } from '../outputs/error-view.tsx';
import { InputPrompt } from '../outputs/input-prompt.tsx';
import { OutputView } from '../outputs/output-view.tsx';
import type { InputQuestion } from '../kernel/session.ts';
import { SealButton } from '../trust/seal-button.tsx';
import type { NotebookActions } from './actions.ts';
import type { CellRun } from './runs.ts';
import { collapsedOutputs, toggleOutput } from './store.ts';

interface OutputsViewProps {
  cellId: string;
  run: CellRun;
  stale: boolean;
  question: InputQuestion | null;
  actions: NotebookActions;
  onLine: (line: number) => void;
}

export function OutputsView({ cellId, run, stale, question, actions, onLine }: OutputsViewProps): VNode | null {
  const bytes = useMemo(() => actions.bytesOf(run), [run.blobs, run.trust.job_id]);
  const errorOutput = run.outputs.find((output) => output.type === 'error') ?? null;
  const visible = run.outputs.filter((output) => output.type !== 'error');
  const something = visible.length > 0 || run.error !== null || run.artifacts.length > 0;
  if (!something && question === null) return null;
  const collapsed = collapsedOutputs.value.has(cellId);
  return (
    <div class={`outputs ${stale ? 'outputs-stale' : ''}`} role="group" aria-label="Output">
      {collapsed ? (
        <button type="button" class="terminal-cut" aria-expanded={false} onClick={() => toggleOutput(cellId)}>
          Show the output
        </button>
      ) : (
        <div class="outputs-list">
          {visible.map((output, index) => (
            <OutputView key={index} output={output} bytes={bytes} />
          ))}
          {run.error === null ? null : (
            <ErrorView
              error={run.error}
              output={errorOutput}
              onLine={stale ? null : onLine}
              onLimits={() => actions.openLimits()}
              missing={actions.missing(run.error)}
              onSwitch={(environment) => actions.switchEnvironment(environment, cellId)}
            />
          )}
          {question === null ? null : (
            <InputPrompt key={question.prompt} prompt={question.prompt} onAnswer={question.answer} />
          )}
          {run.artifacts.length === 0 ? null : (
            <Artifacts artifacts={run.artifacts} onDownload={(artifact) => actions.downloadArtifact(run, artifact)} />
          )}
        </div>
      )}
      {run.phase === 'done' && run.outcome !== null && something ? (
        <div class="outputs-seal">
          <SealButton
            trust={run.trust}
            fuel={run.fuel}
            stale={stale}
            onVerify={actions.verify}
            onAttestation={(jobId) => actions.downloadAttestation(jobId)}
          />
        </div>
      ) : null}
    </div>
  );
}
