/** Keys that work everywhere on the page: save, palette, the sheet of keys. */
import { selectedId, requestFocus } from '../notebook/store.ts';
import type { ActionTargets } from './actions.ts';
import { question } from './dialogs.ts';
import { closeSheets } from './panels.ts';

/** @returns how to stop listening */
export function globalKeys(targets: ActionTargets): () => void {
  const onKeyDown = (event: KeyboardEvent): void => {
    const modified = (event.metaKey || event.ctrlKey) && !event.altKey;
    const key = event.key.toLowerCase();
    if (modified && !event.shiftKey && (key === 's' || key === 'k')) {
      event.preventDefault();
      event.stopPropagation();
      if (question.peek() !== null) return;
      if (key === 's') targets.save();
      else targets.openPalette();
      return;
    }
    if (event.key === 'Escape' && question.peek() === null) closeSheets();
    // Nothing has the focus: the keys of command mode begin at the selected cell.
    if (event.target !== document.body || modified || question.peek() !== null) return;
    if (event.key === '?') targets.openShortcuts();
    else if (['ArrowDown', 'ArrowUp', 'j', 'k', 'Enter'].includes(event.key)) {
      const id = selectedId.peek();
      if (id === null) return;
      event.preventDefault();
      requestFocus(id, 'command');
    }
  };
  addEventListener('keydown', onKeyDown, { capture: true });
  return () => removeEventListener('keydown', onKeyDown, { capture: true });
}
