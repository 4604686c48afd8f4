/** Reading a JSON body: right type, no encoding, bounded, in time. */
import type { Context } from 'koa';
import getRawBody from 'raw-body';
import { Problem } from '../errors.ts';

/** The body's bytes. @throws Problem unsupported_media_type, too_large, bad_request */
export async function readBody(context: Context, limit: number): Promise<Uint8Array> {
  checkContentType(context.get('Content-Type'));
  if (context.get('Content-Encoding') !== '') {
    throw new Problem('unsupported_media_type', { detail: 'Bodies are accepted without Content-Encoding only.' });
  }
  const length = context.request.length;
  try {
    return await getRawBody(context.req, { limit, ...(length === undefined ? {} : { length }) });
  } catch (error) {
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
