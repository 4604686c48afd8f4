import { describe, expect, it } from 'vitest';
import {
  ANSWER,
  AUDIT_ARCHITECTURE,
  compileFilter,
  type FilterArchitecture,
} from '../../../../server/src/replay/jail-seccomp.ts';
import { ALLOWED_SYSCALLS, ERRNO } from '../../../../server/src/replay/jail-syscalls.ts';
import { answerOf } from './bpf.ts';

const refused = (errno: number): number => ANSWER.errno | errno;
const ARCHITECTURES: readonly FilterArchitecture[] = ['x64', 'arm64'];

describe.each(ARCHITECTURES)('the filter of %s', (name) => {
  const architecture = AUDIT_ARCHITECTURE[name];
  const filter = compileFilter(name);
  const ask = (number: number, ...values: (number | bigint)[]): number =>
    answerOf(filter, { architecture, number, arguments: values.map(BigInt) });

  it('answers each number as the list says, and every other with ENOSYS', () => {
    const listed = new Map(ALLOWED_SYSCALLS.map((syscall) => [syscall[name], syscall]));
    for (let number = 0; number < 600; number++) {
      const syscall = listed.get(number);
      if (syscall?.when) continue;
      expect(ask(number), `number ${number}`).toBe(syscall ? ANSWER.allow : refused(ERRNO.ENOSYS));
    }
  });

  it('names no number twice', () => {
    const numbers = ALLOWED_SYSCALLS.map((syscall) => syscall[name]).filter((number) => number !== null);
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it('ends a process that calls by the numbers of another architecture', () => {
    const others = [0x40000003, 0xc000003e, 0xc00000b7, 0].filter((other) => other !== architecture);
    for (const other of others) expect(answerOf(filter, { architecture: other, number: 0 })).toBe(ANSWER.kill);
  });

  it('is short enough for the kernel', () => {
    expect(filter.byteLength % 8).toBe(0);
    expect(filter.byteLength / 8).toBeLessThan(4096);
  });
});

describe('conditions on x64', () => {
  const filter = compileFilter('x64');
  const ask = (number: number, ...values: (number | bigint)[]): number =>
    answerOf(filter, { architecture: AUDIT_ARCHITECTURE.x64, number, arguments: values.map(BigInt) });
  const CLONE = 56;
  const OPEN = 2;
  const OPENAT = 257;
  const IOCTL = 16;
  const PRCTL = 157;
  const PRLIMIT = 302;

  // pthread_create of glibc; fork(); vfork() of posix_spawn; a new user namespace.
  it.each([
    ['a thread', 0x3d0f00, ANSWER.allow],
    ['a process', 0x1200011, refused(ERRNO.EPERM)],
    ['a process that shares memory', 0x4111, refused(ERRNO.EPERM)],
    ['a process in a namespace', 0x10000011, refused(ERRNO.EPERM)],
    ['a flag in the upper half', 0x1_0000_0000_0000n, refused(ERRNO.EPERM)],
  ])('clone: %s', (_what, flags, answer) => {
    expect(ask(CLONE, flags)).toBe(answer);
  });

  it.each([
    ['reading', 0o2000000, ANSWER.allow],
    ['writing', 0o1, refused(ERRNO.EROFS)],
    ['reading and writing', 0o2, refused(ERRNO.EROFS)],
    ['making', 0o100, refused(ERRNO.EROFS)],
    ['cutting', 0o1000, refused(ERRNO.EROFS)],
    ['a file without a name', 0o20200002, refused(ERRNO.EROFS)],
  ])('opening for %s', (_what, flags, answer) => {
    expect(ask(OPEN, 0, flags)).toBe(answer);
    expect(ask(OPENAT, 0, 0, flags)).toBe(answer);
  });

  it('asks streams what they are, and nothing else of any device', () => {
    expect(ask(IOCTL, 0, 0x5401)).toBe(ANSWER.allow);
    // TIOCSTI: types into the terminal.
    expect(ask(IOCTL, 0, 0x5412)).toBe(refused(ERRNO.ENOTTY));
  });

  it('names threads, and sets nothing else of the process', () => {
    expect(ask(PRCTL, 15)).toBe(ANSWER.allow);
    // PR_SET_SECCOMP, PR_CAP_AMBIENT.
    for (const option of [22, 47]) expect(ask(PRCTL, option)).toBe(refused(ERRNO.EINVAL));
  });

  it('looks at its own limits only', () => {
    expect(ask(PRLIMIT, 0, 7)).toBe(ANSWER.allow);
    expect(ask(PRLIMIT, 1, 7)).toBe(refused(ERRNO.EPERM));
  });

  it('has no numbers of the x32 mode', () => {
    for (const number of [0, 1, 59]) expect(ask(0x40000000 + number)).toBe(refused(ERRNO.ENOSYS));
  });

  // asm/unistd_64.h
  it.each([
    ['socket', 41],
    ['connect', 42],
    ['sendto', 44],
    ['sendmsg', 46],
    ['recvmsg', 47],
    ['bind', 49],
    ['socketpair', 53],
    ['fork', 57],
    ['vfork', 58],
    ['kill', 62],
    ['rename', 82],
    ['mkdir', 83],
    ['unlink', 87],
    ['chmod', 90],
    ['ptrace', 101],
    ['setuid', 105],
    ['mknod', 133],
    ['personality', 135],
    ['pivot_root', 155],
    ['chroot', 161],
    ['setrlimit', 160],
    ['mount', 165],
    ['init_module', 175],
    ['keyctl', 250],
    ['unshare', 272],
    ['perf_event_open', 298],
    ['open_by_handle_at', 304],
    ['setns', 308],
    ['process_vm_readv', 310],
    ['process_vm_writev', 311],
    ['memfd_create', 319],
    ['bpf', 321],
    ['execveat', 322],
    ['userfaultfd', 323],
    ['io_uring_setup', 425],
    ['pidfd_open', 434],
    ['clone3', 435],
    ['openat2', 437],
    ['pidfd_getfd', 438],
  ])('%s does not exist', (_name, number) => {
    expect(ask(number)).toBe(refused(ERRNO.ENOSYS));
  });
});

describe('compileFilter', () => {
  it('refuses a condition that is too long to jump over', () => {
    const values = Array.from({ length: 300 }, (_, index) => index);
    const when = { argument: 0, test: 'one of', values, otherwise: ERRNO.EPERM } as const;
    expect(() => compileFilter('x64', [{ name: 'ioctl', x64: 16, arm64: 29, when }])).toThrow(RangeError);
  });
});
