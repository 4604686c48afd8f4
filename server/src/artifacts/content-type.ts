/** Is this content what it is declared to be? The uploader's word alone is not believed. */
import { Problem } from '../errors.ts';
import { isContentOf } from '../runtime.ts';

/** The media type without its parameters, lower-case. */
export function essence(mediaType: string): string {
  return (mediaType.split(';')[0] ?? '').trim().toLowerCase();
}

/** @param head the first bytes of the content @throws Problem content_type_mismatch */
export function checkContentType(declared: string, head: Uint8Array): void {
  const type = essence(declared);
  if (!isContentOf(type, head))
    throw new Problem('content_type_mismatch', { detail: `The first bytes are not those of ${type}.` });
}
