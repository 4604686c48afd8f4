/**
 * A file system's mutable part as a JSON value. A memory image of Python holds descriptors and inode numbers; where it is
 * restored, in another process, it must meet the same file system. What the host mounted is not in the state, but checked.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { FileSystem } from './files.ts';
import type { DirectoryNode, Inode, InodeFields } from './inodes.ts';
import { utf8Length } from './paths.ts';
import { MOUNT_TIME } from './tree.ts';

interface SavedNode {
  ino: number;
  parent: number;
  name: string;
  mode: number;
  /** `atime`, `mtime` and `ctime`: nanoseconds since 1970, in decimal. */
  times: [string, string, string];
  content: { kind: 'file'; base64: string } | { kind: 'directory' } | { kind: 'link'; target: string };
}

export interface FileState {
  /** Digest over number, path, kind and size of everything mounted. */
  mounted: string;
  next_ino: number;
  umask: number;
  cwd: number;
  /** Parents before children, each directory in its own order. */
  nodes: SavedNode[];
  /** Mounted directories whose times changed. */
  touched: { ino: number; times: [string, string, string] }[];
  open_files: { ino: number; flags: number; offset: number; descriptors: { fd: number; close_on_exec: boolean }[] }[];
}

/** @throws Error in guest mode, or while an unlinked file is open or the working directory is removed */
export function saveFiles(files: FileSystem): FileState {
  const { tree, opened, cwd } = files;
  if (tree.sealed) throw new Error('files: cannot save in guest mode');
  const nodes = tree.all();
  const known = new Set<Inode>(nodes);
  const openFiles = new Map<unknown, FileState['open_files'][number]>();
  for (const { fd, open, closeOnExec, pinned } of opened.table.entries()) {
    if (pinned) continue;
    if (!known.has(open.node)) throw new Error(`files: cannot save while ${fd} is an unlinked file`);
    const { flags, offset } = open;
    const saved = openFiles.get(open) ?? { ino: open.node.ino, flags, offset, descriptors: [] };
    saved.descriptors.push({ fd, close_on_exec: closeOnExec });
    openFiles.set(open, saved);
  }
  if (!known.has(cwd)) throw new Error('files: cannot save in a removed working directory');
  return {
    mounted: mountedDigest(files),
    next_ino: tree.nextIno,
    umask: files.umask,
    cwd: cwd.ino,
    nodes: nodes.filter((node) => !node.mounted).map(saveNode),
    touched: nodes
      .filter((node) => node.mounted && node.ctime !== MOUNT_TIME)
      .map((node) => ({ ino: node.ino, times: timesOf(node) })),
    open_files: [...openFiles.values()],
  };
}

/**
 * Makes a file system with the same mounts like the one that was saved. Its descriptors are replaced, but for the channel.
 * @throws Error when the mounts are not the same
 */
export function restoreFiles(files: FileSystem, state: FileState): void {
  const { tree, opened } = files;
  if (tree.sealed) throw new Error('files: cannot restore in guest mode');
  const found = mountedDigest(files);
  if (found !== state.mounted) throw new Error(`files: expected mounts with digest ${state.mounted}, got ${found}`);
  const known = new Map<number, Inode>();
  for (const node of tree.all()) {
    if (!node.mounted) throw new Error('files: expected nothing but mounts before a restore');
    known.set(node.ino, node);
  }
  const find = (ino: number): Inode => {
    const node = known.get(ino);
    if (node === undefined) throw new Error(`files: the state names inode ${ino}, which does not exist`);
    return node;
  };
  const directory = (ino: number): DirectoryNode => {
    const node = find(ino);
    if (node.kind !== 'directory') throw new Error(`files: expected inode ${ino} to be a directory`);
    return node;
  };
  for (const saved of state.nodes) {
    const parent = directory(saved.parent);
    const node = restoreNode(saved, parent);
    known.set(node.ino, node);
    tree.adopt(parent, node);
  }
  for (const { ino, times } of state.touched) Object.assign(find(ino), restoreTimes(times));
  tree.continueFrom(state.next_ino);
  files.umask = state.umask;
  files.changeDirectory(directory(state.cwd));
  // A copy, since closing changes the table.
  const entries = [...opened.table.entries()];
  for (const { fd, pinned } of entries) if (!pinned) opened.close(fd);
  for (const { ino, flags, offset, descriptors } of state.open_files) {
    opened.restore(find(ino), flags, offset, descriptors);
  }
}

function saveNode(node: Inode): SavedNode {
  if (node.parent === null || node.kind === 'device') throw new Error(`files: inode ${node.ino} cannot be saved`);
  const { ino, name, mode } = node;
  const content: SavedNode['content'] =
    node.kind === 'file'
      ? { kind: 'file', base64: toBase64(node.data.subarray(0, node.size)) }
      : node.kind === 'link'
        ? { kind: 'link', target: node.target }
        : { kind: 'directory' };
  return { ino, parent: node.parent.ino, name, mode, times: timesOf(node), content };
}

function restoreNode(saved: SavedNode, parent: DirectoryNode): Inode {
  const { ino, name, mode, content } = saved;
  const state = { parent, name, references: 0, mounted: false, free: 0, charged: true };
  const fields: InodeFields = { ino, mode, ...state, ...restoreTimes(saved.times) };
  if (content.kind === 'directory') return { kind: 'directory', entries: new Map(), ...fields };
  if (content.kind === 'link') {
    return { kind: 'link', target: content.target, size: utf8Length(content.target), ...fields };
  }
  const data = fromBase64(content.base64);
  return { kind: 'file', data, size: data.length, ...fields };
}

function timesOf(node: Inode): [string, string, string] {
  return [`${node.atime}`, `${node.mtime}`, `${node.ctime}`];
}

function restoreTimes([atime, mtime, ctime]: [string, string, string]) {
  return { atime: BigInt(atime), mtime: BigInt(mtime), ctime: BigInt(ctime) };
}

function mountedDigest(files: FileSystem): string {
  const lines: string[] = [];
  describeMounts(files.tree.root, '', lines);
  return bytesToHex(sha256(utf8ToBytes(lines.join('\n'))));
}

function describeMounts(node: Inode, path: string, lines: string[]): void {
  if (!node.mounted) return;
  lines.push(JSON.stringify([node.ino, path, node.kind, node.kind === 'file' ? node.size : 0]));
  if (node.kind !== 'directory') return;
  for (const [name, entry] of node.entries) describeMounts(entry, `${path}/${name}`, lines);
}

/** Few enough arguments for one call of `fromCharCode`. */
const CHUNK_BYTES = 8192;

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    text += String.fromCharCode(...bytes.subarray(at, at + CHUNK_BYTES));
  }
  return btoa(text);
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
