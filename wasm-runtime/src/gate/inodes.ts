/** Inodes of the guest's file system and the bytes of its regular files. */
import { refuse } from './errno.ts';
import type { Quota } from './quota.ts';

/** What a character device does; it is decided by the device alone, whatever path or descriptor led to it. */
export interface Device {
  /** Device number as `stat` shows it: major · 256 + minor. */
  readonly rdev: number;
  /** Whether `lseek` succeeds, and stays at 0. */
  readonly seekable: boolean;
  /** What `stat` shows as its size; 0 without it. */
  readonly size?: () => number;
  /** Fuel for making one byte, beyond moving it. */
  readonly fuelPerByteRead: number;
  /** Fills the start of `target`; 0 is the end of the file. @throws Errno, or a trap of the host */
  read(target: Uint8Array): number;
  /**
   * One call of `write` or `writev`: `parts` are views of the guest's memory, `total` bytes together. Returns how many it took;
   * fewer than all is a short count, as POSIX allows. @throws Errno, or a trap of the host
   */
  write(parts: readonly Uint8Array[], total: number): number;
}

export interface InodeFields {
  readonly ino: number;
  /** Permission bits; recorded and reported, not enforced: the guest owns its files and cannot touch the others. */
  mode: number;
  /** Nanoseconds since 1970. Reading leaves `atime` alone, as under `noatime`. */
  atime: bigint;
  mtime: bigint;
  ctime: bigint;
  /** `null` once unlinked, for the root, and for a device without a path. */
  parent: DirectoryNode | null;
  name: string;
  /** Open descriptions, and whether it is the working directory. */
  references: number;
  /** Put there by the host: its bytes, name and mode never change. */
  readonly mounted: boolean;
  /** Bytes that are not charged, because the boot made them. */
  free: number;
  /** Whether the node itself is charged. */
  charged: boolean;
}

export interface FileNode extends InodeFields {
  readonly kind: 'file';
  /** Capacity; every byte from `size` on is zero. */
  data: Uint8Array;
  size: number;
  /** Bytes that are not here yet. */
  missing?: MissingBytes;
}

/** A part of a mounted file, from `start` up to `end`, that the host may put there later. */
export interface MissingBytes {
  readonly start: number;
  readonly end: number;
  /** Called when the guest reads there: puts them there, or does not return. */
  readonly wanted: () => void;
}

export interface DirectoryNode extends InodeFields {
  readonly kind: 'directory';
  readonly entries: Map<string, Inode>;
}

export interface LinkNode extends InodeFields {
  readonly kind: 'link';
  readonly target: string;
  /** Length of `target` in UTF-8. */
  readonly size: number;
}

export interface DeviceNode extends InodeFields {
  readonly kind: 'device';
  readonly device: Device;
}

export type Inode = FileNode | DirectoryNode | LinkNode | DeviceNode;

const TYPE_BITS = { file: 0o100000, directory: 0o040000, link: 0o120000, device: 0o020000 } as const;

/** Bytes that `stat` reports. */
export function sizeOf(node: Inode): number {
  return node.kind === 'file' || node.kind === 'link' ? node.size : 0;
}

/** Bytes that the node holds of the quota. */
export function chargedBytes(node: Inode, size: number = sizeOf(node)): number {
  return Math.max(0, size - node.free);
}

/** What `stat` tells. */
export interface FileStatus {
  ino: number;
  /** Type and permissions. */
  mode: number;
  links: number;
  rdev: number;
  size: number;
  /** Units of 512 bytes. */
  blocks: number;
  /** Nanoseconds since 1970. */
  atime: bigint;
  mtime: bigint;
  ctime: bigint;
}

export function statusOf(node: Inode): FileStatus {
  const { ino, atime, mtime, ctime } = node;
  const size = node.kind === 'device' ? (node.device.size?.() ?? 0) : sizeOf(node);
  return {
    ino,
    mode: TYPE_BITS[node.kind] | node.mode,
    // Without hard links, a node has one name or none; the root has no parent.
    links: node.parent === null && node.name !== '' ? 0 : 1,
    rdev: node.kind === 'device' ? node.device.rdev : 0,
    size,
    blocks: Math.ceil(size / 512),
    atime,
    mtime,
    ctime,
  };
}

/** Spare room after growing: half as much again, so that appending stays linear and memory within 1.5 times the quota. */
const SMALLEST_CAPACITY = 64;

/** Copies from `position` on into `target`; the number of bytes copied. */
export function readContent(node: FileNode, position: number, target: Uint8Array): number {
  const count = Math.max(0, Math.min(target.length, node.size - position));
  const { missing } = node;
  if (missing && position < missing.end && position + count > missing.start) missing.wanted();
  if (count > 0) target.set(node.data.subarray(position, position + count));
  return count;
}

/** Overwrites what is there: the file was made long enough before. */
export function writeContent(node: FileNode, position: number, source: Uint8Array): void {
  node.data.set(source, position);
}

/** New bytes are zero. @throws Errno ENOSPC, EROFS */
export function resizeContent(quota: Quota, node: FileNode, size: number): void {
  if (node.mounted) refuse('EROFS');
  quota.addBytes(chargedBytes(node, size) - chargedBytes(node));
  const capacity = node.data.length;
  if (size > capacity) {
    const grown = new Uint8Array(Math.max(size, Math.ceil(capacity * 1.5), SMALLEST_CAPACITY));
    grown.set(node.data.subarray(0, node.size));
    node.data = grown;
  } else if (size < capacity / 4 && capacity > SMALLEST_CAPACITY) {
    node.data = node.data.slice(0, size);
  } else if (size < node.size) {
    node.data.fill(0, size, node.size);
  }
  node.size = size;
}
