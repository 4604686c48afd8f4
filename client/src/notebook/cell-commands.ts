/** What an editor's keys do to the notebook. */
import type { NotebookActions } from './actions.ts';
import type { EditorCommands } from './editor.ts';
import { requestFocus, select, selectRelative, setSource, splitAt } from './store.ts';

export function editorCommands(id: string, actions: NotebookActions): EditorCommands {
  return {
    onChange: (source) => setSource(id, source),
    onFocus: () => select(id),
    leave: () => requestFocus(id, 'command'),
    run: () => actions.run(id),
    runAndAdvance: () => actions.runAndAdvance(id),
    runAndInsert: () => actions.runAndInsert(id),
    above: () => selectRelative(-1, 'edit', 'end'),
    below: () => selectRelative(1, 'edit', 'start'),
    split: (offset) => splitAt(id, offset),
    ask: (about, source, cursor) => actions.askKernel(id, about, source, cursor),
  };
}
