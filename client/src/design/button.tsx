/** Buttons: with text, or an icon with a name. */
import type { ComponentChildren, VNode } from 'preact';
import type { IconNode } from 'lucide';
import { Icon } from './icon.tsx';

interface ButtonProps {
  children: ComponentChildren;
  onClick?: ((event: MouseEvent) => void) | undefined;
  kind?: 'primary' | 'plain' | 'quiet' | 'danger';
  type?: 'button' | 'submit';
  disabled?: boolean;
  busy?: boolean;
  title?: string | undefined;
  icon?: IconNode;
}

export function Button(props: ButtonProps): VNode {
  const { children, kind = 'plain', type = 'button', busy = false, icon } = props;
  return (
    <button
      class={`button button-${kind}`}
      type={type}
      disabled={props.disabled === true || busy}
      aria-busy={busy}
      title={props.title}
      onClick={props.onClick}
    >
      {icon === undefined ? null : <Icon of={icon} size={15} />}
      {children}
    </button>
  );
}

interface IconButtonProps {
  icon: IconNode;
  /** The name that assistive technology reads, and the tooltip. */
  label: string;
  /** Shown in the tooltip beside the name. */
  keys?: string | undefined;
  onClick?: ((event: MouseEvent) => void) | undefined;
  disabled?: boolean;
  pressed?: boolean | undefined;
  size?: number;
  class?: string;
  tabIndex?: number | undefined;
}

export function IconButton(props: IconButtonProps): VNode {
  const { icon, label, keys, size = 16 } = props;
  return (
    <button
      class={`icon-button ${props.class ?? ''}`}
      type="button"
      aria-label={label}
      aria-pressed={props.pressed}
      title={keys === undefined ? label : `${label}  (${keys})`}
      disabled={props.disabled === true}
      tabIndex={props.tabIndex}
      onClick={props.onClick}
    >
      <Icon of={icon} size={size} />
    </button>
  );
}
