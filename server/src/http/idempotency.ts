/**
 * Idempotency-Key (IETF draft): the first request with a key does the work, later ones with the same body get its answer for 24 hours.
 * Keys are scoped by person and path. Answers of the server's own failures (5xx) are not kept.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IdempotencyRow } from '../database/rows.ts';
import { isUniqueViolation } from '../database/transaction.ts';
import { type Dependencies, isoTime } from '../dependencies.ts';
import { Problem, problemBody } from '../errors.ts';
import type { Answer } from './route.ts';

const KEPT_MS = 24 * 60 * 60_000;
/** A first request that has not answered after so long died with its server. */
const ABANDONED_MS = 5 * 60_000;
/** Printable ASCII, 1–255 characters. */
const KEY = /^[\u0021-\u007e][\u0020-\u007e]{0,254}$/;

export interface IdempotentRequest {
  key: string;
  userId: string;
  /** Method and concrete path. */
  route: string;
  /** sha256 of the body as it arrived. */
  bodyHash: Uint8Array;
  requestId: string;
}

export function readIdempotencyKey(header: string): string {
  if (header === '') throw new Problem('idempotency_key_missing');
  if (!KEY.test(header))
    throw new Problem('bad_request', { detail: 'The Idempotency-Key is not 1 to 255 printable characters.' });
  return header;
}

export async function once(
  deps: Dependencies,
  request: IdempotentRequest,
  work: () => Promise<Answer>,
): Promise<Answer> {
  const rows = () => deps.database<IdempotencyRow>('idempotency_keys');
  const scope_hash = createHash('sha256')
    .update(JSON.stringify([request.userId, request.route, request.key]))
    .digest('hex');
  const request_hash = Buffer.from(request.bodyHash).toString('hex');
  const now = deps.clock();

  await rows()
    .where({ scope_hash })
    .andWhere((query) =>
      query
        .where('created_at', '<', isoTime(now - KEPT_MS))
        .orWhere((open) => open.whereNull('response_status').andWhere('created_at', '<', isoTime(now - ABANDONED_MS))),
    )
    .delete();
  try {
    await rows().insert({
      scope_hash,
      request_hash,
      response_status: null,
      response_body: null,
      created_at: isoTime(now),
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    return replayed(await rows().where({ scope_hash }).first(), request_hash);
  }

  const keep = async (status: number, body: unknown): Promise<void> => {
    await rows()
      .where({ scope_hash })
      .update({ response_status: status, response_body: JSON.stringify(body ?? null) });
  };
  try {
    const answer = await work();
    await keep(answer.status ?? 200, answer.body);
    return answer;
  } catch (error) {
    if (error instanceof Problem && error.status < 500) await keep(error.status, problemBody(error, request.requestId));
    else await rows().where({ scope_hash }).delete();
    throw error;
  }
}

function replayed(row: IdempotencyRow | undefined, requestHash: string): Answer {
  if (row === undefined) throw new Problem('idempotency_in_progress');
  if (!timingSafeEqual(Buffer.from(row.request_hash), Buffer.from(requestHash)))
    throw new Problem('idempotency_mismatch');
  if (row.response_status === null) throw new Problem('idempotency_in_progress', { headers: { 'Retry-After': '1' } });
  return {
    status: row.response_status,
    // Safe: any JSON value is a body.
    body: JSON.parse(row.response_body ?? 'null') as unknown,
    headers: {
      'Idempotency-Replayed': 'true',
      ...(row.response_status >= 400 ? { 'Content-Type': 'application/problem+json; charset=utf-8' } : {}),
    },
  };
}
