/** The sheet of keyboard shortcuts. */
import type { VNode } from 'preact';
import { Dialog } from '../design/dialog.tsx';
import type { Action } from './actions.ts';
import { Keys } from './palette.tsx';

const GROUPS = ['Run', 'Cell', 'Move', 'Document', 'Page'] as const;

export function Shortcuts({ actions, onClose }: { actions: readonly Action[]; onClose: () => void }): VNode {
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose} wide>
      <p class="shortcuts-note">
        Single letters work when a cell is selected and its editor is not in use. <kbd>Esc</kbd> leaves the editor,{' '}
        <kbd>Enter</kbd> goes back in. In the editor, <kbd>Tab</kbd> indents; press <kbd>Esc</kbd> first to move on with{' '}
        <kbd>Tab</kbd>. Behind a name or in a call, <kbd>Shift</kbd>+<kbd>Tab</kbd> shows its signature and
        documentation.
      </p>
      <div class="shortcuts">
        {GROUPS.map((group) => (
          <section key={group} aria-label={group}>
            <h3>{group}</h3>
            <dl>
              {actions
                .filter((action) => action.group === group && action.keys !== '')
                .map((action) => (
                  <div key={action.id}>
                    <dt>{action.label}</dt>
                    <dd>
                      <Keys of={action.keys} />
                    </dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
