/** On a phone: run, stop and add within the thumb's reach. */
import type { VNode } from 'preact';
import { ArrowDown, ArrowUp, Play, Plus, Square, Trash } from 'lucide';
import { IconButton } from '../design/button.tsx';
import { Icon } from '../design/icon.tsx';
import type { KernelSession } from '../kernel/session.ts';
import { readOnly, selectedId } from '../notebook/store.ts';
import type { ActionTargets } from './actions.ts';

export function PhoneBar({ kernel, targets }: { kernel: KernelSession; targets: ActionTargets }): VNode {
  const id = selectedId.value;
  const running = kernel.running.value !== null;
  const onCell = (act: (id: string) => void) => () => {
    if (id !== null) act(id);
  };
  const fixed = readOnly.value || id === null;
  return (
    <section class="phone-bar" aria-label="Selected cell">
      <IconButton icon={ArrowUp} label="Move up" disabled={fixed} onClick={onCell((cell) => targets.move(cell, -1))} />
      <IconButton
        icon={ArrowDown}
        label="Move down"
        disabled={fixed}
        onClick={onCell((cell) => targets.move(cell, 1))}
      />
      <button
        type="button"
        class="phone-run"
        disabled={id === null}
        aria-label={running ? 'Stop' : 'Run the selected cell'}
        onClick={running ? () => targets.stop() : onCell((cell) => targets.runAndAdvance(cell))}
      >
        <Icon of={running ? Square : Play} size={20} />
      </button>
      <IconButton
        icon={Plus}
        label="Add a cell below"
        disabled={fixed}
        onClick={onCell((cell) => targets.addBelow(cell))}
      />
      <IconButton icon={Trash} label="Delete" disabled={fixed} onClick={onCell((cell) => targets.remove(cell))} />
    </section>
  );
}
