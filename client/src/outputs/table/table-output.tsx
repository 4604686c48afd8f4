/** A display that has a table as data: the table, or another form of it where the data is not here or none. */
import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import type { BlobReference } from '../../kernel/runtime.ts';
import { useStoredBytes, type ByteSource } from '../stored-bytes.ts';
import { readTable } from './table.ts';
import { TableView } from './table-view.tsx';

interface TableOutputProps {
  source: string | BlobReference;
  bytes: ByteSource;
  /** The richest other form. */
  otherwise: VNode;
}

export function TableOutput({ source, bytes, otherwise }: TableOutputProps): VNode {
  return typeof source === 'string' ? (
    <Read text={source} otherwise={otherwise} />
  ) : (
    <Stored digest={source.digest} bytes={bytes} otherwise={otherwise} />
  );
}

function Stored({ digest, bytes, otherwise }: { digest: string; bytes: ByteSource; otherwise: VNode }): VNode {
  const stored = useStoredBytes(digest, bytes);
  const text = useMemo(() => (stored instanceof Uint8Array ? new TextDecoder().decode(stored) : null), [stored]);
  if (stored === null) return <p class="output-note">Loading the table…</p>;
  return text === null ? otherwise : <Read text={text} otherwise={otherwise} />;
}

function Read({ text, otherwise }: { text: string; otherwise: VNode }): VNode {
  const table = useMemo(() => readTable(text), [text]);
  return table === null ? otherwise : <TableView table={table} />;
}
