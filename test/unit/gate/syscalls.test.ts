// The system calls as musl makes them: argument order, structures, error numbers. Layouts are those of Emscripten's wasm32 ABI.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { ERRNO } from '../../../wasm-runtime/src/gate/errno.ts';
import { createSyscalls } from '../../../wasm-runtime/src/gate/syscalls.ts';
import { AT_FDCWD, newGuest } from './guest.ts';
import type { Guest } from './guest.ts';

const O_RDWR = 2;
const O_CREAT = 0o100;
/** Where results of the calls go. */
const RESULT = 256;

const openFile = (guest: Guest, path: string, flags = O_RDWR | O_CREAT) => {
  const mode = guest.room(4);
  guest.view.setUint32(mode, 0o644, true);
  return guest.call('__syscall_openat', AT_FDCWD, guest.put(path), flags, mode);
};

describe('the set of calls', () => {
  it('consists of imports of the Python modules', () => {
    const names = ['pyodide', 'pyodide-0.27'].flatMap((name) => {
      const file = createRequire(import.meta.url).resolve(`${name}/pyodide.asm.wasm`);
      const imports = WebAssembly.Module.imports(new WebAssembly.Module(readFileSync(file)));
      return imports.filter((each) => each.kind === 'function').map((each) => each.name);
    });
    const calls = Object.keys(createSyscalls(newGuest().world));
    expect(calls.filter((name) => !names.includes(name))).toEqual([]);
    const ours =
      /^(__syscall_|fd_|environ_|clock_|random_get|_(mmap|munmap|msync|tzset|mktime|timegm|gmtime|localtime)_js)/;
    const socket = /accept4|bind|connect|getpeername|getsockname|getsockopt|listen|recv|send|socket/;
    expect(names.filter((name) => ours.test(name) && !socket.test(name) && !calls.includes(name))).toEqual([]);
  });
});

describe('reading and writing', () => {
  it('moves bytes between memory and files', () => {
    const guest = newGuest();
    const fd = openFile(guest, '/f');
    expect(fd).toBe(4);
    expect(guest.call('fd_write', fd, guest.vectors('hel', '', 'lo'), 3, RESULT)).toBe(0);
    expect(guest.view.getUint32(RESULT, true)).toBe(5);
    expect(guest.call('fd_pwrite', fd, guest.vectors('J'), 1, 0n, RESULT)).toBe(0);
    expect(guest.call('fd_seek', fd, -4n, 2, RESULT)).toBe(0);
    expect(guest.view.getBigInt64(RESULT, true)).toBe(1n);
    const target = guest.vectors(2, 10);
    expect(guest.call('fd_read', fd, target, 2, RESULT)).toBe(0);
    expect(guest.view.getUint32(RESULT, true)).toBe(4);
    expect(guest.text(guest.view.getUint32(target, true), 2)).toBe('el');
    expect(guest.text(guest.view.getUint32(target + 8, true), 2)).toBe('lo');
    expect(guest.call('fd_pread', fd, target, 1, 0n, RESULT)).toBe(0);
    expect(guest.text(guest.view.getUint32(target, true), 2)).toBe('Je');
    expect(guest.call('fd_close', fd)).toBe(0);
    expect(guest.call('fd_close', fd)).toBe(ERRNO.EBADF);
    expect(new TextDecoder().decode(guest.files.readFile('/f'))).toBe('Jello');
  });

  it('answers positive numbers for WASI and negative ones for Linux', () => {
    const guest = newGuest();
    expect(guest.call('fd_read', 99, 0, 0, RESULT)).toBe(ERRNO.EBADF);
    expect(guest.call('__syscall_dup', 99)).toBe(-ERRNO.EBADF);
    expect(guest.call('__syscall_stat64', guest.put('/missing'), RESULT)).toBe(-ERRNO.ENOENT);
  });

  it('truncates and allocates by 64-bit lengths', () => {
    const guest = newGuest();
    const fd = openFile(guest, '/f');
    expect(guest.call('__syscall_ftruncate64', fd, 10n)).toBe(0);
    expect(guest.call('__syscall_fallocate', fd, 0, 10n, 5n)).toBe(0);
    expect(guest.call('__syscall_fallocate', fd, 0, 0n, 5n)).toBe(0);
    expect(guest.files.readFile('/f')).toHaveLength(15);
    expect(guest.call('__syscall_truncate64', guest.put('/f'), 1n)).toBe(0);
    expect(guest.files.readFile('/f')).toHaveLength(1);
    expect(guest.call('__syscall_ftruncate64', fd, -1n)).toBe(-ERRNO.EINVAL);
    expect(guest.call('__syscall_ftruncate64', fd, 1n << 60n)).toBe(-ERRNO.EOVERFLOW);
    expect(guest.call('__syscall_fallocate', fd, 0, 0n, 0n)).toBe(-ERRNO.EINVAL);
    expect(guest.call('__syscall_fallocate', fd, 1, 0n, 1n)).toBe(-ERRNO.EOPNOTSUPP);
    expect(guest.call('fd_pread', fd, guest.vectors(1), 1, -1n, RESULT)).toBe(ERRNO.EINVAL);
    expect(guest.call('fd_seek', fd, 1n << 62n, 0, RESULT)).toBe(ERRNO.EOVERFLOW);
  });

  it('charges for what it moves', () => {
    const guest = newGuest();
    const fd = openFile(guest, '/f');
    const before = guest.fuel.charged;
    guest.call('fd_write', fd, guest.vectors('x'.repeat(5000)), 1, RESULT);
    expect(guest.fuel.charged - before).toBeGreaterThanOrEqual(5000);
    const middle = guest.fuel.charged;
    guest.call('fd_pread', fd, guest.vectors(5000), 1, 0n, RESULT);
    expect(guest.fuel.charged - middle).toBeGreaterThanOrEqual(5000);
  });
});

describe('stat', () => {
  it('fills struct stat', () => {
    const guest = newGuest();
    const fd = openFile(guest, '/f');
    guest.call('fd_write', fd, guest.vectors('x'.repeat(600)), 1, RESULT);
    const times = guest.room(32);
    guest.view.setBigInt64(times, -2n, true);
    guest.view.setUint32(times + 8, 250_000_000, true);
    guest.view.setBigInt64(times + 16, 1_600_000_000n, true);
    guest.view.setUint32(times + 24, 999_999_999, true);
    expect(guest.call('__syscall_utimensat', fd, 0, times, 0)).toBe(0);
    const { view } = guest;
    const calls: [string, ...number[]][] = [
      ['__syscall_fstat64', fd, RESULT],
      ['__syscall_stat64', guest.put('/f'), RESULT],
      ['__syscall_lstat64', guest.put('/f'), RESULT],
      ['__syscall_newfstatat', fd, guest.put(''), RESULT, 0x1000],
      ['__syscall_newfstatat', AT_FDCWD, guest.put('f'), RESULT, 0],
    ];
    for (const [name, ...args] of calls) {
      guest.bytes.fill(0xee, RESULT, RESULT + 200);
      expect([name, guest.call(name, ...args)]).toEqual([name, 0]);
      expect(view.getUint32(RESULT + 4, true)).toBe(0o100644);
      expect(view.getUint32(RESULT + 8, true)).toBe(1);
      expect([view.getUint32(RESULT + 12, true), view.getUint32(RESULT + 16, true)]).toEqual([1000, 1000]);
      expect(view.getUint32(RESULT + 20, true)).toBe(0);
      expect(view.getBigInt64(RESULT + 24, true)).toBe(600n);
      expect([view.getInt32(RESULT + 32, true), view.getInt32(RESULT + 36, true)]).toEqual([4096, 2]);
      expect([view.getBigInt64(RESULT + 40, true), view.getUint32(RESULT + 48, true)]).toEqual([-2n, 250_000_000]);
      expect([view.getBigInt64(RESULT + 56, true), view.getUint32(RESULT + 64, true)]).toEqual([
        1_600_000_000n,
        999_999_999,
      ]);
      expect(view.getBigInt64(RESULT + 72, true)).toBe(1_700_000_000n);
      expect(view.getBigUint64(RESULT + 88, true)).toBe(12n);
      expect(guest.bytes[RESULT + 96]).toBe(0xee);
    }
    expect(guest.call('__syscall_newfstatat', fd, guest.put(''), RESULT, 0)).toBe(-ERRNO.ENOENT);
  });

  it('shows devices and their numbers', () => {
    const guest = newGuest();
    expect(guest.call('__syscall_stat64', guest.put('/dev/null'), RESULT)).toBe(0);
    expect(guest.view.getUint32(RESULT + 4, true)).toBe(0o020666);
    expect(guest.view.getUint32(RESULT + 20, true)).toBe(0x103);
  });

  it('refuses times that are none', () => {
    const guest = newGuest();
    const fd = openFile(guest, '/f');
    const times = guest.room(32);
    guest.view.setUint32(times + 8, 1_000_000_000, true);
    expect(guest.call('__syscall_utimensat', fd, 0, times, 0)).toBe(-ERRNO.EINVAL);
    guest.view.setUint32(times + 8, 0, true);
    guest.view.setBigInt64(times, 1n << 62n, true);
    expect(guest.call('__syscall_utimensat', fd, 0, times, 0)).toBe(-ERRNO.EINVAL);
    guest.view.setUint32(times + 8, 0x3ffffffe, true);
    guest.view.setUint32(times + 24, 0x3fffffff, true);
    guest.clock.sleep(5_000_000_000n);
    expect(guest.call('__syscall_utimensat', fd, 0, times, 0)).toBe(0);
    const status = guest.files.status(guest.files.cwd, '/f', true);
    expect(status.mtime - status.atime).toBeGreaterThanOrEqual(5_000_000_000n);
  });

  it('fills struct statfs from the quota', () => {
    const guest = newGuest();
    guest.files.mountDirectory('/job');
    guest.files.seal({ max_bytes: 40_960, max_nodes: 10 }, ['/job']);
    guest.files.writeFile('/job/f', new Uint8Array(5000));
    for (const call of [
      () => guest.call('__syscall_statfs64', guest.put('/job'), 88, RESULT),
      () => guest.call('__syscall_fstatfs64', 0, 88, RESULT),
    ]) {
      guest.bytes.fill(0xee, RESULT, RESULT + 100);
      expect(call()).toBe(0);
      const long = (offset: number) => guest.view.getBigUint64(RESULT + offset, true);
      expect([long(8), long(16), long(24), long(32), long(40)]).toEqual([10n, 8n, 8n, 10n, 9n]);
      expect([guest.view.getUint32(RESULT + 4, true), guest.view.getUint32(RESULT + 56, true)]).toEqual([4096, 255]);
    }
    expect(guest.call('__syscall_statfs64', guest.put('/missing'), 88, RESULT)).toBe(-ERRNO.ENOENT);
  });
});

describe('paths', () => {
  it('start at a descriptor', () => {
    const guest = newGuest();
    expect(guest.call('__syscall_mkdirat', AT_FDCWD, guest.put('/d'), 0o755)).toBe(0);
    const fd = guest.call('__syscall_openat', AT_FDCWD, guest.put('d'), 0o200000, 0);
    expect(guest.call('__syscall_mkdirat', fd, guest.put('e'), 0o755)).toBe(0);
    expect(guest.call('__syscall_mkdirat', 0, guest.put('e'), 0o755)).toBe(-ERRNO.ENOTDIR);
    expect(guest.call('__syscall_mkdirat', 0, guest.put('/d/abs'), 0o755)).toBe(0);
    expect(guest.call('__syscall_renameat', fd, guest.put('e'), AT_FDCWD, guest.put('moved'))).toBe(0);
    expect(guest.call('__syscall_unlinkat', AT_FDCWD, guest.put('moved'), 0)).toBe(-ERRNO.EISDIR);
    expect(guest.call('__syscall_unlinkat', AT_FDCWD, guest.put('moved'), 0x200)).toBe(0);
    expect(guest.call('__syscall_unlinkat', AT_FDCWD, guest.put('x'), 1)).toBe(-ERRNO.EINVAL);
    expect(guest.call('__syscall_rmdir', guest.put('/d/abs'))).toBe(0);
    expect(guest.files.list().filter(({ path }) => !path.startsWith('/dev'))).toMatchObject([{ path: '/d' }]);
  });

  it('name the working directory', () => {
    const guest = newGuest();
    guest.files.mountDirectory('/job/ü');
    expect(guest.call('__syscall_chdir', guest.put('/job/ü'))).toBe(0);
    expect(guest.call('__syscall_getcwd', RESULT, 100)).toBe(8);
    expect(guest.text(RESULT, 8)).toBe('/job/ü\0');
    expect(guest.call('__syscall_getcwd', RESULT, 7)).toBe(-ERRNO.ERANGE);
    expect(guest.call('__syscall_getcwd', RESULT, 0)).toBe(-ERRNO.EINVAL);
    expect(guest.call('__syscall_chdir', guest.put('/dev/null'))).toBe(-ERRNO.ENOTDIR);
    const fd = guest.call('__syscall_openat', AT_FDCWD, guest.put('..'), 0, 0);
    expect(guest.call('__syscall_fchdir', fd)).toBe(0);
    expect(guest.files.workingDirectory()).toBe('/job');
  });

  it('read links without a NUL, cut to the buffer', () => {
    const guest = newGuest();
    expect(guest.call('__syscall_symlinkat', guest.put('some/target'), AT_FDCWD, guest.put('/l'))).toBe(0);
    guest.bytes.fill(0xee, RESULT, RESULT + 20);
    expect(guest.call('__syscall_readlinkat', AT_FDCWD, guest.put('/l'), RESULT, 100)).toBe(11);
    expect([guest.text(RESULT, 11), guest.bytes[RESULT + 11]]).toEqual(['some/target', 0xee]);
    expect(guest.call('__syscall_readlinkat', AT_FDCWD, guest.put('/l'), RESULT, 4)).toBe(4);
    expect(guest.call('__syscall_readlinkat', AT_FDCWD, guest.put('/l'), RESULT, 0)).toBe(-ERRNO.EINVAL);
    expect(guest.call('__syscall_symlinkat', guest.put(''), AT_FDCWD, guest.put('/m'))).toBe(-ERRNO.ENOENT);
  });

  it('are UTF-8, and keep a byte order mark', () => {
    const guest = newGuest();
    for (const bytes of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xef, 0xbf, 0xbd, 0xff], [0xc0, 0x80]]) {
      const invalid = guest.put(Uint8Array.of(0x2f, ...bytes, 0));
      expect(guest.call('__syscall_mkdirat', AT_FDCWD, invalid, 0o755)).toBe(-ERRNO.EILSEQ);
    }
    expect(guest.call('__syscall_mkdirat', AT_FDCWD, guest.put('/\ufffd'), 0o755)).toBe(0);
    expect(guest.call('__syscall_mkdirat', AT_FDCWD, guest.put('/\ufeffx'), 0o755)).toBe(0);
    expect(guest.call('__syscall_stat64', guest.put('/x'), RESULT)).toBe(-ERRNO.ENOENT);
    expect(guest.call('__syscall_stat64', guest.put(`/${'a/'.repeat(520)}`), RESULT)).toBe(-ERRNO.ENAMETOOLONG);
  });

  it('have modes, which are told and not enforced, and owners that stay', () => {
    const guest = newGuest();
    const fd = openFile(guest, '/f');
    const mode = () => guest.files.status(guest.files.cwd, '/f', true).mode & 0o7777;
    expect([guest.call('__syscall_chmod', guest.put('/f'), 0o400), mode()]).toEqual([0, 0o400]);
    expect([guest.call('__syscall_fchmod', fd, 0o100600), mode()]).toEqual([0, 0o600]);
    expect([guest.call('__syscall_fchmodat2', AT_FDCWD, guest.put('f'), 0o755, 0), mode()]).toEqual([0, 0o755]);
    expect(guest.call('__syscall_fchown32', fd, 1000, -1)).toBe(0);
    expect(guest.call('__syscall_fchownat', AT_FDCWD, guest.put('/f'), 0, 0, 0)).toBe(-ERRNO.EPERM);
    expect(guest.call('__syscall_faccessat', AT_FDCWD, guest.put('/f'), 7, 0)).toBe(0);
    guest.call('__syscall_fchmod', fd, 0o600);
    expect(guest.call('__syscall_faccessat', AT_FDCWD, guest.put('/f'), 1, 0)).toBe(-ERRNO.EACCES);
    expect(guest.call('__syscall_faccessat', AT_FDCWD, guest.put('/f'), 8, 0)).toBe(-ERRNO.EINVAL);
    expect(guest.call('__syscall_faccessat', AT_FDCWD, guest.put('/g'), 0, 0)).toBe(-ERRNO.ENOENT);
  });

  it('make regular files only', () => {
    const guest = newGuest();
    expect(guest.call('__syscall_mknodat', AT_FDCWD, guest.put('/f'), 0o100644, 0)).toBe(0);
    expect(guest.call('__syscall_mknodat', AT_FDCWD, guest.put('/p'), 0o010644, 0)).toBe(-ERRNO.EPERM);
    expect(guest.call('__syscall_mknodat', AT_FDCWD, guest.put('/c'), 0o020644, 0x103)).toBe(-ERRNO.EPERM);
  });
});
