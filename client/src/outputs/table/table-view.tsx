/** A table that its reader can sort, scroll and take along. Long ones have only the rows in the page that are in sight. */
import type { VNode } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ArrowDown, ArrowUp, Copy } from 'lucide';
import { Button } from '../../design/button.tsx';
import { Icon } from '../../design/icon.tsx';
import { notify, notifyError } from '../../design/toast.tsx';
import { csvOf } from './csv.ts';
import { countText, nameOf, textsOf, type CellText } from './format.ts';
import { sortedRows, type Direction } from './order.ts';
import { rowsInView, ROW_HEIGHT, SHORT } from './rows-in-view.ts';
import type { Column, Table } from './table.ts';
import { columnWidths } from './widths.ts';

interface Sorting {
  /** Of index and columns together. */
  column: number;
  direction: Direction;
}

/** Before the box has been measured. */
const USUAL_HEIGHT = 440;
const LONG_TEXT = 36;

export function TableView({ table }: { table: Table }): VNode {
  const [sorting, setSorting] = useState<Sorting | null>(null);
  const all = useMemo(() => [...table.index, ...table.columns], [table]);
  const texts = useMemo(() => all.map((column) => textsOf(column, table)), [table, all]);
  const rows = useMemo(() => {
    const column = sorting === null ? undefined : all[sorting.column];
    if (sorting === null || column === undefined) return Uint32Array.from({ length: table.shown }, (_, row) => row);
    return sortedRows(column, sorting.direction);
  }, [table, all, sorting]);
  const size = `${countText(table.rows, 'row', 'rows')} × ${countText(table.columnsOf, 'column', 'columns')}`;
  const sorted = sorting === null ? undefined : all[sorting.column];
  return (
    <div class="table-output">
      <Grid table={table} all={all} texts={texts} rows={rows} sorting={sorting} onSort={setSorting} label={size} />
      <div class="table-foot">
        <p class="table-size" role="status">
          {size}
          {sorted === undefined
            ? null
            : `, sorted by ${nameOf(sorted, 'index')}${sorting?.direction === 'descending' ? ', largest first' : ''}`}
        </p>
        <Button kind="quiet" icon={Copy} onClick={() => void copy(table, rows)}>
          Copy as CSV
        </Button>
      </div>
      <Missing table={table} />
    </div>
  );
}

/** What is not here, and how to get it. */
function Missing({ table }: { table: Table }): VNode | null {
  const { shown, rows, columns, columnsOf } = table;
  const parts = [
    ...(shown < rows ? [`the first ${shown.toLocaleString('en-US')} of ${countText(rows, 'row', 'rows')}`] : []),
    ...(columns.length < columnsOf
      ? [`the first ${columns.length.toLocaleString('en-US')} of ${countText(columnsOf, 'column', 'columns')}`]
      : []),
  ];
  if (parts.length === 0) return null;
  return (
    <p class="table-note">
      Here are {parts.join(' and ')}; sorting and copying take these only. For the rest, sort or choose in code, or keep
      a file: <code>praxis.artifact("table.csv", df.to_csv())</code>
    </p>
  );
}

interface GridProps {
  table: Table;
  all: readonly Column[];
  texts: readonly CellText[];
  rows: Uint32Array;
  sorting: Sorting | null;
  onSort: (sorting: Sorting | null) => void;
  label: string;
}

function Grid({ table, all, texts, rows, sorting, onSort, label }: GridProps): VNode {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState(() => rowsInView(rows.length, 0, USUAL_HEIGHT));
  const long = rows.length > SHORT;
  const look = (): void => {
    const { scrollTop, clientHeight } = box.current ?? { scrollTop: 0, clientHeight: USUAL_HEIGHT };
    const next = rowsInView(rows.length, scrollTop, clientHeight);
    setView((now) => (now.first === next.first && now.end === next.end ? now : next));
  };
  useLayoutEffect(look, [rows]);
  const widths = useMemo(() => (long ? measured(all, texts, table.shown) : null), [table, all, texts, long]);
  const indexes = table.index.length;
  const choose = (column: number): void => {
    box.current?.scrollTo({ top: 0 });
    onSort(nextSorting(sorting, column));
  };
  return (
    <div
      ref={box}
      class={`table-box ${long ? 'table-long' : ''}`}
      role="region"
      tabIndex={0}
      aria-label={`Table, ${label}`}
      onScroll={long ? look : undefined}
    >
      <table
        aria-rowcount={rows.length + 1}
        style={widths === null ? undefined : { width: `${widths.reduce((sum, width) => sum + width, 0)}px` }}
      >
        {widths === null ? null : (
          <colgroup>
            {widths.map((width, at) => (
              <col key={at} style={{ width: `${width}px` }} />
            ))}
          </colgroup>
        )}
        <thead>
          <tr aria-rowindex={1}>
            {all.map((column, at) => (
              <Header
                key={at}
                column={column}
                index={at < indexes}
                pinned={at === 0 && indexes === 1}
                direction={sorting?.column === at ? sorting.direction : null}
                onSort={() => choose(at)}
              />
            ))}
          </tr>
        </thead>
        <tbody>
          <Space rows={view.first} columns={all.length} />
          {Array.from(rows.subarray(view.first, view.end), (row, at) => (
            <tr key={row} aria-rowindex={view.first + at + 2}>
              {all.map((column, position) => (
                <Cell
                  key={position}
                  text={texts[position]?.(row) ?? null}
                  type={column.type}
                  index={position < indexes}
                  pinned={position === 0 && indexes === 1}
                />
              ))}
            </tr>
          ))}
          <Space rows={rows.length - view.end} columns={all.length} />
        </tbody>
      </table>
    </div>
  );
}

/** In place of rows that are not in the page. */
function Space({ rows, columns }: { rows: number; columns: number }): VNode | null {
  if (rows <= 0) return null;
  return (
    <tr aria-hidden="true" class="table-space">
      <td colSpan={columns} style={{ height: `${rows * ROW_HEIGHT}px` }} />
    </tr>
  );
}

interface HeaderProps {
  column: Column;
  index: boolean;
  pinned: boolean;
  direction: Direction | null;
  onSort: () => void;
}

function Header({ column, index, pinned, direction, onSort }: HeaderProps): VNode {
  const levels = column.name.filter((level) => level !== '');
  return (
    <th
      scope="col"
      class={`table-${column.type} ${index ? 'table-index' : ''} ${pinned ? 'table-pinned' : ''}`}
      aria-sort={direction ?? 'none'}
    >
      <button type="button" title={`Sort by ${nameOf(column, 'index')}`} onClick={onSort}>
        <span class="table-name">
          {levels.length === 0 ? (
            <span class="visually-hidden">{index ? 'index' : 'column without a name'}</span>
          ) : (
            levels.map((level, at) => <span key={at}>{level}</span>)
          )}
        </span>
        <span class={`table-arrow ${direction === null ? 'table-arrow-off' : ''}`}>
          <Icon of={direction === 'descending' ? ArrowDown : ArrowUp} size={12} />
        </span>
      </button>
    </th>
  );
}

interface CellProps {
  text: string | null;
  type: Column['type'];
  index: boolean;
  pinned: boolean;
}

function Cell({ text, type, index, pinned }: CellProps): VNode {
  const shown = text ?? 'NA';
  const options = {
    class: `table-${type} ${text === null ? 'table-missing' : ''} ${pinned ? 'table-pinned' : ''}`,
    title: shown.length > LONG_TEXT ? shown : undefined,
  };
  return index ? (
    <th scope="row" {...options}>
      {shown}
    </th>
  ) : (
    <td {...options}>{shown}</td>
  );
}

/** Up, down, and as it was. */
function nextSorting(now: Sorting | null, column: number): Sorting | null {
  if (now?.column !== column) return { column, direction: 'ascending' };
  return now.direction === 'ascending' ? { column, direction: 'descending' } : null;
}

function measured(all: readonly Column[], texts: readonly CellText[], rows: number): number[] {
  const context = document.createElement('canvas').getContext('2d');
  const style = getComputedStyle(document.documentElement);
  const family = style.getPropertyValue('--font-interface') || 'sans-serif';
  const size = 0.8125 * Number.parseFloat(style.fontSize);
  return columnWidths(
    all.map(({ name }) => name),
    texts,
    rows,
    (text, bold) => {
      if (context === null) return text.length * size * 0.6;
      context.font = `${bold ? 600 : 400} ${size}px ${family}`;
      // Tabular figures, and the signs between them, are as wide as a zero.
      return context.measureText(text.replaceAll(/[\d.+-]/g, '0')).width + 2;
    },
  );
}

async function copy(table: Table, rows: Uint32Array): Promise<void> {
  try {
    await navigator.clipboard.writeText(csvOf(table, rows));
    notify(`${countText(rows.length, 'row', 'rows')} copied as CSV.`);
  } catch {
    notifyError('The browser did not let this page copy. Select the table and copy it, or keep a file in code.');
  }
}
