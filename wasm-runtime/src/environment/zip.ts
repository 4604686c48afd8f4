/** Zip archives as the build needs them: reads one, and writes one whose members are stored, in a given order. Node only. */
import { crc32, inflateRawSync } from 'node:zlib';

export interface ZipMember {
  name: string;
  bytes: Uint8Array;
}

/** Numbers of the format, by PKWARE's APPNOTE.TXT 6.3. */
const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END = 0x06054b50;
const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;
const END_BYTES = 22;
const STORED = 0;
const DEFLATED = 8;
const VERSION = 20;
/** Names are UTF-8. */
const FLAGS = 0x0800;
/** The first of January 1980, midnight: the format's own beginning. */
const DATE = 0x0021;

/** All members but folders, in the order of the directory. @throws TypeError for what is no plain archive */
export function readZip(archive: Uint8Array): ZipMember[] {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  let end = archive.length - END_BYTES;
  while (end >= 0 && view.getUint32(end, true) !== END) end--;
  if (end < 0) throw new TypeError('zip: there is no directory');
  const members: ZipMember[] = [];
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    if (view.getUint32(at, true) !== CENTRAL_HEADER) throw new TypeError('zip: its directory is damaged');
    const [method, packed, size] = [
      view.getUint16(at + 10, true),
      view.getUint32(at + 20, true),
      view.getUint32(at + 24, true),
    ];
    const nameBytes = view.getUint16(at + 28, true);
    const name = new TextDecoder().decode(archive.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes));
    const local = view.getUint32(at + 42, true);
    const start = local + LOCAL_BYTES + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    const data = archive.subarray(start, start + packed);
    if (method !== STORED && method !== DEFLATED) throw new TypeError(`zip: ${name} is packed in an unknown way`);
    const bytes = method === STORED ? data : new Uint8Array(inflateRawSync(data));
    if (bytes.length !== size) throw new TypeError(`zip: ${name} does not have the size that the directory says`);
    if (!name.endsWith('/')) members.push({ name, bytes });
    at += CENTRAL_BYTES + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return members;
}

/** An archive of stored members; the same bytes for the same members. */
export function storedZip(members: readonly ZipMember[]): {
  archive: Uint8Array;
  offsets: number[];
  directory: number;
} {
  const names = members.map(({ name }) => new TextEncoder().encode(name));
  const sizes = members.map(({ bytes }, index) => LOCAL_BYTES + (names[index]?.length ?? 0) + bytes.length);
  const directory = sizes.reduce((sum, size) => sum + size, 0);
  const total = names.reduce((sum, name) => sum + CENTRAL_BYTES + name.length, directory + END_BYTES);
  const archive = new Uint8Array(total);
  const view = new DataView(archive.buffer);
  const offsets: number[] = [];
  let at = 0;
  let entry = directory;
  members.forEach(({ bytes }, index) => {
    const name = names[index] ?? new Uint8Array(0);
    /** What both headers say: version, flags, method, time, date, checksum, sizes, length of the name. */
    const describe = (place: number) => {
      view.setUint16(place, VERSION, true);
      view.setUint16(place + 2, FLAGS, true);
      view.setUint16(place + 8, DATE, true);
      view.setUint32(place + 10, crc32(bytes), true);
      view.setUint32(place + 14, bytes.length, true);
      view.setUint32(place + 18, bytes.length, true);
      view.setUint16(place + 22, name.length, true);
    };
    view.setUint32(at, LOCAL_HEADER, true);
    describe(at + 4);
    archive.set(name, at + LOCAL_BYTES);
    archive.set(bytes, at + LOCAL_BYTES + name.length);
    view.setUint32(entry, CENTRAL_HEADER, true);
    view.setUint16(entry + 4, VERSION, true);
    describe(entry + 6);
    view.setUint32(entry + 42, at, true);
    archive.set(name, entry + CENTRAL_BYTES);
    offsets.push(at);
    at += sizes[index] ?? 0;
    entry += CENTRAL_BYTES + name.length;
  });
  view.setUint32(entry, END, true);
  view.setUint16(entry + 8, members.length, true);
  view.setUint16(entry + 10, members.length, true);
  view.setUint32(entry + 12, entry - directory, true);
  view.setUint32(entry + 16, directory, true);
  return { archive, offsets, directory };
}
