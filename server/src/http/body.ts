/** Reading a JSON body: right type, no encoding, bounded, in time. */
import type { Context } from 'koa';
import getRawBody from 'raw-body';
import { Problem } from '../errors.ts';

/** A JSON body has so long to arrive, ms. */
const BODY_MS = 60_000;

/** The body's bytes. @throws Problem unsupported_media_type, too_large, bad_request */
export async function readBody(context: Context, limit: number): Promise<Uint8Array> {
  checkContentType(context.get('Content-Type'));
  if (context.get('Content-Encoding') !== '') {
    throw new Problem('unsupported_media_type', { detail: 'Bodies are accepted without Content-Encoding only.' });
  }
  const length = context.request.length;
  try {
    return await inTime(getRawBody(context.req, { limit, ...(length === undefined ? {} : { length }) }));
  } catch (error) {
    if (error instanceof Problem) throw error;
    const type = error instanceof Error && 'type' in error ? error.type : null;
    if (type === 'entity.too.large') {
      throw new Problem('too_large', {
        detail: `At most ${limit} bytes are accepted here.`,
        headers: { Connection: 'close' },
      });
    }
    if (type === 'request.aborted' || type === 'request.size.invalid')
      throw new Problem('bad_request', { detail: 'The body is cut off.' });
    throw error;
  }
}

/** Rejects when the body takes too long: a sender who drips bytes must not hold a place for ever. */
async function inTime<T>(body: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_fulfil, reject) => {
    const problem = new Problem('bad_request', {
      detail: 'The body did not arrive in time.',
      headers: { Connection: 'close' },
    });
    timer = setTimeout(() => reject(problem), BODY_MS);
  });
  try {
    return await Promise.race([body, late]);
  } finally {
    clearTimeout(timer);
  }
}

function checkContentType(header: string): void {
  const [type = '', ...parameters] = header
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  if (type !== 'application/json' || (charset !== undefined && charset !== 'utf-8' && charset !== '"utf-8"')) {
    throw new Problem('unsupported_media_type', { detail: 'Send application/json in UTF-8.' });
  }
}
