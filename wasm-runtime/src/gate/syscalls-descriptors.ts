/** System calls that take a file descriptor. Pointers, flags and lengths come from the guest. */
import { MAX_DESCRIPTORS, OPEN } from './descriptors.ts';
import { refuse } from './errno.ts';
import type { GuestMemory } from './memory.ts';
import { DIRENT_TYPE, FDSTAT_BYTES, writeDirent, writeFdstat } from './structs.ts';
import { toLength } from './syscalls-paths.ts';
import type { World } from './world.ts';

/** Commands of `fcntl`; locks have two numbers each, for the 32- and 64-bit structures. */
const FCNTL = { DUPFD: 0, GETFD: 1, SETFD: 2, GETFL: 3, SETFL: 4, DUPFD_CLOEXEC: 1030 } as const;
const GET_LOCK: ReadonlySet<number> = new Set([5, 12]);
const SET_LOCK: ReadonlySet<number> = new Set([6, 7, 13, 14]);
const UNLOCKED = 2;
const FD_CLOEXEC = 1;

const IOCTL = { NON_BLOCKING: 0x5421, NO_CLOSE_ON_EXEC: 0x5450, CLOSE_ON_EXEC: 0x5451 } as const;

/** `struct timeval`: seconds as an i64, microseconds. */
const TIMEVAL_BYTES = 16;
const POLLFD_BYTES = 8;
const POLL_INVALID = 0x20;
/** POLLIN, POLLOUT, POLLRDNORM and POLLWRNORM: whatever is open can be read and written at once. */
const POLL_READY = 0x1 | 0x4 | 0x40 | 0x100;

/** Fuel for looking at one `iovec`. */
const VECTOR_FUEL = 64;
/** Fuel for one byte of a directory listing: an entry is made, encoded and written. */
const LISTING_FUEL = 32;

const encoder = new TextEncoder();

export function descriptorCalls(world: World, memory: GuestMemory) {
  const { opened } = world.files;

  /** One of the four that move bytes. The place for the count is checked before anything happens. */
  const transfer = (
    vectors: number,
    count: number,
    countPointer: number,
    move: (parts: Uint8Array[]) => number,
  ): void => {
    const moved = memory.view(countPointer, 4);
    const parts = memory.vectors(vectors, count);
    world.charge(parts.length * VECTOR_FUEL);
    moved.setUint32(0, move(parts), true);
  };

  const wasi = {
    fd_read(fd: number, vectors: number, count: number, countPointer: number) {
      transfer(vectors, count, countPointer, (parts) => opened.read(fd, parts));
    },
    fd_write(fd: number, vectors: number, count: number, countPointer: number) {
      transfer(vectors, count, countPointer, (parts) => opened.write(fd, parts));
    },
    fd_pread(fd: number, vectors: number, count: number, offset: bigint, countPointer: number) {
      transfer(vectors, count, countPointer, (parts) => opened.read(fd, parts, toLength(offset)));
    },
    fd_pwrite(fd: number, vectors: number, count: number, offset: bigint, countPointer: number) {
      transfer(vectors, count, countPointer, (parts) => opened.write(fd, parts, toLength(offset)));
    },
    fd_seek(fd: number, offset: bigint, whence: number, resultPointer: number) {
      const result = memory.view(resultPointer, 8);
      result.setBigInt64(0, BigInt(opened.seek(fd, toOffset(offset), whence)), true);
    },
    fd_close(fd: number) {
      opened.close(fd);
    },
    fd_sync(fd: number) {
      opened.table.get(fd);
    },
    fd_fdstat_get(fd: number, buffer: number) {
      writeFdstat(memory.view(buffer, FDSTAT_BYTES), opened.table.get(fd).node.kind);
    },
  };

  const linux = {
    __syscall_dup(fd: number) {
      return opened.duplicate(fd);
    },
    __syscall_dup3(fd: number, target: number, flags: number) {
      if ((flags & ~OPEN.CLOSE_ON_EXEC) !== 0) refuse('EINVAL');
      return opened.duplicateTo(fd, target, flags !== 0);
    },
    __syscall_fcntl64(fd: number, command: number, varargs: number) {
      const open = opened.table.get(fd);
      const argument = () => memory.view(varargs, 4).getInt32(0, true);
      if (GET_LOCK.has(command)) {
        memory.view(argument(), 2).setInt16(0, UNLOCKED, true);
        return 0;
      }
      if (SET_LOCK.has(command)) return 0;
      switch (command) {
        case FCNTL.DUPFD:
          return opened.duplicate(fd, argument());
        case FCNTL.DUPFD_CLOEXEC:
          return opened.duplicate(fd, argument(), true);
        case FCNTL.GETFD:
          return opened.table.closeOnExec(fd) ? FD_CLOEXEC : 0;
        case FCNTL.SETFD:
          opened.table.setCloseOnExec(fd, (argument() & FD_CLOEXEC) !== 0);
          return 0;
        case FCNTL.GETFL:
          return open.flags;
        case FCNTL.SETFL:
          opened.setFlags(fd, argument());
          return 0;
        default:
          return refuse('EINVAL');
      }
    },
    __syscall_ioctl(fd: number, request: number, varargs: number) {
      const open = opened.table.get(fd);
      switch (request) {
        case IOCTL.CLOSE_ON_EXEC:
        case IOCTL.NO_CLOSE_ON_EXEC:
          opened.table.setCloseOnExec(fd, request === IOCTL.CLOSE_ON_EXEC);
          return;
        case IOCTL.NON_BLOCKING: {
          const on = memory.view(memory.view(varargs, 4).getUint32(0, true), 4).getInt32(0, true) !== 0;
          opened.setFlags(fd, on ? open.flags | OPEN.NON_BLOCKING : open.flags & ~OPEN.NON_BLOCKING);
          return;
        }
        default:
          // No descriptor is a terminal.
          refuse('ENOTTY');
      }
    },
    __syscall_ftruncate64(fd: number, length: bigint) {
      opened.truncate(fd, toLength(length));
    },
    __syscall_fallocate(fd: number, mode: number, offset: bigint, length: bigint) {
      if (mode !== 0) refuse('EOPNOTSUPP');
      if (length <= 0n) refuse('EINVAL');
      opened.allocate(fd, toLength(toLengthBig(offset) + length));
    },
    __syscall_fadvise64(fd: number) {
      opened.table.get(fd);
    },
    __syscall_fdatasync(fd: number) {
      opened.table.get(fd);
    },
    __syscall_getdents64(fd: number, buffer: number, size: number) {
      const target = memory.bytes(buffer, size);
      let filled = 0;
      let full = false;
      opened.readDirectory(fd, ({ name, ino, kind, next }) => {
        const length = writeDirent(target.subarray(filled), encoder.encode(name), ino, next, DIRENT_TYPE[kind]);
        full = length === 0;
        filled += length;
        return !full;
      });
      if (filled === 0 && full) refuse('EINVAL');
      world.charge(filled * LISTING_FUEL);
      return filled;
    },
    __syscall_poll(pollfds: number, count: number, timeoutMs: number) {
      if (count >>> 0 > MAX_DESCRIPTORS) refuse('EINVAL');
      let ready = 0;
      if (count > 0) {
        const view = memory.view(pollfds, count * POLLFD_BYTES);
        for (let at = 0; at < count * POLLFD_BYTES; at += POLLFD_BYTES) {
          const fd = view.getInt32(at, true);
          const events = view.getInt16(at + 4, true);
          const found = fd < 0 ? 0 : opened.table.find(fd) === null ? POLL_INVALID : events & POLL_READY;
          view.setInt16(at + 6, found, true);
          if (found !== 0) ready += 1;
        }
      }
      if (ready > 0 || timeoutMs === 0) return ready;
      // Nothing can ever happen to what was asked for, and nobody else runs.
      if (timeoutMs < 0) refuse('EDEADLK');
      if (!world.clock.sleep(BigInt(timeoutMs) * 1_000_000n)) refuse('EINVAL');
      return 0;
    },
    /** `select` without descriptors waits; with some, this is not the way to ask: `poll` is. */
    __syscall__newselect(count: number, _read: number, _write: number, _except: number, timeout: number) {
      if (count !== 0) refuse('ENOSYS');
      if (timeout === 0) refuse('EDEADLK');
      const view = memory.view(timeout, TIMEVAL_BYTES);
      const [seconds, microseconds] = [view.getBigInt64(0, true), view.getInt32(8, true)];
      if (!world.clock.sleep(seconds * 1_000_000_000n + BigInt(microseconds) * 1000n)) refuse('EINVAL');
      return 0;
    },
    __syscall_pipe() {
      refuse('ENOSYS');
    },
  };

  return { wasi, linux };
}

function toLengthBig(value: bigint): bigint {
  return BigInt(toLength(value));
}

/** An offset that may be negative. @throws Errno EOVERFLOW */
function toOffset(value: bigint): number {
  const offset = Number(value);
  if (!Number.isSafeInteger(offset)) refuse('EOVERFLOW');
  return offset;
}
