/** JSON as a tree that opens where the reader asks. Children are made when their parent opens, a page at a time. */
import type { VNode } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { TerminalText } from './text.tsx';

const PAGE = 100;
const OPEN_DEPTH = 2;

export function JsonView({ source }: { source: string }): VNode {
  const parsed = useMemo(() => parse(source), [source]);
  if (parsed === null) return <TerminalText text={source} />;
  return (
    <div class="json" role="group" aria-label="JSON output">
      <Value name={null} value={parsed.value} depth={0} />
    </div>
  );
}

function parse(source: string): { value: unknown } | null {
  try {
    return { value: JSON.parse(source) };
  } catch {
    return null;
  }
}

function Value({ name, value, depth }: { name: string | null; value: unknown; depth: number }): VNode {
  if (typeof value !== 'object' || value === null) {
    return (
      <div class="json-line">
        <Name of={name} />
        <Scalar value={value} />
      </div>
    );
  }
  return <Branch name={name} value={value} depth={depth} />;
}

function Branch({ name, value, depth }: { name: string | null; value: object; depth: number }): VNode {
  const entries = Object.entries(value);
  const [open, setOpen] = useState(depth < OPEN_DEPTH && entries.length <= PAGE);
  const [shown, setShown] = useState(PAGE);
  const isList = Array.isArray(value);
  const count = `${entries.length.toLocaleString('en-US')} ${isList ? 'items' : 'keys'}`;
  return (
    <details class="json-branch" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <Name of={name} />
        <span class="json-brief">{isList ? '[ ]' : '{ }'}</span> <span class="json-count">{count}</span>
      </summary>
      {open ? (
        <div class="json-children">
          {entries.slice(0, shown).map(([key, inner]) => (
            <Value key={key} name={key} value={inner} depth={depth + 1} />
          ))}
          {entries.length > shown ? (
            <button type="button" class="terminal-cut" onClick={() => setShown(shown + PAGE)}>
              Show {Math.min(PAGE, entries.length - shown)} more
            </button>
          ) : null}
        </div>
      ) : null}
    </details>
  );
}

function Name({ of }: { of: string | null }): VNode | null {
  return of === null ? null : <span class="json-name">{of}: </span>;
}

function Scalar({ value }: { value: unknown }): VNode {
  const kind = value === null ? 'null' : typeof value;
  return <span class={`json-${kind}`}>{typeof value === 'string' ? JSON.stringify(value) : String(value)}</span>;
}
