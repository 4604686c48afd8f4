/** The palette: every action with its key, found by typing. */
import type { VNode } from 'preact';
import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks';
import { Dialog } from '../design/dialog.tsx';
import type { Action } from './actions.ts';
import { matching } from './match.ts';

interface PaletteProps {
  actions: readonly Action[];
  onClose: () => void;
}

export function Palette({ actions, onClose }: PaletteProps): VNode {
  const id = useId();
  const list = useRef<HTMLUListElement>(null);
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState(0);
  const found = useMemo(() => {
    const usable = actions.filter((action) => action.id !== 'palette' && action.enabled?.() !== false);
    return matching(usable, query, (action) => action.label);
  }, [actions, query]);
  const current = Math.min(chosen, Math.max(0, found.length - 1));

  useEffect(() => {
    list.current?.children[current]?.scrollIntoView({ block: 'nearest' });
  }, [current, found]);

  const run = (action: Action | undefined): void => {
    if (action === undefined) return;
    onClose();
    // After the dialog has given the focus back, so that the action may take it.
    setTimeout(() => action.run());
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by !== undefined) {
      event.preventDefault();
      setChosen((current + by + found.length) % Math.max(1, found.length));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      run(found[current]);
    }
  };

  return (
    <Dialog title="Actions" onClose={onClose} class="palette">
      <input
        class="palette-field"
        type="text"
        role="combobox"
        aria-label="Find an action"
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={found.length === 0 ? undefined : `${id}-${current}`}
        placeholder="Find an action"
        value={query}
        autocomplete="off"
        onInput={(event) => {
          setQuery(event.currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul ref={list} id={id} class="palette-list" role="listbox" aria-label="Actions">
        {found.map((action, index) => (
          <li
            key={action.id}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === current}
            onMouseMove={() => setChosen(index)}
            onClick={() => run(action)}
          >
            <span class="palette-group">{action.group}</span>
            <span class="palette-label">{action.label}</span>
            <Keys of={action.keys} />
          </li>
        ))}
      </ul>
      {found.length === 0 ? <p class="empty">No action has this name.</p> : null}
    </Dialog>
  );
}

/** Keys as they are printed: `Shift+Enter or s` becomes small caps on a line. */
export function Keys({ of }: { of: string }): VNode | null {
  if (of === '') return null;
  return (
    <span class="keys">
      {of.split(' or ').map((keys, index) => (
        <span key={keys}>
          {index > 0 ? <span class="keys-or"> or </span> : null}
          {keys.split(/(?<!^)[+ ](?!$)/).map((key) => (
            <kbd key={key}>{key}</kbd>
          ))}
        </span>
      ))}
    </span>
  );
}
