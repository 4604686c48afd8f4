/** A lucide icon as an inline vector graphic that takes the text's colour. Always decorative: the control around it has the name. */
import { h, type VNode } from 'preact';
import type { IconNode } from 'lucide';

export function Icon({ of, size = 16 }: { of: IconNode; size?: number }): VNode {
  return (
    <svg
      class="icon"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width={1.75}
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {of.map(([tag, attributes]) => h(tag, attributes))}
    </svg>
  );
}
