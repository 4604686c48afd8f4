/** Rendered Markdown in the page. A stranger may have written it, and as much of it as a file holds. */
import type { VNode } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { inTurn } from './in-turn.ts';
import { drawFormulas, isFormattable, renderMarkdown } from './markdown.ts';

export function MarkdownView({ source, class: name = 'prose' }: { source: string; class?: string }): VNode {
  return isFormattable(source) ? <Formatted source={source} name={name} /> : <Unformatted source={source} />;
}

function Formatted({ source, name }: { source: string; name: string }): VNode {
  const host = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    // Readable until its turn comes, and as high as it will be, more or less.
    if (element.firstChild === null) element.textContent = source;
    return inTurn(() => {
      element.replaceChildren(renderMarkdown(source));
      drawFormulas(element).catch(() => {
        // The drawing code did not load; the formulas stay readable as their source.
      });
    });
  }, [source]);
  return <div ref={host} class={name} />;
}

function Unformatted({ source }: { source: string }): VNode {
  return (
    <div class="text-unformatted">
      <p class="output-note">This text is too long to be formatted, and shown as it was written.</p>
      <pre>{source}</pre>
    </div>
  );
}
