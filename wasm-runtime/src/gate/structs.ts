/** C structures of musl for wasm32 (Emscripten 5) that system calls fill in. Numbers are little-endian; offsets are those of the ABI. */
import type { FileStatus, Inode } from './inodes.ts';
import type { CalendarTime } from './calendar.ts';

/** The user and group that everything belongs to. */
export const GUEST_ID = 1000;

const SECOND_NS = 1_000_000_000n;
/** `st_blksize` and `f_bsize`. */
const BLOCK_BYTES = 4096;

export const STAT_BYTES = 96;

/** `struct stat`. */
export function writeStat(view: DataView, status: FileStatus): void {
  view.setUint32(0, 1, true); // st_dev: there is one device
  view.setUint32(4, status.mode, true);
  view.setUint32(8, status.links, true);
  view.setUint32(12, GUEST_ID, true);
  view.setUint32(16, GUEST_ID, true);
  view.setUint32(20, status.rdev, true);
  view.setBigInt64(24, BigInt(status.size), true);
  view.setInt32(32, BLOCK_BYTES, true);
  view.setInt32(36, status.blocks, true);
  writeTimespec(view, 40, status.atime);
  writeTimespec(view, 56, status.mtime);
  writeTimespec(view, 72, status.ctime);
  view.setBigUint64(88, BigInt(status.ino), true);
}

/** `struct timespec`: nanoseconds count up from the second below, also before 1970. */
function writeTimespec(view: DataView, offset: number, ns: bigint): void {
  const rest = ((ns % SECOND_NS) + SECOND_NS) % SECOND_NS;
  view.setBigInt64(offset, (ns - rest) / SECOND_NS, true);
  view.setUint32(offset + 8, Number(rest), true);
}

export const TIMESPEC_BYTES = 16;
const UTIME_NOW = 0x3fffffff;
const UTIME_OMIT = 0x3ffffffe;
/** Seconds that a file time may be away from 1970: as far as ECMAScript's calendar goes. */
const MAX_FILE_TIME = 8_640_000_000_000n;

/** One time of `utimensat` in nanoseconds; `undefined` when it is none. */
export function readFileTime(view: DataView, offset: number): bigint | 'now' | null | undefined {
  const seconds = view.getBigInt64(offset, true);
  const nanoseconds = view.getInt32(offset + 8, true);
  if (nanoseconds === UTIME_NOW) return 'now';
  if (nanoseconds === UTIME_OMIT) return null;
  if (nanoseconds < 0 || nanoseconds > 999_999_999) return undefined;
  if (seconds > MAX_FILE_TIME || seconds < -MAX_FILE_TIME) return undefined;
  return seconds * SECOND_NS + BigInt(nanoseconds);
}

export const STATFS_BYTES = 68;

export interface FileSystemStatus {
  bytes: number;
  freeBytes: number;
  nodes: number;
  freeNodes: number;
}

/** `struct statfs`. */
export function writeStatfs(view: DataView, status: FileSystemStatus): void {
  const freeBlocks = BigInt(Math.floor(status.freeBytes / BLOCK_BYTES));
  view.setUint32(0, 0, true); // f_type
  view.setUint32(4, BLOCK_BYTES, true);
  view.setBigUint64(8, BigInt(Math.ceil(status.bytes / BLOCK_BYTES)), true);
  view.setBigUint64(16, freeBlocks, true);
  view.setBigUint64(24, freeBlocks, true);
  view.setBigUint64(32, BigInt(status.nodes), true);
  view.setBigUint64(40, BigInt(status.freeNodes), true);
  view.setUint32(48, 1, true); // f_fsid
  view.setUint32(52, 0, true);
  view.setUint32(56, 255, true); // f_namelen
  view.setUint32(60, BLOCK_BYTES, true); // f_frsize
  view.setUint32(64, 2, true); // f_flags: no set-user-id
}

/** `d_type` of `struct dirent`. */
export const DIRENT_TYPE: Readonly<Record<Inode['kind'], number>> = { device: 2, directory: 4, file: 8, link: 10 };
const DIRENT_HEADER_BYTES = 19;

/** `struct dirent` with just enough room for its name, at the start of `target`. Its length, or 0 when it does not fit. */
export function writeDirent(target: Uint8Array, name: Uint8Array, ino: number, next: number, type: number): number {
  const length = Math.ceil((DIRENT_HEADER_BYTES + name.length + 1) / 8) * 8;
  if (length > target.length) return 0;
  const view = new DataView(target.buffer, target.byteOffset, length);
  view.setBigUint64(0, BigInt(ino), true);
  view.setBigInt64(8, BigInt(next), true);
  view.setUint16(16, length, true);
  view.setUint8(18, type);
  target.set(name, DIRENT_HEADER_BYTES);
  target.fill(0, DIRENT_HEADER_BYTES + name.length, length);
  return length;
}

export const FDSTAT_BYTES = 24;
/** `__wasi_filetype_t`. Devices are of unknown type: musl takes a character device for a terminal, and no stream here is one. */
const WASI_TYPE: Readonly<Record<Inode['kind'], number>> = { device: 0, directory: 3, file: 4, link: 7 };

/** `__wasi_fdstat_t`; nobody reads its rights. */
export function writeFdstat(view: DataView, kind: Inode['kind']): void {
  view.setBigUint64(0, 0n, true);
  view.setUint8(0, WASI_TYPE[kind]);
  view.setBigUint64(8, 0n, true);
  view.setBigUint64(16, 0n, true);
}

/** Up to `tm_gmtoff`; musl sets `tm_zone` itself. */
export const TM_BYTES = 40;

/** The fields of `struct tm` that say when. */
export function writeTm(view: DataView, time: CalendarTime): void {
  view.setInt32(0, time.second, true);
  view.setInt32(4, time.minute, true);
  view.setInt32(8, time.hour, true);
  view.setInt32(12, time.day, true);
  view.setInt32(16, time.month, true);
  view.setInt32(20, time.year, true);
  view.setInt32(24, time.weekday, true);
  view.setInt32(28, time.yearday, true);
}

/** `tm_isdst` and `tm_gmtoff`: UTC has no summer time and no offset. */
export function writeTmZone(view: DataView): void {
  view.setInt32(32, 0, true);
  view.setInt32(36, 0, true);
}

/** The fields as they stand, whether or not they agree. */
export function readTm(view: DataView): CalendarTime {
  const field = (offset: number) => view.getInt32(offset, true);
  const [second, minute, hour, day, month, year] = [field(0), field(4), field(8), field(12), field(16), field(20)];
  return { second, minute, hour, day, month, year, weekday: field(24), yearday: field(28) };
}
