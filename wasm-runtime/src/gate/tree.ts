/** The tree of inodes: what the host mounted and what the guest made, with the quota and the read-only rule in one place. */
import { refuse } from './errno.ts';
import { chargedBytes, sizeOf } from './inodes.ts';
import type {
  Device,
  DeviceNode,
  DirectoryNode,
  FileNode,
  Inode,
  InodeFields,
  LinkNode,
  MissingBytes,
} from './inodes.ts';
import {
  depthOf,
  isLonger,
  MAX_DEPTH,
  MAX_NAME_BYTES,
  MAX_PATH_BYTES,
  pathOf,
  resolvePath,
  utf8Length,
} from './paths.ts';
import type { Resolved } from './paths.ts';
import { Quota } from './quota.ts';
import type { FileLimits } from './quota.ts';

/** 2026-01-01T00:00:00Z: the time of everything that the host mounts. */
export const MOUNT_TIME = 1_767_225_600_000_000_000n;
/** Fuel for looking at one entry. */
const ENTRY_FUEL = 32;
const DIRECTORY_MODE = 0o755;
const FILE_MODE = 0o644;

/** The host asked for a mount that cannot be: two inputs that contradict each other, or a path that is none. */
export class MountError extends Error {
  constructor(path: string, problem: string) {
    super(`cannot mount ${JSON.stringify(path)}: ${problem}`);
    this.name = 'MountError';
  }
}

export class Tree {
  readonly quota = new Quota();
  readonly root: DirectoryNode;
  readonly #now: () => bigint;
  readonly #charge: (units: number) => void;
  #nextIno = 1;
  /** In guest mode, the directories under which the guest may change things. */
  #writable: ReadonlySet<Inode> | null = null;

  constructor(now: () => bigint, charge: (units: number) => void) {
    this.#now = now;
    this.#charge = charge;
    this.root = { kind: 'directory', entries: new Map(), ...this.#fields(null, '', DIRECTORY_MODE, MOUNT_TIME, true) };
  }

  get nextIno(): number {
    return this.#nextIno;
  }

  get sealed(): boolean {
    return this.#writable !== null;
  }

  /** For a tree that is restored: the next node gets the number that it had. */
  continueFrom(ino: number): void {
    this.#nextIno = ino;
  }

  /** What exists now is free of charge; from now on only what is below `writable` changes. */
  seal(limits: FileLimits, writable: readonly DirectoryNode[], open: Iterable<Inode>): void {
    if (this.#writable !== null) throw new Error('files: sealed twice');
    const makeFree = (node: Inode) => {
      node.free = sizeOf(node);
      node.charged = false;
    };
    for (const node of this.all()) makeFree(node);
    for (const node of open) makeFree(node);
    this.#writable = new Set(writable);
    this.quota.begin(limits);
  }

  /** `from` and everything below it, parents before children, each directory in its own order. */
  all(from: Inode = this.root): Inode[] {
    const found: Inode[] = [];
    const visit = (node: Inode): void => {
      found.push(node);
      if (node.kind === 'directory') for (const entry of node.entries.values()) visit(entry);
    };
    visit(from);
    return found;
  }

  resolve(start: DirectoryNode, path: string, follow: boolean): Resolved {
    return resolvePath(this.root, start, path, follow, this.#charge);
  }

  // What the host mounts. Nothing of it is charged, and the guest cannot change it.

  /** Missing parents are made. @throws MountError */
  mountDirectory(path: string, mode = DIRECTORY_MODE): DirectoryNode {
    let directory = this.root;
    const names = mountNames(path);
    for (const [index, name] of names.entries()) {
      const existing = directory.entries.get(name);
      if (existing === undefined) {
        const last = index === names.length - 1;
        const fields = this.#fields(directory, name, last ? mode : DIRECTORY_MODE, MOUNT_TIME, true);
        const made: DirectoryNode = { kind: 'directory', entries: new Map(), ...fields };
        directory.entries.set(name, made);
        directory = made;
      } else if (existing.kind === 'directory') {
        directory = existing;
      } else {
        throw new MountError(path, 'a part of the path is a file');
      }
    }
    return directory;
  }

  /** `bytes` is not copied, and must not change. @throws MountError */
  mountFile(path: string, bytes: Uint8Array, missing?: MissingBytes): FileNode {
    const [directory, name] = this.#mountPoint(path);
    const fields = this.#fields(directory, name, FILE_MODE, MOUNT_TIME, true);
    const node: FileNode = {
      kind: 'file',
      data: bytes,
      size: Math.max(bytes.length, missing?.end ?? 0),
      ...(missing ? { missing } : {}),
      ...fields,
    };
    directory.entries.set(name, node);
    return node;
  }

  /** @throws MountError */
  mountDevice(path: string, device: Device): DeviceNode {
    const [directory, name] = this.#mountPoint(path);
    const node = this.deviceWithoutPath(device, directory, name);
    directory.entries.set(name, node);
    return node;
  }

  deviceWithoutPath(device: Device, parent: DirectoryNode | null = null, name = ''): DeviceNode {
    return { kind: 'device', device, ...this.#fields(parent, name, 0o666, MOUNT_TIME, true) };
  }

  #mountPoint(path: string): [DirectoryNode, string] {
    const names = mountNames(path);
    const name = names.pop();
    if (name === undefined) throw new MountError(path, 'it is the root');
    const directory = this.mountDirectory('/' + names.join('/'));
    if (directory.entries.has(name)) throw new MountError(path, 'it exists');
    return [directory, name];
  }

  // What the guest makes, moves and removes. The caller checked that `name` is a valid name, and what it stands for now.

  /** @throws Errno ENOSPC, EROFS, ENAMETOOLONG (too deep), ENOENT (the directory was removed) */
  createFile(directory: DirectoryNode, name: string, mode: number): FileNode {
    return this.#add(directory, name, mode, 0, (fields) => ({
      kind: 'file',
      data: new Uint8Array(0),
      size: 0,
      ...fields,
    }));
  }

  /** @throws Errno as `createFile` */
  createDirectory(directory: DirectoryNode, name: string, mode: number): DirectoryNode {
    return this.#add(directory, name, mode, 0, (fields) => ({ kind: 'directory', entries: new Map(), ...fields }));
  }

  /** @throws Errno as `createFile` */
  createLink(directory: DirectoryNode, name: string, target: string): LinkNode {
    const size = utf8Length(target);
    return this.#add(directory, name, 0o777, size, (fields) => ({ kind: 'link', target, size, ...fields }));
  }

  #add<Node extends Inode>(
    directory: DirectoryNode,
    name: string,
    mode: number,
    bytes: number,
    make: (fields: InodeFields) => Node,
  ): Node {
    this.#checkPlace(directory, null);
    this.quota.addBytes(bytes);
    try {
      this.quota.addNodes(1);
    } catch (error) {
      this.quota.addBytes(-bytes);
      throw error;
    }
    const node = make(this.#fields(directory, name, mode, this.#now(), false));
    directory.entries.set(name, node);
    this.touch(directory);
    return node;
  }

  /** Puts back a node of a saved state, which has its number and times already. */
  adopt(directory: DirectoryNode, node: Inode): void {
    directory.entries.set(node.name, node);
    this.quota.addBytes(chargedBytes(node));
    this.quota.addNodes(1);
  }

  /** @throws Errno EROFS, EBUSY (the host mounted it) */
  unlink(node: Inode): void {
    const directory = this.#parentToChange(node);
    directory.entries.delete(node.name);
    node.parent = null;
    this.touch(directory);
    node.ctime = this.#now();
    if (node.references === 0) this.#dispose(node);
  }

  /** Moves a node over `replaced`, if anything. @throws Errno as `createFile` and `unlink`; EINVAL (into itself) */
  rename(node: Inode, directory: DirectoryNode, name: string, replaced: Inode | null): void {
    const from = this.#parentToChange(node);
    this.#checkPlace(directory, node);
    if (replaced !== null) this.unlink(replaced);
    from.entries.delete(node.name);
    node.parent = directory;
    node.name = name;
    directory.entries.set(name, node);
    this.touch(from);
    this.touch(directory);
    node.ctime = this.#now();
  }

  #dispose(node: Inode): void {
    this.quota.addBytes(-chargedBytes(node));
    if (node.charged) this.quota.addNodes(-1);
    if (node.kind === 'file') node.data = new Uint8Array(0);
  }

  retain(node: Inode): void {
    node.references += 1;
  }

  release(node: Inode): void {
    node.references -= 1;
    if (node.references === 0 && node.parent === null && node !== this.root) this.#dispose(node);
  }

  /** Content changed. */
  touch(node: Inode): void {
    node.mtime = this.#now();
    node.ctime = node.mtime;
  }

  now(): bigint {
    return this.#now();
  }

  /** @throws Errno EROFS */
  assertWritable(node: Inode): void {
    if (node.mounted && node.kind !== 'directory') refuse('EROFS');
    if (this.#writable === null) return;
    let at: Inode | null = node;
    while (at !== null) {
      if (this.#writable.has(at)) return;
      // A node that was unlinked was in a writable place.
      if (at.parent === null && at !== this.root) return;
      at = at.parent;
    }
    refuse('EROFS');
  }

  pathOf(node: Inode): string {
    return pathOf(this.root, node);
  }

  #parentToChange(node: Inode): DirectoryNode {
    if (node.parent === null) refuse('EBUSY');
    this.assertWritable(node.parent);
    if (node.mounted) refuse('EBUSY');
    return node.parent;
  }

  #checkPlace(directory: DirectoryNode, moved: Inode | null): void {
    if (directory.parent === null && directory !== this.root) refuse('ENOENT');
    this.assertWritable(directory);
    const depth = depthOf(directory) + 1;
    const height = moved === null || moved.kind !== 'directory' ? 0 : this.#height(moved, depth > depthOf(moved));
    if (depth + height > MAX_DEPTH) refuse('ENAMETOOLONG');
    for (let at: Inode | null = directory; at !== null; at = at.parent) if (at === moved) refuse('EINVAL');
  }

  /** Levels below a directory. Looking costs fuel, and is needed only where a directory moves down. */
  #height(directory: DirectoryNode, needed: boolean): number {
    if (!needed) return 0;
    this.#charge(directory.entries.size * ENTRY_FUEL);
    let height = 0;
    for (const entry of directory.entries.values()) {
      height = Math.max(height, 1 + (entry.kind === 'directory' ? this.#height(entry, true) : 0));
    }
    return height;
  }

  #fields(parent: DirectoryNode | null, name: string, mode: number, time: bigint, mounted: boolean): InodeFields {
    return {
      ino: this.#nextIno++,
      mode,
      atime: time,
      mtime: time,
      ctime: time,
      parent,
      name,
      references: 0,
      mounted,
      free: 0,
      charged: !mounted,
    };
  }
}

/** @throws MountError */
function mountNames(path: string): string[] {
  if (!path.startsWith('/')) throw new MountError(path, 'expected an absolute path');
  if (isLonger(path, MAX_PATH_BYTES)) throw new MountError(path, `it is longer than ${MAX_PATH_BYTES} bytes`);
  if (path === '/') return [];
  const names = path.slice(1).split('/');
  if (names.length > MAX_DEPTH) throw new MountError(path, `it is deeper than ${MAX_DEPTH}`);
  for (const name of names) {
    if (name === '' || name === '.' || name === '..') throw new MountError(path, 'it is not in its plain form');
    if (name.includes('\0')) throw new MountError(path, 'it holds a NUL');
    if (isLonger(name, MAX_NAME_BYTES)) throw new MountError(path, `a name is longer than ${MAX_NAME_BYTES} bytes`);
  }
  return names;
}
