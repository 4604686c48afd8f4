/** The notebook: its title, its cells in order, and command mode for the keyboard. */
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { Plus } from 'lucide';
import { Button } from '../design/button.tsx';
import { Icon } from '../design/icon.tsx';
import type { KernelSession } from '../kernel/session.ts';
import type { NotebookActions } from './actions.ts';
import { CellView } from './cell-view.tsx';
import { interpret, type Waiting } from './command-keys.ts';
import { add, cells, readOnly, title } from './store.ts';

interface NotebookProps {
  kernel: KernelSession;
  actions: NotebookActions;
  /** A notebook that belongs to no document has no title of its own: its first heading stands for it. */
  titled: boolean;
  /** Runs an action of command mode on a cell. */
  onCommand: (action: string, cellId: string) => void;
}

export function Notebook({ kernel, actions, titled, onCommand }: NotebookProps): VNode {
  const waiting = useRef<Waiting | null>(null);
  const list = cells.value;

  const onKeyDown = (event: KeyboardEvent): void => {
    // Command mode is when a cell itself has the focus: inside editors, fields and buttons, keys mean what they always mean.
    if (!(event.target instanceof HTMLElement) || event.isComposing) return;
    const cellId = event.target.dataset['cellId'];
    if (cellId === undefined) return;
    const press = {
      key: event.key,
      shiftKey: event.shiftKey,
      ctrlKey: event.ctrlKey,
      metaKey: event.metaKey,
      altKey: event.altKey,
    };
    const result = interpret({ ...press, at: event.timeStamp }, waiting.current);
    waiting.current = result.waiting;
    if (result.action === null) return;
    event.preventDefault();
    onCommand(result.action, cellId);
  };

  return (
    <div class="notebook" onKeyDown={onKeyDown}>
      <h1 class="visually-hidden">{title.value}</h1>
      {titled ? <TitleField /> : null}
      {list.map((cell, index) => (
        <div key={cell.id} class="cell-place">
          <CellView cell={cell} position={index + 1} count={list.length} kernel={kernel} actions={actions} />
          {index === list.length - 1 ? null : <Inserter afterId={cell.id} />}
        </div>
      ))}
      {readOnly.value ? null : (
        <div class="notebook-end">
          <Button kind="quiet" icon={Plus} onClick={() => add(null, 'below', 'code', { language: 'python' })}>
            Python
          </Button>
          <Button kind="quiet" icon={Plus} onClick={() => add(null, 'below', 'code', { language: 'javascript' })}>
            JavaScript
          </Button>
          <Button kind="quiet" icon={Plus} onClick={() => add(null, 'below', 'markdown')}>
            Text
          </Button>
        </div>
      )}
    </div>
  );
}

function TitleField(): VNode {
  return (
    <div class="notebook-title">
      <input
        type="text"
        aria-label="Title of the notebook"
        value={title.value}
        readOnly={readOnly.value}
        maxLength={200}
        spellcheck={false}
        onInput={(event) => {
          title.value = event.currentTarget.value;
        }}
        onBlur={() => {
          if (title.value.trim() === '') title.value = 'Untitled notebook';
        }}
      />
    </div>
  );
}

/** A place between two cells where another can be added; it shows itself to the mouse and the keyboard only. */
function Inserter({ afterId }: { afterId: string }): VNode {
  if (readOnly.value) return <div class="inserter" />;
  return (
    <div class="inserter">
      <button
        type="button"
        tabIndex={-1}
        onClick={() => add(afterId, 'below', 'code')}
        aria-label="Add a code cell here"
      >
        <Icon of={Plus} size={12} /> Code
      </button>
      <button
        type="button"
        tabIndex={-1}
        onClick={() => add(afterId, 'below', 'markdown')}
        aria-label="Add a text cell here"
      >
        <Icon of={Plus} size={12} /> Text
      </button>
    </div>
  );
}
