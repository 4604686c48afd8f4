/** The guest's file system: POSIX calls on a tree in memory. Nothing of the host is behind it, and every argument is hostile. */
import { canWrite, OPEN } from './descriptors.ts';
import { refuse } from './errno.ts';
import { resizeContent, sizeOf, statusOf } from './inodes.ts';
import type { Device, DirectoryNode, FileNode, FileStatus, Inode, MissingBytes } from './inodes.ts';
import { OpenFiles } from './open-files.ts';
import type { FileLimits, Refusal } from './quota.ts';
import type { Resolved } from './paths.ts';
import { Tree } from './tree.ts';

export interface FileSystemOptions {
  /** Nanoseconds since 1970, for file times. */
  now: () => bigint;
  /** Charges fuel for work that grows with the tree. */
  charge: (units: number) => void;
}

export interface ListedFile {
  path: string;
  ino: number;
  kind: Inode['kind'];
  size: number;
}

/**
 * How a sandbox uses it:
 * 1. `new FileSystem`, then `connectStreams` (streams.ts), then `mountDirectory` and `mountFile` for all that the engine needs;
 * 2. either boot the engine and `saveFiles`, or `restoreFiles` with what was saved (file-state.ts);
 * 3. `mountFile` for the program's inputs, and `seal`: guest mode. From here on everything is counted and /lib and /data are read-only.
 */
export class FileSystem {
  readonly tree: Tree;
  readonly opened: OpenFiles;
  umask = 0o022;
  #cwd: DirectoryNode;

  constructor(options: FileSystemOptions) {
    this.tree = new Tree(options.now, options.charge);
    this.opened = new OpenFiles(this.tree, options.charge);
    this.#cwd = this.tree.root;
    this.tree.retain(this.#cwd);
  }

  // For the host.

  /** @throws MountError */
  mountDirectory(path: string): void {
    this.tree.mountDirectory(path);
  }

  /** `bytes` is not copied, and must not change. @throws MountError when something is there, or the path is not a plain absolute one */
  mountFile(path: string, bytes: Uint8Array): void {
    this.tree.mountFile(path, bytes);
  }

  /**
   * A file of which some bytes come later: `bytes` has its full size, or is empty where all of it does.
   * @returns what puts them there; of a whole file they are not copied, and must not change
   */
  mountIncomplete(path: string, bytes: Uint8Array, missing: MissingBytes): (late: Uint8Array) => void {
    const node = this.tree.mountFile(path, bytes, missing);
    return (late) => {
      if (late.length !== missing.end - missing.start) throw new TypeError(`files: ${path} lacks another part`);
      if (bytes.length === 0) node.data = late;
      else bytes.set(late, missing.start);
      delete node.missing;
    };
  }

  /** @throws MountError */
  mountDevice(path: string, device: Device): void {
    this.tree.mountDevice(path, device);
  }

  /** Begins guest mode, once: what exists is free, the rest is charged, and only what is below `writable` can change. */
  seal(limits: FileLimits, writable: readonly string[]): void {
    const open = [...this.opened.table.entries()].map((entry) => entry.open.node);
    const directories = writable.map((path) => this.tree.mountDirectory(path));
    this.tree.seal(limits, directories, [...open, this.#cwd]);
  }

  /** What a limit refused since it was last forgotten: at most one entry for each limit, the latest first. */
  refusals(): Refusal[] {
    return this.tree.quota.refusals();
  }

  forgetRefusals(): void {
    this.tree.quota.forgetRefusals();
  }

  /** A copy. @throws Errno */
  readFile(path: string): Uint8Array {
    const node = this.node(this.tree.root, path, true);
    if (node.kind !== 'file') refuse(node.kind === 'directory' ? 'EISDIR' : 'EINVAL');
    node.missing?.wanted();
    return node.data.slice(0, node.size);
  }

  /** As the guest would write it. @throws Errno */
  writeFile(path: string, bytes: Uint8Array): void {
    const fd = this.open(this.tree.root, path, OPEN.WRITE_ONLY | OPEN.CREATE | OPEN.TRUNCATE, 0o666);
    try {
      this.opened.write(fd, [bytes]);
    } finally {
      this.opened.close(fd);
    }
  }

  /** Everything below a directory, parents before children. @throws Errno */
  list(path = '/'): ListedFile[] {
    const from = this.node(this.tree.root, path, true);
    return this.tree
      .all(from)
      .filter((node) => node !== from)
      .map((node) => ({ path: this.tree.pathOf(node), ino: node.ino, kind: node.kind, size: sizeOf(node) }));
  }

  // Paths. `at` is where a relative path starts: `base(dirfd)`.

  get cwd(): DirectoryNode {
    return this.#cwd;
  }

  /** The directory of a descriptor, or the working directory. @throws Errno EBADF, ENOTDIR */
  base(dirfd: number | 'cwd'): DirectoryNode {
    if (dirfd === 'cwd') return this.#cwd;
    const { node } = this.opened.table.get(dirfd);
    if (node.kind !== 'directory') refuse('ENOTDIR');
    return node;
  }

  /** @throws Errno */
  open(at: DirectoryNode, path: string, flags: number, mode: number): number {
    // Before anything changes: a refusal must leave no new file behind.
    const fd = this.opened.table.lowestFree();
    const exclusive = (flags & OPEN.CREATE) !== 0 && (flags & OPEN.EXCLUSIVE) !== 0;
    const place = this.tree.resolve(at, path, !exclusive && (flags & OPEN.NO_FOLLOW) === 0);
    if (place.node !== null && exclusive) refuse('EEXIST');
    const node = place.node ?? this.#createByOpen(place, flags, mode);
    this.#checkOpen(node, flags, place.node === null);
    if (node.kind === 'file' && (flags & OPEN.TRUNCATE) !== 0 && canWrite(flags)) this.#resize(node, 0);
    return this.opened.install(fd, node, flags);
  }

  #createByOpen(place: Resolved, flags: number, mode: number): FileNode {
    if ((flags & OPEN.CREATE) === 0) refuse('ENOENT');
    if (place.mustBeDirectory || (flags & OPEN.DIRECTORY) !== 0) refuse('EISDIR');
    return this.tree.createFile(place.directory, place.name, mode & 0o7777 & ~this.umask);
  }

  #checkOpen(node: Inode, flags: number, created: boolean): void {
    if (node.kind === 'link') refuse('ELOOP');
    if (node.kind !== 'directory' && (flags & OPEN.DIRECTORY) !== 0) refuse('ENOTDIR');
    if (node.kind === 'directory' && (canWrite(flags) || (flags & OPEN.CREATE) !== 0)) refuse('EISDIR');
    if (node.kind === 'file' && !created && (canWrite(flags) || (flags & OPEN.TRUNCATE) !== 0))
      this.tree.assertWritable(node);
  }

  /** @throws Errno ENOENT and the rest of path resolution */
  node(at: DirectoryNode, path: string, follow: boolean): Inode {
    return this.tree.resolve(at, path, follow).node ?? refuse('ENOENT');
  }

  /** @throws Errno */
  status(at: DirectoryNode, path: string, follow: boolean): FileStatus {
    return statusOf(this.node(at, path, follow));
  }

  /** @throws Errno */
  makeDirectory(at: DirectoryNode, path: string, mode: number): void {
    const place = this.#newName(at, path, true);
    this.tree.createDirectory(place.directory, place.name, mode & 0o1777 & ~this.umask);
  }

  /** An empty file. @throws Errno */
  makeFile(at: DirectoryNode, path: string, mode: number): void {
    const place = this.#newName(at, path, false);
    this.tree.createFile(place.directory, place.name, mode & 0o7777 & ~this.umask);
  }

  /** @throws Errno */
  makeLink(target: string, at: DirectoryNode, path: string): void {
    if (target === '') refuse('ENOENT');
    const place = this.#newName(at, path, false);
    this.tree.createLink(place.directory, place.name, target);
  }

  /** @throws Errno EINVAL when it is not a symbolic link */
  readLink(at: DirectoryNode, path: string): string {
    const node = this.node(at, path, false);
    if (node.kind !== 'link') refuse('EINVAL');
    return node.target;
  }

  /** @throws Errno */
  unlink(at: DirectoryNode, path: string): void {
    const node = this.node(at, path, false);
    if (node.kind === 'directory') refuse('EISDIR');
    this.tree.unlink(node);
  }

  /** @throws Errno */
  removeDirectory(at: DirectoryNode, path: string): void {
    const { node, name } = this.tree.resolve(at, path, false);
    if (node === null) refuse('ENOENT');
    if (node.kind !== 'directory') refuse('ENOTDIR');
    if (name === '.') refuse('EINVAL');
    if (name === '..' || node.entries.size > 0) refuse('ENOTEMPTY');
    this.tree.unlink(node);
  }

  /** @throws Errno */
  rename(fromAt: DirectoryNode, fromPath: string, toAt: DirectoryNode, toPath: string): void {
    const from = this.tree.resolve(fromAt, fromPath, false);
    const to = this.tree.resolve(toAt, toPath, false);
    const { node } = from;
    if (node === null) refuse('ENOENT');
    if (isSpecialName(from.name) || isSpecialName(to.name)) refuse('EBUSY');
    if (node.kind !== 'directory' && to.mustBeDirectory) refuse('ENOTDIR');
    if (to.node === node) return;
    if (to.node !== null) {
      if (node.kind === 'directory' && to.node.kind !== 'directory') refuse('ENOTDIR');
      if (node.kind !== 'directory' && to.node.kind === 'directory') refuse('EISDIR');
      if (to.node.kind === 'directory' && to.node.entries.size > 0) refuse('ENOTEMPTY');
    }
    this.tree.rename(node, to.directory, to.name, to.node);
  }

  /** @throws Errno EROFS, EPERM */
  setMode(node: Inode, mode: number): void {
    this.#assertOwn(node);
    if (node.kind === 'link') refuse('EOPNOTSUPP');
    node.mode = mode & 0o7777;
    node.ctime = this.tree.now();
  }

  /** `null` leaves a time as it is, `'now'` is the clock's. @throws Errno */
  setTimes(node: Inode, atime: bigint | 'now' | null, mtime: bigint | 'now' | null): void {
    this.#assertOwn(node);
    const now = this.tree.now();
    if (atime !== null) node.atime = atime === 'now' ? now : atime;
    if (mtime !== null) node.mtime = mtime === 'now' ? now : mtime;
    node.ctime = now;
  }

  #assertOwn(node: Inode): void {
    this.tree.assertWritable(node);
    if (node.mounted) refuse('EPERM');
  }

  /** @throws Errno */
  changeDirectory(to: Inode): void {
    if (to.kind !== 'directory') refuse('ENOTDIR');
    this.tree.retain(to);
    this.tree.release(this.#cwd);
    this.#cwd = to;
  }

  /** @throws Errno ENOENT when the working directory was removed */
  workingDirectory(): string {
    return this.tree.pathOf(this.#cwd);
  }

  /** @throws Errno */
  truncate(at: DirectoryNode, path: string, size: number): void {
    const node = this.node(at, path, true);
    if (node.kind !== 'file') refuse(node.kind === 'directory' ? 'EISDIR' : 'EINVAL');
    this.tree.assertWritable(node);
    this.#resize(node, size);
  }

  #resize(node: FileNode, size: number): void {
    resizeContent(this.tree.quota, node, size);
    this.tree.touch(node);
  }

  #newName(at: DirectoryNode, path: string, directory: boolean): Resolved {
    const place = this.tree.resolve(at, path, false);
    if (place.node !== null) refuse('EEXIST');
    if (place.mustBeDirectory && !directory) refuse('ENOENT');
    return place;
  }
}

/** Names that stand for a place, not for an entry: `.`, `..`, and the root's. */
function isSpecialName(name: string): boolean {
  return name === '' || name === '.' || name === '..';
}
