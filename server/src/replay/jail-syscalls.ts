/**
 * The system calls that a sandbox process may make, and their numbers. Everything that is not here does not exist for it: no sockets, no
 * new processes, no signals to others, no changes to files, no tracing, no io_uring, no keys, no namespaces. The list is what Node 20 to
 * 25 asked for with glibc while it compiled and ran WebAssembly, grew memory, kept timers, and read and wrote pipes, with the variants
 * that musl and older C libraries use for the same.
 */

/** Errors of Linux, the same numbers on both architectures. */
export const ERRNO = { EPERM: 1, EINVAL: 22, ENOTTY: 25, EROFS: 30, ENOSYS: 38 } as const;

/** A look at the low 32 bits of one argument, which is all that the kernel itself reads of those named below. */
export interface Condition {
  argument: number;
  /** `one of`: equals a value. `has`: shares a bit with the value. `lacks`: shares none. */
  test: 'one of' | 'has' | 'lacks';
  values: readonly number[];
  /** What the call answers where the condition does not hold. */
  otherwise: number;
}

export interface Syscall {
  name: string;
  /** Number on x86-64, or null where the architecture has no such call. */
  x64: number | null;
  /** Number on 64-bit ARM. */
  arm64: number | null;
  when?: Condition;
}

const CLONE_THREAD = 0x10000;
/** O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND. */
const OPEN_TO_CHANGE = 0o1 | 0o2 | 0o100 | 0o1000 | 0o2000;
/** TCGETS (is it a terminal?), TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX. */
const IOCTL_OF_STREAMS = [0x5401, 0x5413, 0x541b, 0x5421, 0x5450, 0x5451];
/** PR_SET_NAME and PR_GET_NAME of a thread; PR_SET_VMA, which names a piece of memory. */
const PRCTL_OF_NAMES = [15, 16, 0x53564d41];

/** Source of the numbers: the kernel's asm/unistd_64.h and asm-generic/unistd.h. */
const NUMBERS: readonly (readonly [name: string, x64: number | null, arm64: number | null])[] = [
  // Files, read only, and the pipes that are open already.
  ['read', 0, 63],
  ['write', 1, 64],
  ['readv', 19, 65],
  ['writev', 20, 66],
  ['pread64', 17, 67],
  ['preadv', 295, 69],
  ['lseek', 8, 62],
  ['close', 3, 57],
  ['close_range', 436, 436],
  ['dup', 32, 23],
  ['dup2', 33, null],
  ['dup3', 292, 24],
  ['fcntl', 72, 25],
  ['fstat', 5, 80],
  ['stat', 4, null],
  ['lstat', 6, null],
  ['newfstatat', 262, 79],
  ['statx', 332, 291],
  ['access', 21, null],
  ['faccessat', 269, 48],
  ['faccessat2', 439, 439],
  ['readlink', 89, null],
  ['readlinkat', 267, 78],
  ['getdents64', 217, 61],
  ['getcwd', 79, 17],
  ['open', 2, null],
  ['openat', 257, 56],
  ['ioctl', 16, 29],
  ['pipe', 22, null],
  ['pipe2', 293, 59],
  ['eventfd2', 290, 19],
  ['poll', 7, null],
  ['ppoll', 271, 73],
  ['select', 23, null],
  ['pselect6', 270, 72],
  ['epoll_create1', 291, 20],
  ['epoll_ctl', 233, 21],
  ['epoll_wait', 232, null],
  ['epoll_pwait', 281, 22],
  ['epoll_pwait2', 441, 441],
  // Standard input and output may be sockets: what they are may be asked, and they may be ended.
  ['getsockname', 51, 204],
  ['getpeername', 52, 205],
  ['getsockopt', 55, 209],
  ['shutdown', 48, 210],
  // Memory.
  ['mmap', 9, 222],
  ['mprotect', 10, 226],
  ['munmap', 11, 215],
  ['mremap', 25, 216],
  ['madvise', 28, 233],
  ['brk', 12, 214],
  ['pkey_alloc', 330, 289],
  ['pkey_free', 331, 290],
  ['pkey_mprotect', 329, 288],
  ['membarrier', 324, 283],
  // Threads, and the one start of Node itself. A second one would start the same Node behind the same walls.
  ['clone', 56, 220],
  ['execve', 59, 221],
  ['wait4', 61, 260],
  ['exit', 60, 93],
  ['exit_group', 231, 94],
  ['futex', 202, 98],
  ['futex_waitv', 449, 449],
  ['set_robust_list', 273, 99],
  ['get_robust_list', 274, 100],
  ['set_tid_address', 218, 96],
  ['rseq', 334, 293],
  ['sched_yield', 24, 124],
  ['sched_getaffinity', 204, 123],
  ['sched_getparam', 143, 121],
  ['sched_getscheduler', 145, 120],
  ['getcpu', 309, 168],
  ['gettid', 186, 178],
  ['arch_prctl', 158, null],
  ['prctl', 157, 167],
  // Signals to itself: abort() and the end of a thread.
  ['rt_sigaction', 13, 134],
  ['rt_sigprocmask', 14, 135],
  ['rt_sigreturn', 15, 139],
  ['rt_sigpending', 127, 136],
  ['rt_sigsuspend', 130, 133],
  ['rt_sigtimedwait', 128, 137],
  ['sigaltstack', 131, 132],
  ['restart_syscall', 219, 128],
  ['tgkill', 234, 131],
  ['tkill', 200, 130],
  // Time.
  ['clock_gettime', 228, 113],
  ['clock_getres', 229, 114],
  ['clock_nanosleep', 230, 115],
  ['nanosleep', 35, 101],
  ['gettimeofday', 96, 169],
  ['time', 201, null],
  ['times', 100, 153],
  // Facts about itself.
  ['getrusage', 98, 165],
  ['getpid', 39, 172],
  ['getppid', 110, 173],
  ['getuid', 102, 174],
  ['geteuid', 107, 175],
  ['getgid', 104, 176],
  ['getegid', 108, 177],
  ['getresuid', 118, 148],
  ['getresgid', 120, 150],
  ['getgroups', 115, 158],
  ['getpgid', 121, 155],
  ['capget', 125, 90],
  ['uname', 63, 160],
  ['sysinfo', 99, 179],
  ['getrlimit', 97, 163],
  ['prlimit64', 302, 261],
  ['getpriority', 140, 141],
  ['getrandom', 318, 278],
];

const CONDITIONS: ReadonlyMap<string, Condition> = new Map<string, Condition>([
  // clone3 hides its flags behind a pointer; it is not on the list, and C libraries fall back to clone.
  ['clone', { argument: 0, test: 'has', values: [CLONE_THREAD], otherwise: ERRNO.EPERM }],
  ['open', { argument: 1, test: 'lacks', values: [OPEN_TO_CHANGE], otherwise: ERRNO.EROFS }],
  ['openat', { argument: 2, test: 'lacks', values: [OPEN_TO_CHANGE], otherwise: ERRNO.EROFS }],
  ['ioctl', { argument: 1, test: 'one of', values: IOCTL_OF_STREAMS, otherwise: ERRNO.ENOTTY }],
  ['prctl', { argument: 0, test: 'one of', values: PRCTL_OF_NAMES, otherwise: ERRNO.EINVAL }],
  ['prlimit64', { argument: 0, test: 'one of', values: [0], otherwise: ERRNO.EPERM }],
]);

export const ALLOWED_SYSCALLS: readonly Syscall[] = NUMBERS.map(([name, x64, arm64]) => {
  const when = CONDITIONS.get(name);
  return when ? { name, x64, arm64, when } : { name, x64, arm64 };
});
