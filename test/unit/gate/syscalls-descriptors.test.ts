// System calls on descriptors, mappings, clocks and the environment, as musl makes them.
import { describe, expect, it } from 'vitest';
import { ERRNO } from '../../../wasm-runtime/src/gate/errno.ts';
import { AT_FDCWD, newGuest } from './guest.ts';
import type { Guest } from './guest.ts';

const O_RDWR = 2;
const O_CREAT = 0o100;
/** Where results of the calls go. */
const RESULT = 256;

const text = (value: string) => new TextEncoder().encode(value);
const openFile = (guest: Guest, path: string, flags = O_RDWR | O_CREAT) => {
  const mode = guest.room(4);
  guest.view.setUint32(mode, 0o644, true);
  return guest.call('__syscall_openat', AT_FDCWD, guest.put(path), flags, mode);
};

describe('descriptors', () => {
  it('are duplicated, flagged and described', () => {
    const guest = newGuest();
    const fd = openFile(guest, '/f', O_RDWR | O_CREAT | 0o2000);
    const argument = (value: number) => {
      guest.view.setInt32(RESULT, value, true);
      return RESULT;
    };
    expect(guest.call('__syscall_dup', fd)).toBe(5);
    expect(guest.call('__syscall_dup3', fd, 9, 0o2000000)).toBe(9);
    expect(guest.call('__syscall_dup3', fd, fd, 0)).toBe(-ERRNO.EINVAL);
    expect(guest.call('__syscall_dup3', fd, 10, 1)).toBe(-ERRNO.EINVAL);
    expect(guest.call('__syscall_fcntl64', 9, 1, 0)).toBe(1);
    expect(guest.call('__syscall_fcntl64', 9, 2, argument(0))).toBe(0);
    expect(guest.call('__syscall_fcntl64', 9, 1, 0)).toBe(0);
    expect(guest.call('__syscall_fcntl64', fd, 0, argument(20))).toBe(20);
    expect(guest.call('__syscall_fcntl64', fd, 1030, argument(20))).toBe(21);
    expect(guest.call('__syscall_fcntl64', 21, 1, 0)).toBe(1);
    expect(guest.call('__syscall_fcntl64', fd, 3, 0)).toBe(O_RDWR | 0o2000);
    expect(guest.call('__syscall_fcntl64', fd, 4, argument(0o4000))).toBe(0);
    expect(guest.call('__syscall_fcntl64', fd, 3, 0)).toBe(O_RDWR | 0o4000);
    expect(guest.call('__syscall_fcntl64', fd, 99, 0)).toBe(-ERRNO.EINVAL);
    expect(guest.call('__syscall_fcntl64', 99, 3, 0)).toBe(-ERRNO.EBADF);
  });

  it('have locks that always succeed', () => {
    const guest = newGuest();
    const lock = guest.room(32);
    guest.view.setInt16(lock, 1, true);
    guest.view.setUint32(RESULT, lock, true);
    expect(guest.call('__syscall_fcntl64', 1, 12, RESULT)).toBe(0);
    expect(guest.view.getInt16(lock, true)).toBe(2);
    expect(guest.call('__syscall_fcntl64', 1, 13, RESULT)).toBe(0);
  });

  it('are no terminals', () => {
    const guest = newGuest();
    for (const fd of [0, 1, 2, 3]) {
      expect(guest.call('__syscall_ioctl', fd, 0x5413, RESULT)).toBe(-ERRNO.ENOTTY);
      expect(guest.call('fd_fdstat_get', fd, RESULT)).toBe(0);
      // 2 is a character device, which Emscripten takes for a terminal.
      expect(guest.bytes[RESULT]).toBe(0);
    }
    guest.call('fd_fdstat_get', openFile(guest, '/f'), RESULT);
    expect(guest.bytes[RESULT]).toBe(4);
    expect(guest.call('__syscall_ioctl', 99, 0x5413, RESULT)).toBe(-ERRNO.EBADF);
  });

  it('take the few requests of ioctl that are not about terminals', () => {
    const guest = newGuest();
    const fd = openFile(guest, '/f');
    expect(guest.call('__syscall_ioctl', fd, 0x5451, 0)).toBe(0);
    expect(guest.files.opened.table.closeOnExec(fd)).toBe(true);
    expect(guest.call('__syscall_ioctl', fd, 0x5450, 0)).toBe(0);
    expect(guest.files.opened.table.closeOnExec(fd)).toBe(false);
    const on = guest.room(4);
    guest.view.setInt32(on, 1, true);
    guest.view.setUint32(RESULT, on, true);
    expect(guest.call('__syscall_ioctl', fd, 0x5421, RESULT)).toBe(0);
    expect(guest.files.opened.table.get(fd).flags & 0o4000).toBe(0o4000);
  });

  it('sync at once', () => {
    const guest = newGuest();
    for (const [name, error] of [
      ['fd_sync', ERRNO.EBADF],
      ['__syscall_fdatasync', -ERRNO.EBADF],
    ] as const) {
      expect([guest.call(name, 1), guest.call(name, 99)]).toEqual([0, error]);
    }
    expect(guest.call('__syscall_fadvise64', 1, 0n, 0n, 0)).toBe(0);
    expect(guest.call('__syscall_pipe', RESULT)).toBe(-ERRNO.ENOSYS);
  });
});

describe('getdents64', () => {
  it('fills directory entries, as many as fit', () => {
    const guest = newGuest();
    guest.files.mountFile('/d/ä', text(''));
    guest.files.mountDirectory('/d/sub');
    const fd = guest.call('__syscall_openat', AT_FDCWD, guest.put('/d'), 0, 0);
    const seen: unknown[] = [];
    for (let rounds = 0; rounds < 10; rounds += 1) {
      const length = guest.call('__syscall_getdents64', fd, RESULT, 56);
      if (length === 0) break;
      for (let at = RESULT; at < RESULT + length; at += guest.view.getUint16(at + 16, true)) {
        const name = guest.bytes.subarray(at + 19, guest.bytes.indexOf(0, at + 19));
        seen.push([Number(guest.view.getBigUint64(at, true)), guest.bytes[at + 18], new TextDecoder().decode(name)]);
        expect(at % 8).toBe(0);
      }
    }
    expect(seen).toEqual([
      [12, 4, '.'],
      [1, 4, '..'],
      [13, 8, 'ä'],
      [14, 4, 'sub'],
    ]);
    expect(guest.call('fd_seek', fd, 0n, 0, RESULT)).toBe(0);
    expect(guest.call('__syscall_getdents64', fd, RESULT, 23)).toBe(-ERRNO.EINVAL);
    expect(guest.call('__syscall_getdents64', 1, RESULT, 100)).toBe(-ERRNO.ENOTDIR);
  });
});

describe('poll', () => {
  function poll(guest: Guest, entries: [number, number][], timeout: number) {
    const at = guest.room(entries.length * 8);
    for (const [index, [fd, events]] of entries.entries()) {
      guest.view.setInt32(at + index * 8, fd, true);
      guest.view.setInt16(at + index * 8 + 4, events, true);
    }
    const count = guest.call('__syscall_poll', at, entries.length, timeout);
    return [count, ...entries.map((_, index) => guest.view.getInt16(at + index * 8 + 6, true))];
  }

  it('finds everything ready that is open', () => {
    const guest = newGuest();
    expect(
      poll(
        guest,
        [
          [0, 1],
          [1, 4],
          [-1, 1],
          [99, 1],
          [1, 2],
        ],
        -1,
      ),
    ).toEqual([3, 1, 4, 0, 0x20, 0]);
  });

  it('lets its timeout pass when nothing is', () => {
    const guest = newGuest();
    const before = guest.clock.peek();
    expect(poll(guest, [[-1, 1]], 1500)).toEqual([0, 0]);
    expect(guest.clock.peek() - before).toBe(1_500_000_000n);
    expect(guest.call('__syscall_poll', 0, 0, 0)).toBe(0);
    expect(guest.call('__syscall_poll', 0, 0, -1)).toBe(-ERRNO.EDEADLK);
    expect(guest.call('__syscall_poll', 0, 257, 0)).toBe(-ERRNO.EINVAL);
  });
});

describe('mappings', () => {
  const PRIVATE = 2;
  const SHARED = 1;
  const WRITE = 3;

  function mapped(guest: Guest, fd: number, length: number, flags: number, protection = WRITE, offset = 0n) {
    guest.allocations.push(2 * 65_536);
    guest.bytes.fill(0xee, 2 * 65_536, 3 * 65_536);
    const error = guest.call('_mmap_js', length, protection, flags, fd, offset, RESULT, RESULT + 4);
    guest.allocations.length = 0;
    return { error, allocated: guest.view.getUint32(RESULT, true), address: guest.view.getUint32(RESULT + 4, true) };
  }

  it('copy the file in, and back where they are shared', () => {
    const guest = newGuest();
    guest.files.writeFile('/f', text('content'));
    const fd = openFile(guest, '/f');
    const { error, allocated, address } = mapped(guest, fd, 100, SHARED, WRITE, 3n);
    expect([error, allocated, address]).toEqual([0, 1, 2 * 65_536]);
    expect(guest.text(address, 5)).toBe('tent\0');
    expect(guest.bytes.subarray(address + 4, address + 65_536).every((byte) => byte === 0)).toBe(true);
    guest.bytes.set(text('TENT and more'), address);
    expect(guest.call('_msync_js', address, 2, WRITE, SHARED, fd, 3n)).toBe(0);
    expect(guest.files.readFile('/f')).toEqual(text('conTEnt'));
    expect(guest.call('_munmap_js', address, 100, WRITE, SHARED, fd, 3n)).toBe(0);
    expect(guest.files.readFile('/f')).toEqual(text('conTENT'));
  });

  it('go back to their own file when its descriptor is closed, and its number another file has', () => {
    const guest = newGuest();
    guest.files.writeFile('/f', text('content'));
    guest.files.writeFile('/other', text('precious'));
    const fd = openFile(guest, '/f');
    const { address } = mapped(guest, fd, 7, SHARED);
    expect(guest.call('fd_close', fd)).toBe(0);
    expect(openFile(guest, '/other')).toBe(fd);
    guest.bytes.fill(0x41, address, address + 7);
    expect(guest.call('_msync_js', address, 7, WRITE, SHARED, fd, 0n)).toBe(0);
    expect(guest.files.readFile('/f')).toEqual(text('AAAAAAA'));
    expect(guest.files.readFile('/other')).toEqual(text('precious'));
    expect(guest.call('_munmap_js', address, 7, WRITE, SHARED, fd, 0n)).toBe(0);
    expect(guest.call('_msync_js', address, 7, WRITE, SHARED, fd, 0n)).toBe(-ERRNO.EINVAL);
  });

  it('keep what is private, and what only reads, to themselves', () => {
    const guest = newGuest();
    guest.files.writeFile('/f', text('content'));
    const fd = openFile(guest, '/f', 0);
    const { error, address } = mapped(guest, fd, 7, PRIVATE);
    expect(error).toBe(0);
    guest.bytes.fill(0x41, address, address + 7);
    expect(guest.call('_msync_js', address, 7, WRITE, PRIVATE, fd, 0n)).toBe(0);
    expect(guest.call('_munmap_js', address, 7, WRITE, PRIVATE, fd, 0n)).toBe(0);
    expect(guest.call('_munmap_js', address, 7, 1, SHARED, fd, 0n)).toBe(0);
    expect(guest.files.readFile('/f')).toEqual(text('content'));
  });

  it('need a regular file, the right access, and memory', () => {
    const guest = newGuest();
    guest.files.writeFile('/f', text('content'));
    const reader = openFile(guest, '/f', 0);
    expect(mapped(guest, reader, 7, SHARED).error).toBe(-ERRNO.EACCES);
    expect(mapped(guest, openFile(guest, '/f', 1), 7, PRIVATE).error).toBe(-ERRNO.EACCES);
    expect(mapped(guest, 0, 7, PRIVATE).error).toBe(-ERRNO.ENODEV);
    expect(mapped(guest, reader, 0, PRIVATE).error).toBe(-ERRNO.EINVAL);
    expect(mapped(guest, reader, 7, PRIVATE, 1, -1n).error).toBe(-ERRNO.EINVAL);
    expect(mapped(guest, reader, -1, PRIVATE).error).toBe(-ERRNO.ENOMEM);
    expect(guest.call('_mmap_js', 7, 1, PRIVATE, reader, 0n, RESULT, RESULT + 4)).toBe(-ERRNO.ENOMEM);
    expect(guest.call('_msync_js', 2 * 65_536, 7, WRITE, SHARED, reader, 0n)).toBe(-ERRNO.EINVAL);
  });
});

describe('time', () => {
  it('comes from the clock', () => {
    const guest = newGuest();
    const read = (id: number) => {
      expect(guest.call('clock_time_get', id, 1n, RESULT)).toBe(0);
      return guest.view.getBigInt64(RESULT, true);
    };
    expect(read(0)).toBe(1_700_000_000_000_001_000n);
    expect(read(1)).toBe(2000n);
    guest.clock.sleep(1_000_000n);
    expect(read(2)).toBe(3000n);
    // Time of the thread is the fuel counter: reading it moves no clock.
    guest.fuel.used = 500n;
    expect([read(3), read(3)]).toEqual([500n, 500n]);
    guest.fuel.used = 0n;
    expect(guest.call('emscripten_get_now')).toBe(1.004);
    expect(guest.call('emscripten_date_now')).toBe(1_700_000_000_001.005);
    for (const id of [-1, 4]) {
      expect(guest.call('clock_time_get', id, 1n, RESULT)).toBe(ERRNO.EINVAL);
      expect(guest.call('clock_res_get', id, RESULT)).toBe(ERRNO.EINVAL);
    }
    expect(guest.call('clock_res_get', 1, RESULT)).toBe(0);
    expect(guest.view.getBigInt64(RESULT, true)).toBe(1000n);
  });

  it('is broken into struct tm, in UTC', () => {
    const guest = newGuest();
    const fields = () => Array.from({ length: 10 }, (_, index) => guest.view.getInt32(RESULT + index * 4, true));
    guest.bytes.fill(0xee, RESULT, RESULT + 60);
    expect(guest.call('_localtime_js', 951_782_461n, RESULT)).toBe(0);
    expect(fields()).toEqual([1, 1, 0, 29, 1, 100, 2, 59, 0, 0]);
    expect(guest.bytes[RESULT + 40]).toBe(0xee);
    guest.view.setInt32(RESULT + 16, 13, true);
    guest.view.setInt32(RESULT + 32, 1, true);
    expect(guest.callLong('_mktime_js', RESULT)).toBe(983_404_861n);
    expect(fields()).toEqual([1, 1, 0, 1, 2, 101, 4, 59, 0, 0]);
    expect(guest.callLong('_timegm_js', RESULT)).toBe(983_404_861n);
    expect(guest.call('_gmtime_js', 0n, RESULT)).toBe(0);
    expect(fields().slice(0, 8)).toEqual([0, 0, 0, 1, 0, 70, 4, 0]);
    guest.view.setInt32(RESULT + 20, 0x7fffffff, true);
    expect(guest.callLong('_timegm_js', RESULT)).toBe(-1n);
    expect(guest.callLong('_mktime_js', 0)).toBe(-1n);
  });

  it('has one zone', () => {
    const guest = newGuest();
    guest.bytes.fill(0xee, RESULT, RESULT + 64);
    guest.call('_tzset_js', RESULT, RESULT + 4, RESULT + 8, RESULT + 32);
    expect([guest.view.getInt32(RESULT, true), guest.view.getInt32(RESULT + 4, true)]).toEqual([0, 0]);
    expect([guest.text(RESULT + 8, 4), guest.text(RESULT + 32, 4)]).toEqual(['UTC\0', 'UTC\0']);
  });
});

describe('environment and identity', () => {
  it('gives the variables of the world', () => {
    const guest = newGuest({ environment: [['HOME', '/home'], ['LANG', 'ü']] }); // prettier-ignore
    expect(guest.call('environ_sizes_get', RESULT, RESULT + 4)).toBe(0);
    expect([guest.view.getUint32(RESULT, true), guest.view.getUint32(RESULT + 4, true)]).toEqual([2, 19]);
    const buffer = guest.room(19);
    expect(guest.call('environ_get', RESULT, buffer)).toBe(0);
    expect(guest.text(buffer, 19)).toBe('HOME=/home\0LANG=ü\0');
    expect([guest.view.getUint32(RESULT, true), guest.view.getUint32(RESULT + 4, true)]).toEqual([buffer, buffer + 11]);
  });

  it('gives random bytes of the seed, at their price', () => {
    const guest = newGuest();
    const expected = new Uint8Array(50);
    newGuest().world.entropy.fill(expected);
    expect(guest.call('random_get', RESULT, 50)).toBe(0);
    expect(guest.bytes.slice(RESULT, RESULT + 50)).toEqual(expected);
    expect(guest.fuel.charged).toBeGreaterThanOrEqual(50 * 25);
  });

  it('has one user and a mask', () => {
    const guest = newGuest();
    expect(guest.call('__syscall_getuid32_js')).toBe(1000);
    expect([guest.call('__syscall_umask_js', 0o77), guest.call('__syscall_umask_js', 0o7777)]).toEqual([0o22, 0o77]);
    expect(guest.files.umask).toBe(0o777);
  });
});
