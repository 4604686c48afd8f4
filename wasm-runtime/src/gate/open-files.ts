/** What the guest does with its descriptors: reading, writing, seeking, duplicating, listing directories. */
import { canRead, canWrite, DescriptorTable, MAX_DESCRIPTORS, OPEN } from './descriptors.ts';
import type { DirectoryCursor, OpenFile } from './descriptors.ts';
import { refuse } from './errno.ts';
import { readContent, resizeContent, writeContent } from './inodes.ts';
import type { DeviceNode, DirectoryNode, FileNode, Inode } from './inodes.ts';
import type { Tree } from './tree.ts';

/** Most bytes that one read of a device gives: it is charged afterwards, so the work of one call is bounded here. */
const MAX_DEVICE_READ = 1 << 20;
/** Fuel for passing over one entry of a directory. */
const ENTRY_FUEL = 8;
/** Flags that say how to open, and are not kept. */
const OPENING_FLAGS =
  OPEN.CREATE | OPEN.EXCLUSIVE | OPEN.TRUNCATE | OPEN.CLOSE_ON_EXEC | OPEN.DIRECTORY | OPEN.NO_FOLLOW;
const SETTABLE_FLAGS = OPEN.APPEND | OPEN.NON_BLOCKING;

export const SEEK = { SET: 0, CURRENT: 1, END: 2 } as const;

export interface DirectoryEntry {
  name: string;
  ino: number;
  kind: Inode['kind'];
  /** Where reading goes on behind this entry. */
  next: number;
}

/** An open file that a mapping holds. */
export interface MappedFile {
  readonly open: OpenFile;
  readonly node: FileNode;
}

export class OpenFiles {
  readonly table: DescriptorTable;
  readonly #tree: Tree;
  readonly #charge: (units: number) => void;
  /** Files that mappings hold. */
  #mapped = 0;

  constructor(tree: Tree, charge: (units: number) => void) {
    this.table = new DescriptorTable(tree.quota);
    this.#tree = tree;
    this.#charge = charge;
  }

  /** A new description of `node` in a free slot. */
  install(fd: number, node: Inode, flags: number, pinned = false): number {
    this.#tree.retain(node);
    const open: OpenFile = { node, flags: flags & ~OPENING_FLAGS, offset: 0, references: 0, cursor: null };
    return this.table.install(fd, open, (flags & OPEN.CLOSE_ON_EXEC) !== 0, pinned);
  }

  /** Opens a node of a saved state: the description that was, in the slots where it was. */
  restore(
    node: Inode,
    flags: number,
    offset: number,
    descriptors: readonly { fd: number; close_on_exec: boolean }[],
  ): void {
    this.#tree.retain(node);
    const open: OpenFile = { node, flags, offset, references: 0, cursor: null };
    for (const { fd, close_on_exec: closeOnExec } of descriptors) this.table.install(fd, open, closeOnExec);
  }

  /** @throws Errno EBADF */
  close(fd: number): void {
    const open = this.table.remove(fd);
    if (open.references === 0) this.#tree.release(open.node);
  }

  /** @throws Errno EBADF, EMFILE; EINVAL when `minimum` is no descriptor */
  duplicate(fd: number, minimum = 0, closeOnExec = false): number {
    const open = this.table.getUnpinned(fd);
    if (minimum < 0 || minimum >= MAX_DESCRIPTORS) refuse('EINVAL');
    return this.table.install(this.table.lowestFree(minimum), open, closeOnExec);
  }

  /** @throws Errno EBADF; EINVAL when both are the same */
  duplicateTo(fd: number, target: number, closeOnExec: boolean): number {
    const open = this.table.getUnpinned(fd);
    if (fd === target) refuse('EINVAL');
    if (target < 0 || target >= MAX_DESCRIPTORS || this.table.isPinned(target)) refuse('EBADF');
    if (this.table.find(target) !== null) this.close(target);
    return this.table.install(target, open, closeOnExec);
  }

  /** Changes the flags that `fcntl` may change. @throws Errno EBADF */
  setFlags(fd: number, flags: number): void {
    const open = this.table.getUnpinned(fd);
    open.flags = (open.flags & ~SETTABLE_FLAGS) | (flags & SETTABLE_FLAGS);
  }

  /** Fills `parts` in turn, from `position`, or from the description's own offset, which moves. Returns the bytes read. @throws Errno */
  read(fd: number, parts: readonly Uint8Array[], position?: number): number {
    const open = this.table.getUnpinned(fd);
    if (!canRead(open.flags)) refuse('EBADF');
    const { node } = open;
    if (node.kind === 'directory') refuse('EISDIR');
    if (node.kind === 'link') refuse('EBADF');
    if (node.kind === 'device') {
      if (position !== undefined) refuse('ESPIPE');
      return this.#readDevice(node, parts);
    }
    const start = position ?? open.offset;
    const count = readParts(node, start, parts);
    this.#charge(count);
    if (position === undefined) open.offset = start + count;
    return count;
  }

  #readDevice({ device }: DeviceNode, parts: readonly Uint8Array[]): number {
    // The first part alone: a device may give less than is asked for, and a line of input is not spread over many buffers.
    const target = parts.find((part) => part.length > 0);
    if (target === undefined) return 0;
    const count = device.read(target.subarray(0, MAX_DEVICE_READ));
    this.#charge(count * (1 + device.fuelPerByteRead));
    return count;
  }

  /** Writes all of `parts`, at `position` or at the description's own offset, which moves. Returns the bytes written. @throws Errno */
  write(fd: number, parts: readonly Uint8Array[], position?: number): number {
    const open = this.table.get(fd);
    if (!canWrite(open.flags)) refuse('EBADF');
    const { node } = open;
    const total = parts.reduce((sum, part) => sum + part.length, 0);
    this.#charge(total);
    if (node.kind === 'device') {
      if (position !== undefined) refuse('ESPIPE');
      return node.device.write(parts, total);
    }
    if (node.kind !== 'file') refuse('EBADF');
    if (total === 0) return 0;
    const start = position ?? ((open.flags & OPEN.APPEND) !== 0 ? node.size : open.offset);
    if (start + total > node.size) this.#grow(node, start + total);
    let at = start;
    for (const part of parts) {
      writeContent(node, at, part);
      at += part.length;
    }
    this.#tree.touch(node);
    if (position === undefined) open.offset = at;
    return total;
  }

  /**
   * An open file for a mapping, which holds it until `unmap`, as POSIX wants: its descriptor may be closed, and its number be
   * another file's.
   * @throws Errno ENODEV when it is no regular file, EACCES when it was not opened for that, ENOMEM when there are too many
   */
  map(fd: number, forWriting: boolean): MappedFile {
    const open = this.table.getUnpinned(fd);
    const { node } = open;
    if (!canRead(open.flags) || (forWriting && !canWrite(open.flags))) refuse('EACCES');
    if (node.kind !== 'file') refuse('ENODEV');
    if (this.#mapped >= MAX_DESCRIPTORS) refuse('ENOMEM');
    this.#mapped += 1;
    open.references += 1;
    return { open, node };
  }

  unmap({ open }: MappedFile): void {
    this.#mapped -= 1;
    open.references -= 1;
    if (open.references === 0) this.#tree.release(open.node);
  }

  /** Writes a mapping back, which never makes its file longer. */
  writeMapped({ node }: MappedFile, bytes: Uint8Array, position: number): void {
    const count = Math.max(0, Math.min(bytes.length, node.size - position));
    this.#charge(count);
    if (count === 0) return;
    writeContent(node, position, bytes.subarray(0, count));
    this.#tree.touch(node);
  }

  /** The new offset. @throws Errno EBADF, ESPIPE, EINVAL, EOVERFLOW */
  seek(fd: number, offset: number, whence: number): number {
    const open = this.table.getUnpinned(fd);
    const { node } = open;
    if (node.kind === 'device') {
      if (!node.device.seekable) refuse('ESPIPE');
      return 0;
    }
    const size = node.kind === 'file' ? node.size : 0;
    const from =
      whence === SEEK.SET ? 0 : whence === SEEK.CURRENT ? open.offset : whence === SEEK.END ? size : refuse('EINVAL');
    const to = from + offset;
    if (to < 0) refuse('EINVAL');
    if (!Number.isSafeInteger(to)) refuse('EOVERFLOW');
    if (node.kind === 'directory' && to !== open.offset) open.cursor = null;
    open.offset = to;
    return to;
  }

  /** @throws Errno EINVAL when it is not a file open for writing, ENOSPC */
  truncate(fd: number, size: number): void {
    this.#resize(this.#fileToResize(fd), size);
  }

  /** Makes the file at least `size` bytes long. @throws Errno as `truncate` */
  allocate(fd: number, size: number): void {
    const node = this.#fileToResize(fd);
    if (size > node.size) this.#resize(node, size);
  }

  #fileToResize(fd: number): FileNode {
    const open = this.table.getUnpinned(fd);
    if (open.node.kind !== 'file' || !canWrite(open.flags)) refuse('EINVAL');
    return open.node;
  }

  #resize(node: FileNode, size: number): void {
    if (size > node.size) this.#grow(node, size);
    else resizeContent(this.#tree.quota, node, size);
    this.#tree.touch(node);
  }

  #grow(node: FileNode, size: number): void {
    const before = node.size;
    resizeContent(this.#tree.quota, node, size);
    this.#charge(size - before);
  }

  /** Hands over entries, `.` and `..` first, until `take` refuses one; that one comes again next time. @throws Errno EBADF, ENOTDIR */
  readDirectory(fd: number, take: (entry: DirectoryEntry) => boolean): void {
    const open = this.table.getUnpinned(fd);
    const { node } = open;
    if (node.kind !== 'directory') refuse('ENOTDIR');
    for (;;) {
      const found = this.#entry(open, node);
      if (found === null) return;
      const [name, inode] = found;
      if (!take({ name, ino: inode.ino, kind: inode.kind, next: open.offset + 1 })) return;
      open.offset += 1;
      if (open.cursor !== null) open.cursor.waiting = null;
    }
  }

  #entry(open: OpenFile, node: DirectoryNode): [string, Inode] | null {
    if (open.offset === 0) return ['.', node];
    if (open.offset === 1) return ['..', node.parent ?? node];
    open.cursor ??= this.#cursorAt(node, open.offset - 2);
    const { cursor } = open;
    if (cursor.waiting === null) {
      const next = cursor.entries.next();
      cursor.waiting = next.done === true ? null : next.value;
    }
    return cursor.waiting;
  }

  /** A live iterator: entries removed while a directory is read are skipped, added ones come last. */
  #cursorAt(node: DirectoryNode, skip: number): DirectoryCursor {
    const entries = node.entries.entries();
    this.#charge(Math.min(skip, node.entries.size) * ENTRY_FUEL);
    for (let index = 0; index < skip; index += 1) if (entries.next().done === true) break;
    return { entries, waiting: null };
  }
}

function readParts(node: FileNode, start: number, parts: readonly Uint8Array[]): number {
  let count = 0;
  for (const part of parts) {
    const read = readContent(node, start + count, part);
    count += read;
    if (read < part.length) break;
  }
  return count;
}
