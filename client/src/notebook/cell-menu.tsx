/** What can be done to a cell, at its upper right corner: visible on hover, on focus, and on the selected cell of a touch screen. */
import type { VNode } from 'preact';
import { ArrowDown, ArrowUp, ClipboardPaste, Copy, Ellipsis, Plus, Scissors, Trash } from 'lucide';
import { IconButton } from '../design/button.tsx';
import { Menu, type MenuItem } from '../design/menu.tsx';
import type { Cell } from './cell.ts';
import type { NotebookActions } from './actions.ts';

const NAMES = { python: 'Python', javascript: 'JavaScript', markdown: 'Text' } as const;

export function CellMenu({
  cell,
  actions,
  tabIndex,
}: {
  cell: Cell;
  actions: NotebookActions;
  tabIndex: number;
}): VNode {
  const { id } = cell;
  return (
    <div class="cell-menu" role="toolbar" aria-label="Cell">
      {cell.kind === 'object' ? null : (
        <Menu
          class="cell-language"
          label={`Type of the cell: ${NAMES[kindOf(cell)]}`}
          text={NAMES[kindOf(cell)]}
          tabIndex={tabIndex}
          items={() => kinds(cell, actions)}
        />
      )}
      <IconButton
        icon={Plus}
        size={15}
        label="Add a cell below"
        keys="b"
        tabIndex={tabIndex}
        onClick={() => actions.addBelow(id)}
      />
      <IconButton
        icon={ArrowUp}
        size={15}
        label="Move up"
        keys="Alt+↑"
        tabIndex={tabIndex}
        onClick={() => actions.move(id, -1)}
      />
      <IconButton
        icon={ArrowDown}
        size={15}
        label="Move down"
        keys="Alt+↓"
        tabIndex={tabIndex}
        onClick={() => actions.move(id, 1)}
      />
      <IconButton
        icon={Trash}
        size={15}
        label="Delete"
        keys="d d"
        tabIndex={tabIndex}
        onClick={() => actions.remove(id)}
      />
      <Menu icon={Ellipsis} label="More for this cell" tabIndex={tabIndex} items={() => more(id, actions)} />
    </div>
  );
}

function kindOf(cell: Exclude<Cell, { kind: 'object' }>): keyof typeof NAMES {
  return cell.kind === 'markdown' ? 'markdown' : cell.language;
}

function kinds(cell: Exclude<Cell, { kind: 'object' }>, actions: NotebookActions): MenuItem[] {
  return (['python', 'javascript', 'markdown'] as const).map((kind) => ({
    id: kind,
    label: NAMES[kind],
    checked: kind === kindOf(cell),
    run: () => (kind === 'markdown' ? actions.toMarkdown(cell.id) : actions.toCode(cell.id, kind)),
  }));
}

function more(id: string, actions: NotebookActions): MenuItem[] {
  return [
    { id: 'above', label: 'Add a cell above', icon: Plus, keys: 'a', run: () => actions.addAbove(id) },
    { id: 'copy', label: 'Copy cell', icon: Copy, keys: 'c', apart: true, run: () => actions.copy(id) },
    { id: 'cut', label: 'Cut cell', icon: Scissors, keys: 'x', run: () => actions.cut(id) },
    { id: 'paste', label: 'Paste cell below', icon: ClipboardPaste, keys: 'v', run: () => actions.paste(id) },
  ];
}
