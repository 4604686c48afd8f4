// Hostile calls: whatever numbers a guest passes, a call answers a number, throws nothing but a trap of the host, and leaves
// the accounts of the file system right.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ERRNO } from '../../wasm-runtime/src/gate/errno.ts';
import { chargedBytes } from '../../wasm-runtime/src/gate/inodes.ts';
import type { Inode } from '../../wasm-runtime/src/gate/inodes.ts';
import { createSyscalls } from '../../wasm-runtime/src/gate/syscalls.ts';
import { newGuest } from '../unit/gate/guest.ts';
import type { Guest } from '../unit/gate/guest.ts';

/** What each argument is meant to be: descriptor, path, buffer, array of buffers, small number, flags, or a 64-bit number. */
type Role = 'd' | 'p' | 'b' | 'v' | 'n' | 'f' | 'w';
const ROLES: Record<string, string> = {
  fd_read: 'dvnb', fd_write: 'dvnb', fd_pread: 'dvnwb', fd_pwrite: 'dvnwb', fd_seek: 'dwnb', fd_close: 'd', fd_sync: 'd',
  fd_fdstat_get: 'db', environ_get: 'bb', environ_sizes_get: 'bb', random_get: 'bn', clock_time_get: 'nwb',
  clock_res_get: 'nb', __syscall_openat: 'dpfb', __syscall_stat64: 'pb', __syscall_lstat64: 'pb', __syscall_fstat64: 'db',
  __syscall_newfstatat: 'dpbf', __syscall_faccessat: 'dpnf', __syscall_chdir: 'p', __syscall_fchdir: 'd',
  __syscall_getcwd: 'bn', __syscall_getdents64: 'dbf', __syscall_chmod: 'pf', __syscall_fchmod: 'df',
  __syscall_fchmodat2: 'dpff', __syscall_fchown32: 'dnn', __syscall_fchownat: 'dpnnf', __syscall_truncate64: 'pw',
  __syscall_ftruncate64: 'dw', __syscall_fallocate: 'dnww', __syscall_fadvise64: 'dwwn', __syscall_fdatasync: 'd',
  __syscall_mkdirat: 'dpf', __syscall_mknodat: 'dpfn', __syscall_symlinkat: 'pdp', __syscall_readlinkat: 'dpbn',
  __syscall_unlinkat: 'dpf', __syscall_rmdir: 'p', __syscall_renameat: 'dpdp', __syscall_utimensat: 'dpbf',
  __syscall_statfs64: 'pnb', __syscall_fstatfs64: 'dnb', __syscall_dup: 'd', __syscall_dup3: 'ddf',
  __syscall_fcntl64: 'dnb', __syscall_ioctl: 'dfb', __syscall_poll: 'bnn', __syscall_pipe: 'b',
  __syscall_getuid32_js: '', __syscall_umask_js: 'f', _mmap_js: 'nnndwbb', _msync_js: 'bnnndw', _munmap_js: 'bnnndw',
  _tzset_js: 'bbbb', _localtime_js: 'wb', _gmtime_js: 'wb', _mktime_js: 'b', _timegm_js: 'b', emscripten_get_now: '',
  emscripten_date_now: '', emscripten_get_now_res: '', getentropy: 'bn', strftime: 'bnpb', strftime_l: 'bnpbn',
  __syscall__newselect: 'nbbbb', __syscall_symlink: 'pp',
}; // prettier-ignore
const MEMORY_END = 4 * 65_536;
/** Fuel for one sequence: a call may ask for work on 256 KiB a thousand times over. */
const FUEL = 20_000_000;

class OutOfFuel extends Error {}

interface Heap {
  p: number[];
  b: number[];
  v: number[];
}

/** A small world of plausible things, so that calls get past their first check. */
function furnish(guest: Guest): Heap {
  guest.files.mountFile('/lib/python.zip', new Uint8Array(100));
  for (const path of ['/job/d', '/tmp']) guest.files.mountDirectory(path);
  guest.files.writeFile('/job/f', new Uint8Array(300));
  guest.files.makeDirectory(guest.files.tree.root, '/job/e', 0o777);
  guest.files.makeLink('../job/f', guest.files.tree.root, '/tmp/l');
  guest.files.open(guest.files.tree.root, '/job/f', 2, 0);
  guest.files.open(guest.files.tree.root, '/job', 0, 0);
  guest.files.seal({ max_bytes: 50_000, max_nodes: 20 }, ['/job', '/tmp']);
  const charge = guest.world.charge;
  guest.world.charge = (units) => {
    charge(units);
    if (guest.fuel.charged > FUEL) throw new OutOfFuel();
  };
  const paths = [
    '/job/f',
    '/job/new',
    'job/d',
    '/job/e/x',
    '/lib/python.zip',
    '/dev/zero',
    '/dev/urandom',
    '..',
    '',
    '/tmp/l',
  ];
  const noText = [guest.put(Uint8Array.of(0x2f, 0xff, 0xfe, 0)), guest.put(new Uint8Array(2000).fill(0x61))];
  const edges = [MEMORY_END - 4, MEMORY_END - 1, MEMORY_END, 0];
  return {
    p: [...paths.map((path) => guest.put(path)), ...noText],
    b: [guest.room(64), guest.room(256), guest.room(4096), ...edges],
    v: [guest.vectors('some bytes', 100, ''), guest.vectors(10), ...edges],
  };
}

const anything = fc.integer({ min: -0x80000000, max: 0x7fffffff });
const ADDRESS = fc.record({ address: fc.nat(100) });
/** Mostly of the kind that is meant. */
const argument: Record<Role, fc.Arbitrary<number | bigint | { address: number }>> = {
  d: fc.oneof({ weight: 8, arbitrary: fc.constantFrom(-100, 0, 1, 2, 3, 4, 4, 4, 5, 5, 6, 7) }, anything),
  p: fc.oneof({ weight: 8, arbitrary: ADDRESS }, anything),
  b: fc.oneof({ weight: 8, arbitrary: ADDRESS }, anything),
  v: fc.oneof({ weight: 8, arbitrary: ADDRESS }, anything),
  n: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(0, 1, 1, 2, 3, -1, 100) },
    { weight: 2, arbitrary: fc.integer({ min: -2, max: 2000 }) },
    anything,
  ),
  f: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(0, 1, 2, 66, 194, 256, 512, 577, 1024, 4096, 0o200000) },
    anything,
  ),
  w: fc.oneof(
    { weight: 4, arbitrary: fc.bigInt({ min: -10n, max: 1000n }) },
    fc.constantFrom(-(1n << 63n), (1n << 63n) - 1n, 1n << 53n, (1n << 53n) - 1n, 1n << 31n),
    fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
  ),
};
const NAMES = Object.keys(createSyscalls(newGuest().world));
const call = fc.constantFrom(...NAMES).chain((name) => {
  // A call without roles is caught by the first test.
  const roles = (ROLES[name] ?? '').split('') as Role[];
  return fc.record({
    name: fc.constant(name),
    roles: fc.constant(roles),
    args: fc.tuple(...roles.map((role) => argument[role])),
  });
});

/** Every node that is still there, by a name or because it is open. */
function living({ files }: Guest): Set<Inode> {
  const found = new Set<Inode>(files.tree.all());
  for (const { open } of files.opened.table.entries()) found.add(open.node);
  found.add(files.cwd);
  return found;
}

describe('system calls', () => {
  it('are all known here', () => {
    expect(NAMES.toSorted()).toEqual(Object.keys(ROLES).toSorted());
  });

  it('survive random arguments, and keep their accounts', () => {
    const succeeded = new Set<string>();
    fc.assert(
      fc.property(fc.array(call, { maxLength: 80 }), (program) => {
        const guest = newGuest();
        const heap = furnish(guest);
        const calls = createSyscalls(guest.world);
        try {
          for (const { name, roles, args } of program) {
            guest.allocations.splice(0, 9, 65_536 * 3, MEMORY_END - 1, 0);
            const values = args.map((value, index) => {
              if (typeof value !== 'object') return value;
              const addresses = heap[roles[index] as keyof Heap];
              return addresses[value.address % addresses.length] ?? 0;
            });
            const answer: unknown = calls[name]?.(...values);
            expect(['number', 'bigint']).toContain(typeof answer);
            if (Number(answer) === 0 || (name.startsWith('__syscall') && Number(answer) > 0)) succeeded.add(name);
          }
        } catch (error) {
          if (!(error instanceof OutOfFuel)) throw error;
          return;
        }
        const nodes = [...living(guest)];
        const { quota } = guest.files.tree;
        expect(quota.bytes).toBe(nodes.reduce((sum, node) => sum + chargedBytes(node), 0));
        expect(quota.nodes).toBe(nodes.filter((node) => node.charged).length);
        expect(quota.bytes).toBeLessThanOrEqual(quota.limits.max_bytes);
        expect(quota.nodes).toBeLessThanOrEqual(quota.limits.max_nodes);
        expect(guest.files.readFile('/lib/python.zip')).toEqual(new Uint8Array(100));
      }),
      { numRuns: 400 },
    );
    // The arguments are good enough to get through: a test of refusals alone would prove little.
    expect(succeeded.size).toBeGreaterThan(40);
  });

  it('refuse every pointer that leads out of memory', () => {
    const outside = fc.oneof(
      fc.constantFrom(0, MEMORY_END, -1, -8, -0x80000000, 0x7fffffff),
      fc.integer({ min: MEMORY_END, max: 0x7fffffff }),
      fc.integer({ min: -0x80000000, max: -1 }),
    );
    fc.assert(
      fc.property(outside, (pointer) => {
        const guest = newGuest();
        const [path, result] = [guest.put('/f'), guest.room(100)];
        const mode = guest.room(8);
        const fd = guest.call('__syscall_openat', -100, path, 0o102, mode);
        guest.call('fd_write', fd, guest.vectors('content'), 1, result);
        guest.call('fd_seek', fd, 0n, 0, result);
        const files = guest.files.list();
        const attempts: [string, ...(number | bigint)[]][] = [
          ['fd_read', fd, pointer, 1, result],
          ['fd_read', fd, guest.vectors('x'), 1, pointer],
          ['fd_write', fd, pointer, 1, result],
          ['fd_write', fd, guest.vectors('x'), 1, pointer],
          ['fd_seek', fd, 3n, 0, pointer],
          ['fd_fdstat_get', fd, pointer],
          ['__syscall_openat', -100, pointer, 0o102, 0],
          ['__syscall_openat', -100, guest.put('/g'), 0o102, pointer === 0 ? MEMORY_END : pointer],
          ['__syscall_stat64', pointer, result],
          ['__syscall_stat64', path, pointer],
          ['__syscall_fstat64', fd, pointer],
          ['__syscall_renameat', -100, path, -100, pointer],
          ['__syscall_symlinkat', pointer, -100, guest.put('/l')],
          ['__syscall_statfs64', path, 88, pointer],
          ['__syscall_fcntl64', fd, 0, pointer],
          ['__syscall_poll', pointer, 1, 0],
          ['_mmap_js', 4, 1, 2, fd, 0n, pointer, result],
          ['_mmap_js', 4, 1, 2, fd, 0n, result, pointer],
          ['clock_time_get', 0, 1n, pointer],
          ['clock_res_get', 0, pointer],
          ['environ_sizes_get', pointer, result],
          ['_localtime_js', 0n, pointer],
          ['_tzset_js', pointer, result, result, result],
          ['__syscall_symlink', pointer, guest.put('/l')],
          ['__syscall_symlink', path, pointer],
          ['getentropy', pointer === 0 ? MEMORY_END : pointer, 8],
          ['__syscall__newselect', 0, 0, 0, 0, pointer === 0 ? MEMORY_END : pointer],
        ];
        const format = guest.put('%Y');
        const before = Buffer.from(guest.bytes);
        for (const [name, ...args] of attempts) {
          guest.allocations.push(65_536);
          expect([name, Math.abs(guest.call(name, ...args))]).toEqual([name, ERRNO.EFAULT]);
        }
        // C's word for a failure here is no error number but a text of no bytes.
        const formats = [[pointer === 0 ? MEMORY_END : pointer, 9, format, result], [result, 9, pointer, result], [result, 9, format, pointer]] as const; // prettier-ignore
        for (const args of formats) expect(guest.call('strftime', ...args)).toBe(0);
        expect(before.equals(guest.bytes)).toBe(true);
        expect(guest.files.list()).toEqual(files);
      }),
      { numRuns: 60 },
    );
  });
});
