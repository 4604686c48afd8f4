/** Zip archives as the build needs them: reads one, whoever made it, and writes one whose members are stored, in a given order. Node only. */
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

/** 2 GiB: far more than any archive of the build holds, and the least that its sizes of 32 bits cannot be trusted with. */
const MAX_UNPACKED_BYTES = 2 ** 31;
/** A size or place so written stands in ZIP64's records, which nothing here needs. */
const IN_ZIP64 = 0xffffffff;
/** "Version made by", high byte: the upper half of a member's external attributes is then a mode of POSIX. */
const MADE_BY_UNIX = 3;
const MODE_TYPE = 0xf000;
const MODE_FILE = 0x8000;
const FLAG_ENCRYPTED = 0x0001;

export interface ReadOptions {
  /** Of all members together that are read. */
  maximumBytes?: number;
  /** Which members to read; the others are not even unpacked. */
  select?: (name: string) => boolean;
}

/**
 * All members but folders, in the order of the directory. An archive may come from anywhere: nothing is unpacked past the size that the
 * directory says, and a member is a plain file or refused. Names are given as they are: see `unpack.ts` for what they may be.
 * @throws TypeError for what is no plain archive
 */
export function readZip(archive: Uint8Array, options: ReadOptions = {}): ZipMember[] {
  try {
    return readMembers(archive, options);
  } catch (error) {
    // A place that lies outside of the archive.
    if (error instanceof RangeError) throw new TypeError('zip: it is damaged', { cause: error });
    throw error;
  }
}

function readMembers(archive: Uint8Array, { maximumBytes = MAX_UNPACKED_BYTES, select }: ReadOptions): ZipMember[] {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  let end = archive.length - END_BYTES;
  while (end >= 0 && view.getUint32(end, true) !== END) end--;
  if (end < 0) throw new TypeError('zip: there is no directory');
  const members: ZipMember[] = [];
  let total = 0;
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    if (view.getUint32(at, true) !== CENTRAL_HEADER) throw new TypeError('zip: its directory is damaged');
    const nameBytes = view.getUint16(at + 28, true);
    const name = new TextDecoder().decode(archive.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes));
    if (!name.endsWith('/') && (select === undefined || select(name))) {
      const size = view.getUint32(at + 24, true);
      total += size;
      if (total > maximumBytes) throw new TypeError(`zip: ${name} makes it larger than ${maximumBytes} bytes`);
      members.push({ name, bytes: readMember(archive, view, at, name) });
    }
    at += CENTRAL_BYTES + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return members;
}

/** @param at where the directory's entry for it begins */
function readMember(archive: Uint8Array, view: DataView, at: number, name: string): Uint8Array {
  const method = view.getUint16(at + 10, true);
  const [packed, size] = [view.getUint32(at + 20, true), view.getUint32(at + 24, true)];
  const local = view.getUint32(at + 42, true);
  if ([packed, size, local].includes(IN_ZIP64)) throw new TypeError(`zip: ${name} is in ZIP64, which is not read here`);
  if (view.getUint16(at + 8, true) & FLAG_ENCRYPTED) throw new TypeError(`zip: ${name} is encrypted`);
  const type = view.getUint8(at + 5) === MADE_BY_UNIX ? view.getUint16(at + 40, true) & MODE_TYPE : 0;
  if (type !== 0 && type !== MODE_FILE) throw new TypeError(`zip: ${name} is no plain file`);
  if (method !== STORED && method !== DEFLATED) throw new TypeError(`zip: ${name} is packed in an unknown way`);
  if (view.getUint32(local, true) !== LOCAL_HEADER) throw new TypeError(`zip: ${name} is not where the directory says`);
  const start = local + LOCAL_BYTES + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
  const data = archive.subarray(start, start + packed);
  const bytes = method === STORED ? data : inflate(data, size, name);
  if (bytes.length !== size) throw new TypeError(`zip: ${name} does not have the size that the directory says`);
  return bytes;
}

function inflate(data: Uint8Array, size: number, name: string): Uint8Array {
  try {
    // At least one byte, as zlib asks for.
    return new Uint8Array(inflateRawSync(data, { maxOutputLength: Math.max(1, size) }));
  } catch (error) {
    throw new TypeError(`zip: ${name} cannot be unpacked to the size that the directory says`, { cause: error });
  }
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
