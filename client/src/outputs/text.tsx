/** Text as a terminal shows it: colours, overwritten lines, and a cut in the middle of what is long. */
import type { VNode } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { parseAnsi, type Colour, type StyledRun, type TextStyle } from './ansi.ts';
import { excerpt } from './collapse.ts';

interface TextProps {
  text: string;
  class?: string;
  label?: string;
}

export function TerminalText({ text, class: name = '', label }: TextProps): VNode {
  const [whole, setWhole] = useState(false);
  const parts = useMemo(() => excerpt(text), [text]);
  const cut = parts.hiddenLines > 0 && !whole;
  return (
    <div class={`terminal ${name}`}>
      <pre tabIndex={0} role="group" aria-label={label ?? 'Text output'}>
        <Runs text={cut ? parts.head : text} />
      </pre>
      {parts.hiddenLines > 0 ? (
        <button type="button" class="terminal-cut" aria-expanded={whole} onClick={() => setWhole(!whole)}>
          {whole
            ? 'Show less'
            : `Show ${parts.hiddenLines.toLocaleString('en-US')} more ${parts.hiddenLines === 1 ? 'line' : 'lines'}`}
        </button>
      ) : null}
      {cut && parts.tail !== '' ? (
        <pre>
          <Runs text={parts.tail} />
        </pre>
      ) : null}
    </div>
  );
}

function Runs({ text }: { text: string }): VNode {
  const runs = useMemo(() => parseAnsi(text), [text]);
  return <>{runs.map((run, index) => (isPlain(run) ? run.text : <StyledText key={index} run={run} />))}</>;
}

function StyledText({ run }: { run: StyledRun }): VNode {
  return (
    <span
      class={classesOf(run.style)}
      style={{ color: fixed(run.style.foreground), backgroundColor: fixed(run.style.background) }}
    >
      {run.text}
    </span>
  );
}

function isPlain(run: StyledRun): boolean {
  return Object.keys(run.style).length === 0;
}

function classesOf(style: TextStyle): string {
  const flags = (['bold', 'dim', 'italic', 'underline', 'strike', 'inverse'] as const).filter(
    (flag) => style[flag] === true,
  );
  const colours = [themed('fg', style.foreground), themed('bg', style.background)].filter((name) => name !== '');
  return [...flags.map((flag) => `ansi-${flag}`), ...colours].join(' ');
}

/** The 16 named colours follow the theme. */
function themed(kind: 'fg' | 'bg', colour: Colour | undefined): string {
  return typeof colour === 'number' ? `ansi-${kind}-${colour}` : '';
}

/** The others are fixed by the program; set through the object model, which the content security policy allows. */
function fixed(colour: Colour | undefined): string | undefined {
  return typeof colour === 'string' ? colour : undefined;
}
