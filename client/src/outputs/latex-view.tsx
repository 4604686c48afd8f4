/** A formula that a cell displays. */
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

export function LatexView({ source }: { source: string }): VNode {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const bare = stripDelimiters(source);
    element.textContent = bare;
    import('./katex.ts').then(
      ({ drawFormula }) => drawFormula(bare, element, true),
      () => undefined,
    );
  }, [source]);
  return <div ref={host} class="output-latex" tabIndex={0} role="group" aria-label="Formula" />;
}

/** Displays come with or without their dollar signs. */
function stripDelimiters(source: string): string {
  const trimmed = source.trim();
  const match =
    /^\$\$([\s\S]*)\$\$$/.exec(trimmed) ?? /^\$([\s\S]*)\$$/.exec(trimmed) ?? /^\\\[([\s\S]*)\\\]$/.exec(trimmed);
  return (match?.[1] ?? trimmed).replace(/^\\displaystyle\b/, '').trim();
}
