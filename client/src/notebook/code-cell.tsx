/** A code cell: its margin, editor, parameters, use of resources, and outputs. */
import type { VNode } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import type { KernelSession } from '../kernel/session.ts';
import type { NotebookActions } from './actions.ts';
import type { CodeCell } from './cell.ts';
import { editorCommands } from './cell-commands.ts';
import type { Editor } from './editor.ts';
import { EditorView } from './editor-view.tsx';
import { OutputsView } from './outputs-view.tsx';
import { Parameters } from './parameters.tsx';
import { RunControl } from './run-control.tsx';
import { isStale } from './runs.ts';
import { runOf } from './store.ts';
import { UsageLine } from './usage-line.tsx';

interface CodeCellViewProps {
  cell: CodeCell;
  position: number;
  kernel: KernelSession;
  actions: NotebookActions;
}

export function CodeCellView({ cell, position, kernel, actions }: CodeCellViewProps): VNode {
  const editor = useRef<Editor | null>(null);
  const run = runOf(cell.id).value;
  const question = kernel.question.value;
  const stale = run !== null && isStale(run, cell.source, cell.language, cell.parameters);
  const failedLine = run?.phase === 'done' && !stale ? (run.error?.details.line ?? null) : null;
  const commands = useMemo(() => editorCommands(cell.id, actions), [cell.id, actions]);
  const language = cell.language === 'python' ? 'Python' : 'JavaScript';
  return (
    <>
      <div class="cell-margin">
        <RunControl
          run={run}
          label={`cell ${position}`}
          onRun={() => actions.run(cell.id)}
          onStop={() => actions.stop()}
        />
      </div>
      <div class="cell-content">
        <div class={`code-surface ${run?.phase === 'running' ? 'code-running' : ''}`}>
          <EditorView
            cellId={cell.id}
            language={cell.language}
            source={cell.source}
            label={`${language} code of cell ${position}`}
            commands={commands}
            failedLine={failedLine}
            onEditor={(made) => {
              editor.current = made;
            }}
          />
          <Parameters cell={cell} />
        </div>
        {run === null ? null : <UsageLine run={run} limits={kernel.limits.value} stale={stale} />}
        {run === null ? null : (
          <OutputsView
            cellId={cell.id}
            run={run}
            stale={stale}
            question={question?.cellId === cell.id ? question : null}
            actions={actions}
            onLine={(line) => editor.current?.goToLine(line)}
          />
        )}
      </div>
    </>
  );
}
