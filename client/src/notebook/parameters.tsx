/** Parameters of a code cell: values that the reader may change without touching the source. */
import type { VNode } from 'preact';
import type { CodeCell } from './cell.ts';
import { readOnly, setParameter } from './store.ts';

export function Parameters({ cell }: { cell: CodeCell }): VNode | null {
  const entries = Object.entries(cell.parameters);
  if (entries.length === 0) return null;
  return (
    <div class="parameters" role="group" aria-label="Parameters">
      {entries.map(([name, value]) => (
        <label key={name} class="parameter">
          <span>{name}</span>
          <ParameterInput cellId={cell.id} name={name} value={value} />
        </label>
      ))}
    </div>
  );
}

function ParameterInput({ cellId, name, value }: { cellId: string; name: string; value: unknown }): VNode {
  const disabled = readOnly.value;
  if (typeof value === 'boolean') {
    return (
      <input
        type="checkbox"
        checked={value}
        disabled={disabled}
        onChange={(event) => setParameter(cellId, name, event.currentTarget.checked)}
      />
    );
  }
  if (typeof value === 'number') {
    return (
      <input
        type="number"
        class="number"
        value={value}
        step="any"
        disabled={disabled}
        onChange={(event) => {
          const next = event.currentTarget.valueAsNumber;
          if (Number.isFinite(next)) setParameter(cellId, name, next);
        }}
      />
    );
  }
  if (typeof value === 'string') {
    return (
      <input
        type="text"
        value={value}
        disabled={disabled}
        onChange={(event) => setParameter(cellId, name, event.currentTarget.value)}
      />
    );
  }
  return <code>{JSON.stringify(value)}</code>;
}
