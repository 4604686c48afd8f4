/** From a guest's path to an inode, by the rules of POSIX path resolution. */
import { refuse } from './errno.ts';
import type { DirectoryNode, Inode } from './inodes.ts';

/** Bytes of UTF-8; the longest name and the longest path, terminator not counted. */
export const MAX_NAME_BYTES = 255;
export const MAX_PATH_BYTES = 1024;
/** Directories between the root and a node. */
export const MAX_DEPTH = 64;
/** Symbolic links followed for one path. */
const MAX_FOLLOWED = 8;
/** Fuel for a resolution, and for each of its steps: about their cost in nanoseconds. */
const RESOLUTION_FUEL = 1000;
const STEP_FUEL = 64;

export interface Resolved {
  /** Where the last component is, or would be. */
  directory: DirectoryNode;
  /** The last component; empty for the root, and possibly `.` or `..`. */
  name: string;
  node: Inode | null;
  /** The path ended in a slash. */
  mustBeDirectory: boolean;
}

/**
 * @param follow whether a symbolic link as the last component is followed (with a slash behind it, it always is)
 * @throws Errno ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG
 */
export function resolvePath(
  root: DirectoryNode,
  start: DirectoryNode,
  path: string,
  follow: boolean,
  charge: (units: number) => void,
): Resolved {
  if (path === '') refuse('ENOENT');
  let directory = path.startsWith('/') ? root : start;
  let mustBeDirectory = path.endsWith('/');
  const pending = components(path, charge).reverse();
  let followed = 0;
  for (;;) {
    const name = pending.pop();
    if (name === undefined) return { directory: root, name: '', node: root, mustBeDirectory };
    const last = pending.length === 0;
    const node = step(directory, name);
    if (node?.kind === 'link' && (!last || follow || mustBeDirectory)) {
      followed += 1;
      if (followed > MAX_FOLLOWED) refuse('ELOOP');
      if (node.target.startsWith('/')) directory = root;
      if (last && node.target.endsWith('/')) mustBeDirectory = true;
      pending.push(...components(node.target, charge).reverse());
    } else if (last) {
      if (mustBeDirectory && node !== null && node.kind !== 'directory') refuse('ENOTDIR');
      return { directory, name, node, mustBeDirectory };
    } else {
      if (node === null) refuse('ENOENT');
      if (node.kind !== 'directory') refuse('ENOTDIR');
      directory = node;
    }
  }
}

function components(path: string, charge: (units: number) => void): string[] {
  const parts = path.split('/');
  charge(RESOLUTION_FUEL + parts.length * STEP_FUEL);
  return parts.filter((part) => part !== '');
}

function step(directory: DirectoryNode, name: string): Inode | null {
  if (name === '.') return directory;
  if (name === '..') return directory.parent ?? directory;
  if (isLonger(name, MAX_NAME_BYTES)) refuse('ENAMETOOLONG');
  return directory.entries.get(name) ?? null;
}

const encoder = new TextEncoder();

/** Whether `text` takes more than so many bytes of UTF-8. */
export function isLonger(text: string, bytes: number): boolean {
  // One UTF-16 unit is at most three of them: most names need no look.
  return text.length * 3 > bytes && utf8Length(text) > bytes;
}

export function utf8Length(text: string): number {
  return encoder.encode(text).length;
}

/** Number of directories above `node`. */
export function depthOf(node: Inode): number {
  let depth = 0;
  for (let above = node.parent; above !== null; above = above.parent) depth += 1;
  return depth;
}

/** @throws Errno ENOENT when the directory was removed */
export function pathOf(root: DirectoryNode, node: Inode): string {
  const names: string[] = [];
  let at: Inode = node;
  while (at !== root) {
    names.push(at.name);
    if (at.parent === null) refuse('ENOENT');
    at = at.parent;
  }
  return '/' + names.reverse().join('/');
}
