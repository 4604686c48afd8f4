/** Places a floating element below its anchor, inside the window. */

const GAP = 6;
const EDGE = 8;

/** Sets `left` and `top` of a fixed element; above the anchor when there is no room below. */
export function placeBelow(floating: HTMLElement, anchor: HTMLElement): void {
  const at = anchor.getBoundingClientRect();
  const { width, height } = floating.getBoundingClientRect();
  const alignEnd = at.left + width > innerWidth - EDGE;
  const left = alignEnd ? at.right - width : at.left;
  const below = at.bottom + GAP;
  const top = below + height > innerHeight - EDGE && at.top - GAP - height > EDGE ? at.top - GAP - height : below;
  floating.style.left = `${Math.round(Math.max(EDGE, Math.min(left, innerWidth - EDGE - width)))}px`;
  floating.style.top = `${Math.round(Math.max(EDGE, top))}px`;
}
