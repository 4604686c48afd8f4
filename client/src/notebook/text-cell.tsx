/** A text cell: read as prose; a double click or Enter shows its Markdown. */
import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { MarkdownView } from '../outputs/markdown-view.tsx';
import type { NotebookActions } from './actions.ts';
import type { MarkdownCell } from './cell.ts';
import { editorCommands } from './cell-commands.ts';
import { EditorView } from './editor-view.tsx';
import { openTexts, readOnly, requestFocus } from './store.ts';

interface TextCellViewProps {
  cell: MarkdownCell;
  position: number;
  actions: NotebookActions;
}

export function TextCellView({ cell, position, actions }: TextCellViewProps): VNode {
  const open = openTexts.value.has(cell.id) && !readOnly.value;
  const commands = useMemo(() => editorCommands(cell.id, actions), [cell.id, actions]);
  const edit = (): void => requestFocus(cell.id, 'edit');
  return (
    <>
      <div class="cell-margin" />
      <div class="cell-content">
        {open ? (
          <div class="text-surface">
            <EditorView
              cellId={cell.id}
              language="markdown"
              source={cell.source}
              label={`Markdown of cell ${position}`}
              commands={commands}
              failedLine={null}
            />
          </div>
        ) : (
          <div class="text-shown" onDblClick={edit}>
            {cell.source.trim() === '' ? (
              <p class="text-empty">Empty text. Press Enter to write.</p>
            ) : (
              <MarkdownView source={cell.source} />
            )}
          </div>
        )}
      </div>
    </>
  );
}
