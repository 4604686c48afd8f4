/** A button that opens a menu of actions. The list lives in the top layer (popover) and is placed beside its button. */
import { Fragment, type ComponentChildren, type VNode } from 'preact';
import { useId, useRef, useState } from 'preact/hooks';
import type { IconNode } from 'lucide';
import { Icon } from './icon.tsx';
import { placeBelow } from './place.ts';

export interface MenuItem {
  id: string;
  label: string;
  /** A second, quieter line. */
  detail?: string;
  icon?: IconNode;
  keys?: string;
  disabled?: boolean;
  /** A thin line above the item. */
  apart?: boolean;
  checked?: boolean;
  run: () => void;
}

interface MenuProps {
  label: string;
  icon?: IconNode;
  text?: ComponentChildren;
  class?: string;
  items: () => MenuItem[];
  tabIndex?: number | undefined;
  disabled?: boolean;
}

export function Menu({
  label,
  icon,
  text,
  class: name = 'icon-button',
  items,
  tabIndex,
  disabled = false,
}: MenuProps): VNode {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);

  const onToggle = (event: Event & { newState?: string }) => {
    const isOpen = event.newState === 'open';
    setOpen(isOpen);
    if (!isOpen) return;
    requestAnimationFrame(() => {
      if (button.current === null || list.current === null) return;
      placeBelow(list.current, button.current);
      enabledItems(list.current)[0]?.focus();
    });
  };

  return (
    <>
      <button
        ref={button}
        type="button"
        class={name}
        aria-label={label}
        title={label}
        disabled={disabled}
        aria-haspopup="menu"
        aria-expanded={open}
        popovertarget={id}
        tabIndex={tabIndex}
      >
        {icon === undefined ? null : <Icon of={icon} />}
        {text}
      </button>
      <div
        ref={list}
        id={id}
        popover="auto"
        role="menu"
        aria-label={label}
        class="menu"
        onToggle={onToggle}
        onKeyDown={moveFocus}
      >
        {open
          ? items().map((item) => (
              <Fragment key={item.id}>
                {item.apart === true ? <hr class="menu-rule" /> : null}
                <button
                  type="button"
                  role={item.checked === undefined ? 'menuitem' : 'menuitemradio'}
                  class="menu-item"
                  disabled={item.disabled === true}
                  tabIndex={-1}
                  aria-checked={item.checked}
                  onClick={() => {
                    list.current?.hidePopover();
                    button.current?.focus({ preventScroll: true });
                    item.run();
                  }}
                >
                  <span class="menu-icon">{item.icon === undefined ? null : <Icon of={item.icon} size={15} />}</span>
                  <span class="menu-label">{item.label}</span>
                  {item.detail === undefined ? null : <span class="menu-detail">{item.detail}</span>}
                  {item.keys === undefined ? null : <span class="menu-keys">{item.keys}</span>}
                </button>
              </Fragment>
            ))
          : null}
      </div>
    </>
  );
}

function enabledItems(list: HTMLElement): HTMLButtonElement[] {
  return [...list.querySelectorAll<HTMLButtonElement>('button:not(:disabled)')];
}

function moveFocus(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const items = enabledItems(event.currentTarget);
  const now = items.findIndex((item) => item === document.activeElement);
  const next = { ArrowDown: now + 1, ArrowUp: now - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
  if (next === undefined) {
    if (event.key === 'Tab') event.currentTarget.hidePopover();
    return;
  }
  event.preventDefault();
  event.stopPropagation();
  items[next % items.length]?.focus();
}
