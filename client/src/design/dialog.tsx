/** A modal dialog: the platform's own, which keeps focus inside and gives it back afterwards. */
import type { ComponentChildren, VNode } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { X } from 'lucide';
import { IconButton } from './button.tsx';

interface DialogProps {
  title: string;
  children: ComponentChildren;
  /** Called when the person leaves by Escape, the close button or a click beside the dialog. */
  onClose: () => void;
  wide?: boolean;
  class?: string;
}

export function Dialog({ title, children, onClose, wide = false, class: name = '' }: DialogProps): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  // Before the next key is handled: it belongs to the dialog, not to what lies under it.
  useLayoutEffect(() => {
    const element = dialog.current;
    if (element === null) return undefined;
    const before = document.activeElement;
    element.showModal();
    const first = ['input:checked', 'input', '.button-primary'].map((found) =>
      element.querySelector<HTMLElement>(found),
    );
    first.find((found) => found !== null)?.focus();
    return () => {
      element.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={`dialog ${wide ? 'dialog-wide' : ''} ${name}`}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onMouseDown={(event) => {
        if (event.target === event.currentTarget) onClose();
      }}
    >
      <div class="dialog-body">
        <div class="dialog-header">
          <h2 id={heading}>{title}</h2>
        </div>
        {children}
        {/* Last, so that the first thing that the keyboard meets is what the dialog is about. */}
        <IconButton class="dialog-close" icon={X} label="Close" onClick={onClose} />
      </div>
    </dialog>
  );
}
