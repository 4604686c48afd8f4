/** System calls that take a path. Pointers, flags and lengths come from the guest. */
import { OPEN } from './descriptors.ts';
import { refuse } from './errno.ts';
import type { DirectoryNode, Inode } from './inodes.ts';
import { statusOf } from './inodes.ts';
import type { GuestMemory } from './memory.ts';
import { GUEST_ID, readFileTime, STAT_BYTES, STATFS_BYTES, TIMESPEC_BYTES, writeStat, writeStatfs } from './structs.ts';
import type { World } from './world.ts';

const AT = { CWD: -100, SYMLINK_NOFOLLOW: 0x100, REMOVEDIR: 0x200, EMPTY_PATH: 0x1000 } as const;
const ACCESS = { EXECUTE: 1, WRITE: 2, READ: 4 } as const;
const TYPE_MASK = 0o170000;
const REGULAR = 0o100000;

const encoder = new TextEncoder();

export function pathCalls(world: World, memory: GuestMemory) {
  const { files } = world;

  /** Where a path starts. */
  const base = (dirfd: number, path: string): DirectoryNode => {
    if (path === '') refuse('ENOENT');
    return path.startsWith('/') ? files.tree.root : files.base(dirfd === AT.CWD ? 'cwd' : dirfd);
  };

  /** What a path names; an empty one, where the flags allow it, names the descriptor itself. */
  const find = (dirfd: number, path: string, flags: number, emptyAllowed = (flags & AT.EMPTY_PATH) !== 0): Inode => {
    if (path === '' && emptyAllowed) return dirfd === AT.CWD ? files.cwd : files.opened.table.get(dirfd).node;
    return files.node(base(dirfd, path), path, (flags & AT.SYMLINK_NOFOLLOW) === 0);
  };

  const stat = (dirfd: number, path: string, buffer: number, flags: number): void => {
    writeStat(memory.view(buffer, STAT_BYTES), statusOf(find(dirfd, path, flags)));
  };

  const setOwner = (node: Inode, owner: number, group: number): void => {
    for (const id of [owner, group]) if (id !== -1 && id !== GUEST_ID) refuse('EPERM');
    if (node.kind !== 'device') files.tree.assertWritable(node);
  };

  const statfs = (buffer: number): void => {
    const { quota } = files.tree;
    const { max_bytes: bytes, max_nodes: nodes } = quota.limits;
    const view = memory.view(buffer, STATFS_BYTES);
    writeStatfs(view, { bytes, freeBytes: bytes - quota.bytes, nodes, freeNodes: nodes - quota.nodes });
  };

  return {
    __syscall_openat(dirfd: number, pathPointer: number, flags: number, varargs: number) {
      const path = memory.path(pathPointer);
      const mode = (flags & OPEN.CREATE) !== 0 && varargs !== 0 ? memory.view(varargs, 4).getUint32(0, true) : 0;
      return files.open(base(dirfd, path), path, flags, mode);
    },
    __syscall_stat64(path: number, buffer: number) {
      stat(AT.CWD, memory.path(path), buffer, 0);
    },
    __syscall_lstat64(path: number, buffer: number) {
      stat(AT.CWD, memory.path(path), buffer, AT.SYMLINK_NOFOLLOW);
    },
    __syscall_newfstatat(dirfd: number, path: number, buffer: number, flags: number) {
      stat(dirfd, memory.path(path), buffer, flags);
    },
    __syscall_fstat64(fd: number, buffer: number) {
      stat(fd, '', buffer, AT.EMPTY_PATH);
    },
    __syscall_faccessat(dirfd: number, pathPointer: number, amode: number, flags: number) {
      if ((amode & ~(ACCESS.EXECUTE | ACCESS.WRITE | ACCESS.READ)) !== 0) refuse('EINVAL');
      const node = find(dirfd, memory.path(pathPointer), flags);
      if ((amode & ACCESS.WRITE) !== 0 && node.kind !== 'device') files.tree.assertWritable(node);
      if ((amode & ACCESS.EXECUTE) !== 0 && (node.mode & 0o111) === 0) refuse('EACCES');
    },
    __syscall_chdir(path: number) {
      files.changeDirectory(find(AT.CWD, memory.path(path), 0));
    },
    __syscall_fchdir(fd: number) {
      files.changeDirectory(files.base(fd));
    },
    __syscall_getcwd(buffer: number, size: number) {
      const path = encoder.encode(files.workingDirectory() + '\0');
      if (size === 0) refuse('EINVAL');
      if (size >>> 0 < path.length) refuse('ERANGE');
      memory.bytes(buffer, path.length).set(path);
      return path.length;
    },
    __syscall_chmod(path: number, mode: number) {
      files.setMode(find(AT.CWD, memory.path(path), 0), mode);
    },
    __syscall_fchmod(fd: number, mode: number) {
      files.setMode(files.opened.table.get(fd).node, mode);
    },
    __syscall_fchmodat2(dirfd: number, path: number, mode: number, flags: number) {
      files.setMode(find(dirfd, memory.path(path), flags), mode);
    },
    __syscall_fchown32(fd: number, owner: number, group: number) {
      setOwner(files.opened.table.get(fd).node, owner, group);
    },
    __syscall_fchownat(dirfd: number, path: number, owner: number, group: number, flags: number) {
      setOwner(find(dirfd, memory.path(path), flags), owner, group);
    },
    __syscall_truncate64(pathPointer: number, length: bigint) {
      const path = memory.path(pathPointer);
      files.truncate(base(AT.CWD, path), path, toLength(length));
    },
    __syscall_mkdirat(dirfd: number, pathPointer: number, mode: number) {
      const path = memory.path(pathPointer);
      files.makeDirectory(base(dirfd, path), path, mode);
    },
    __syscall_mknodat(dirfd: number, pathPointer: number, mode: number) {
      const path = memory.path(pathPointer);
      const type = mode & TYPE_MASK;
      if (type !== REGULAR && type !== 0) refuse('EPERM');
      files.makeFile(base(dirfd, path), path, mode);
    },
    __syscall_symlinkat(target: number, dirfd: number, pathPointer: number) {
      const path = memory.path(pathPointer);
      files.makeLink(memory.path(target), base(dirfd, path), path);
    },
    __syscall_symlink(target: number, pathPointer: number) {
      const path = memory.path(pathPointer);
      files.makeLink(memory.path(target), base(AT.CWD, path), path);
    },
    __syscall_readlinkat(dirfd: number, pathPointer: number, buffer: number, size: number) {
      if (size === 0) refuse('EINVAL');
      const path = memory.path(pathPointer);
      const target = encoder.encode(files.readLink(base(dirfd, path), path));
      const shown = target.subarray(0, size >>> 0);
      memory.bytes(buffer, shown.length).set(shown);
      return shown.length;
    },
    __syscall_unlinkat(dirfd: number, pathPointer: number, flags: number) {
      const path = memory.path(pathPointer);
      if (flags === 0) files.unlink(base(dirfd, path), path);
      else if (flags === AT.REMOVEDIR) files.removeDirectory(base(dirfd, path), path);
      else refuse('EINVAL');
    },
    __syscall_rmdir(pathPointer: number) {
      const path = memory.path(pathPointer);
      files.removeDirectory(base(AT.CWD, path), path);
    },
    __syscall_renameat(fromDirfd: number, fromPointer: number, toDirfd: number, toPointer: number) {
      const from = memory.path(fromPointer);
      const to = memory.path(toPointer);
      files.rename(base(fromDirfd, from), from, base(toDirfd, to), to);
    },
    __syscall_utimensat(dirfd: number, path: number, times: number, flags: number) {
      // musl's futimens passes a null path.
      const node = find(dirfd, path === 0 ? '' : memory.path(path), flags, true);
      if (times === 0) {
        files.setTimes(node, 'now', 'now');
        return;
      }
      const view = memory.view(times, 2 * TIMESPEC_BYTES);
      const atime = readFileTime(view, 0);
      const mtime = readFileTime(view, TIMESPEC_BYTES);
      if (atime === undefined || mtime === undefined) refuse('EINVAL');
      files.setTimes(node, atime, mtime);
    },
    __syscall_statfs64(path: number, _size: number, buffer: number) {
      find(AT.CWD, memory.path(path), 0);
      statfs(buffer);
    },
    __syscall_fstatfs64(fd: number, _size: number, buffer: number) {
      files.opened.table.get(fd);
      statfs(buffer);
    },
  };
}

/** A length or offset that counts. @throws Errno EINVAL when negative, EOVERFLOW when no number can hold it */
export function toLength(value: bigint): number {
  if (value < 0n) refuse('EINVAL');
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) refuse('EOVERFLOW');
  return Number(value);
}
