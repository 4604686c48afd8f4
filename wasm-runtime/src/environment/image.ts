/**
 * A file image: what an engine finds in its file system, as one file. Little-endian u32 header length, JSON header, bytes. Of each of its
 * files, a part may be kept apart: what few programs read, so that nobody has to wait for it.
 */

/** Offsets of the bytes that are kept apart: from `start` up to, and without, `end`. */
export interface Range {
  start: number;
  end: number;
}

export interface ImageFile {
  path: string;
  /** Unpacked, none of a file that comes late as a whole. */
  bytes: Uint8Array;
  late?: Range;
}

export interface PackedImage {
  image: Uint8Array;
  /** What is kept apart of all files, in their order. */
  late: Uint8Array;
}

export function packImage(files: readonly ImageFile[]): PackedImage {
  const image = packSections(
    files.map(({ path, bytes, late }) => (late ? [path, bytes.length, late.start, late.end] : [path, bytes.length])),
    files.flatMap(({ bytes, late }) => (late ? [bytes.subarray(0, late.start), bytes.subarray(late.end)] : [bytes])),
  );
  return { image, late: concatenate(files.map(({ bytes, late }) => bytes.subarray(late?.start ?? 0, late?.end ?? 0))) };
}

/**
 * The files' bytes are views of `image`, except where a part is late: there they are new, and zero in that part.
 * @throws TypeError when it is not an image
 */
export function unpackImage(image: Uint8Array): ImageFile[] {
  const { header, body } = unpackSections(image);
  if (!Array.isArray(header)) throw new TypeError('image: expected a list of files');
  let offset = 0;
  const take = (path: string, length: number) => {
    const bytes = body.subarray(offset, offset + length);
    if (bytes.length !== length) throw new TypeError(`image: ${path} is cut short`);
    offset += length;
    return bytes;
  };
  return header.map((entry: unknown) => {
    const [path, size, start, end] = Array.isArray(entry) ? (entry as unknown[]) : [];
    if (typeof path !== 'string' || typeof size !== 'number') throw new TypeError('image: expected [path, size]');
    if (start === undefined) return { path, bytes: take(path, size) };
    if (typeof start !== 'number' || typeof end !== 'number' || start > end || end > size) {
      throw new TypeError('image: expected [path, size, start, end]');
    }
    const late = { start, end };
    // Most that is late is so as a whole: tens of megabytes of zeros that few programs would ever look at.
    if (start === 0 && end === size) return { path, bytes: new Uint8Array(0), late };
    const bytes = new Uint8Array(size);
    bytes.set(take(path, start));
    bytes.set(take(path, size - end), end);
    return { path, bytes, late };
  });
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

/** A JSON header followed by byte sections; how images and snapshots are stored. */
export function packSections(header: unknown, sections: readonly Uint8Array[]): Uint8Array {
  const head = new TextEncoder().encode(JSON.stringify(header));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, head.length, true);
  return concatenate([length, head, ...sections]);
}

export function unpackSections(bytes: Uint8Array): { header: unknown; body: Uint8Array } {
  if (bytes.length < 4) throw new TypeError('image: expected a header');
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
  if (length > bytes.length - 4) throw new TypeError('image: its header is cut short');
  const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(4, 4 + length)));
  return { header, body: bytes.subarray(4 + length) };
}
