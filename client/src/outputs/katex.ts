/** KaTeX, loaded when the first formula is drawn. It sees hostile input: no links, no HTML, no styles, bounded expansion. */
import katex from 'katex';
import 'katex/dist/katex.min.css';

const MAX_SOURCE = 20_000;

/** Draws into `box`; what cannot be drawn stands there as its source, with the reason as its title. */
export function drawFormula(source: string, box: HTMLElement, display: boolean): void {
  if (source.length > MAX_SOURCE) {
    box.textContent = source;
    box.title = 'This formula is too long to draw.';
    return;
  }
  try {
    katex.render(source, box, {
      displayMode: display,
      trust: false,
      strict: 'ignore',
      maxExpand: 500,
      maxSize: 40,
      throwOnError: true,
    });
  } catch (error) {
    box.textContent = source;
    box.title = error instanceof Error ? error.message : 'This formula cannot be drawn.';
    box.classList.add('formula-failed');
  }
}
