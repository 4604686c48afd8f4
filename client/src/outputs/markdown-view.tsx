/** Rendered Markdown in the page. */
import type { VNode } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { drawFormulas, renderMarkdown } from './markdown.ts';

export function MarkdownView({ source, class: name = 'prose' }: { source: string; class?: string }): VNode {
  const host = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = host.current;
    if (element === null) return;
    element.replaceChildren(renderMarkdown(source));
    drawFormulas(element).catch(() => {
      // The drawing code did not load; the formulas stay readable as their source.
    });
  }, [source]);
  return <div ref={host} class={name} />;
}
