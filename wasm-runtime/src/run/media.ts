/** Is this content what it is declared to be? By its first bytes; nobody's word alone is believed. */

interface Signature {
  types: readonly string[];
  matches: (head: Uint8Array) => boolean;
}

/** How much of a content is looked at. */
export const HEAD_BYTES = 512;

const startsWith =
  (...bytes: number[]) =>
  (head: Uint8Array): boolean =>
    bytes.every((byte, index) => head[index] === byte);
const text =
  (characters: string, offset = 0) =>
  (head: Uint8Array): boolean =>
    Array.from({ length: characters.length }).every(
      (_, index) => head[offset + index] === characters.charCodeAt(index),
    );

/** https://mimesniff.spec.whatwg.org and the formats' own specifications. The guest library of Python has the same table. */
const SIGNATURES: readonly Signature[] = [
  { types: ['image/png'], matches: startsWith(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a) },
  { types: ['image/jpeg'], matches: startsWith(0xff, 0xd8, 0xff) },
  { types: ['image/gif'], matches: (head) => text('GIF87a')(head) || text('GIF89a')(head) },
  { types: ['image/webp'], matches: (head) => text('RIFF')(head) && text('WEBP', 8)(head) },
  { types: ['application/pdf'], matches: text('%PDF-') },
  { types: ['application/zip', 'application/x-npz'], matches: startsWith(0x50, 0x4b, 0x03, 0x04) },
  { types: ['application/gzip', 'application/x-gzip'], matches: startsWith(0x1f, 0x8b, 0x08) },
  { types: ['application/vnd.apache.parquet'], matches: text('PAR1') },
  { types: ['application/vnd.sqlite3', 'application/x-sqlite3'], matches: text('SQLite format 3\0') },
  { types: ['application/wasm'], matches: startsWith(0x00, 0x61, 0x73, 0x6d) },
  { types: ['audio/wav', 'audio/x-wav'], matches: (head) => text('RIFF')(head) && text('WAVE', 8)(head) },
];

const TEXTUAL = /^(text\/.+|application\/(json|xml|javascript|.+\+json|.+\+xml)|image\/svg\+xml)$/;

/**
 * @param mediaType lower-case, without parameters
 * @param content all of it, or its first `HEAD_BYTES` bytes
 * @returns whether the content may be called that: a type that is not known here may be anything, but no image
 */
export function isContentOf(mediaType: string, content: Uint8Array): boolean {
  const head = content.subarray(0, HEAD_BYTES);
  const signature = SIGNATURES.find(({ types }) => types.includes(mediaType));
  if (signature !== undefined) return signature.matches(head);
  if (TEXTUAL.test(mediaType)) return !head.includes(0) && !SIGNATURES.some(({ matches }) => matches(head));
  // An image type without a signature here could be anything; a browser would sniff it.
  return !mediaType.startsWith('image/');
}
