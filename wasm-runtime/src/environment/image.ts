/** A file image: what an engine finds in its file system, as one file. Little-endian u32 header length, JSON header, bytes. */

export interface ImageFile {
  path: string;
  bytes: Uint8Array;
}

export function packImage(files: readonly ImageFile[]): Uint8Array {
  return packSections(
    files.map(({ path, bytes }) => [path, bytes.length]),
    files.map(({ bytes }) => bytes),
  );
}

/** The files' bytes are views of `image`. @throws TypeError when it is not an image */
export function unpackImage(image: Uint8Array): ImageFile[] {
  const { header, body } = unpackSections(image);
  if (!Array.isArray(header)) throw new TypeError('image: expected a list of files');
  let offset = 0;
  return header.map((entry: unknown) => {
    if (!Array.isArray(entry) || typeof entry[0] !== 'string' || typeof entry[1] !== 'number') {
      throw new TypeError('image: expected [path, size]');
    }
    const bytes = body.subarray(offset, offset + entry[1]);
    if (bytes.length !== entry[1]) throw new TypeError(`image: ${entry[0]} is cut short`);
    offset += entry[1];
    return { path: entry[0], bytes };
  });
}

/** A JSON header followed by byte sections; how images and snapshots are stored. */
export function packSections(header: unknown, sections: readonly Uint8Array[]): Uint8Array {
  const head = new TextEncoder().encode(JSON.stringify(header));
  const total = sections.reduce((sum, section) => sum + section.length, 4 + head.length);
  const out = new Uint8Array(total);
  new DataView(out.buffer).setUint32(0, head.length, true);
  out.set(head, 4);
  let offset = 4 + head.length;
  for (const section of sections) {
    out.set(section, offset);
    offset += section.length;
  }
  return out;
}

export function unpackSections(bytes: Uint8Array): { header: unknown; body: Uint8Array } {
  if (bytes.length < 4) throw new TypeError('image: expected a header');
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
  if (length > bytes.length - 4) throw new TypeError('image: its header is cut short');
  const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(4, 4 + length)));
  return { header, body: bytes.subarray(4 + length) };
}
