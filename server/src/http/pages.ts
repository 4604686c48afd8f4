/** Lists in pages: newest first, with an opaque cursor. */
import type { Knex } from 'knex';
import { type Static, type TSchema, Type } from 'typebox';
import { Problem } from '../errors.ts';
import { closed, ID_PATTERN } from '../schemas.ts';

const DEFAULT_LIMIT = 50;

export const PageQuery = Type.Object(
  {
    cursor: Type.Optional(Type.String({ maxLength: 200 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  },
  closed,
);
export type PageQuery = Static<typeof PageQuery>;

export const pageOf = <S extends TSchema>(item: S) =>
  Type.Object({ items: Type.Array(item), next_cursor: Type.Union([Type.String(), Type.Null()]) }, closed);

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

const ID = new RegExp(ID_PATTERN);

/** One page of `query` by descending id: UUIDv7 ids sort by time. `idColumn` is the fully named id column. */
export async function page<Row extends { id: string }, T>(
  query: Knex.QueryBuilder<Row, Row[]>,
  idColumn: string,
  asked: PageQuery,
  present: (row: Row) => T,
): Promise<Page<T>> {
  const limit = asked.limit ?? DEFAULT_LIMIT;
  const before = asked.cursor === undefined ? null : readCursor(asked.cursor);
  const narrowed = before === null ? query : query.andWhere(idColumn, '<', before);
  // Safe: ordering and limiting do not change what a row is.
  const rows = (await narrowed.orderBy(idColumn, 'desc').limit(limit + 1)) as Row[];
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items: shown.map(present), next_cursor: more ? Buffer.from(last.id).toString('base64url') : null };
}

function readCursor(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString('utf8');
  if (!ID.test(id)) throw new Problem('bad_request', { detail: 'The cursor is not one of ours.' });
  return id;
}
