/** A cell as the keyboard and assistive technology meet it: one stop, named, holding its content and its menu. */
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { memo } from '../design/memo.tsx';
import type { KernelSession } from '../kernel/session.ts';
import type { NotebookActions } from './actions.ts';
import type { Cell } from './cell.ts';
import { CellMenu } from './cell-menu.tsx';
import { CodeCellView } from './code-cell.tsx';
import { useFocusRequest } from './focus-request.ts';
import { ObjectCellView } from './object-cell.tsx';
import { focusRequest, readOnly, select, selectedId } from './store.ts';
import { TextCellView } from './text-cell.tsx';

interface CellViewProps {
  cell: Cell;
  position: number;
  count: number;
  kernel: KernelSession;
  actions: NotebookActions;
}

export const CellView = memo(function CellView({ cell, position, count, kernel, actions }: CellViewProps): VNode {
  const element = useRef<HTMLElement>(null);
  const { id } = cell;
  const selected = selectedId.value === id;

  useFocusRequest(id, 'command', (request) => {
    const focus = (): void => {
      if (focusRequest.peek() !== request || document.activeElement === element.current) return;
      element.current?.focus({ preventScroll: true });
      element.current?.scrollIntoView({ block: 'nearest' });
    };
    // At once, so that the next key is read in command mode; and after the list has been drawn, where a moved cell loses the focus.
    focus();
    requestAnimationFrame(focus);
  });

  return (
    <article
      ref={element}
      class={`cell cell-${cell.kind} ${selected ? 'cell-selected' : ''}`}
      data-cell-id={id}
      tabIndex={selected ? 0 : -1}
      aria-label={`${nameOf(cell)} ${position} of ${count}`}
      aria-current={selected ? 'true' : undefined}
      onFocusIn={() => select(id)}
      onMouseDown={() => select(id)}
    >
      {cell.kind === 'code' ? <CodeCellView cell={cell} position={position} kernel={kernel} actions={actions} /> : null}
      {cell.kind === 'markdown' ? <TextCellView cell={cell} position={position} actions={actions} /> : null}
      {cell.kind === 'object' ? <ObjectCellView cell={cell} /> : null}
      {readOnly.value ? null : <CellMenu cell={cell} actions={actions} tabIndex={selected ? 0 : -1} />}
    </article>
  );
});

function nameOf(cell: Cell): string {
  if (cell.kind === 'code') return cell.language === 'python' ? 'Python cell' : 'JavaScript cell';
  return cell.kind === 'markdown' ? 'Text cell' : 'Object';
}
