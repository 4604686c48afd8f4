/** Which side panels are open. On a phone they are sheets, and closed until asked for. */
import { signal } from '@preact/signals';

const wide = matchMedia('(min-width: 1180px)').matches;

export const leftRail = signal(wide);
export const rightPanel = signal<'history' | null>(null);

// What stood beside the page would cover it on a narrower window.
matchMedia('(max-width: 960px)').addEventListener('change', ({ matches }) => {
  if (!matches) return;
  leftRail.value = false;
  rightPanel.value = null;
});

/** After a choice in a sheet, the sheet goes; rails beside the page stay. */
export function closeSheets(): void {
  if (matchMedia('(min-width: 960px)').matches) return;
  leftRail.value = false;
  rightPanel.value = null;
}
