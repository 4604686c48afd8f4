/** Error numbers as Emscripten's musl knows them (the WASI numbering), and the one error that the virtual file system throws. */

export const ERRNO = {
  EACCES: 2,
  EBADF: 8,
  EBUSY: 10,
  EDEADLK: 16,
  EEXIST: 20,
  EFAULT: 21,
  EFBIG: 22,
  EILSEQ: 25,
  EINVAL: 28,
  EIO: 29,
  EISDIR: 31,
  ELOOP: 32,
  EMFILE: 33,
  ENAMETOOLONG: 37,
  ENODEV: 43,
  ENOENT: 44,
  ENOMEM: 48,
  ENOSPC: 51,
  ENOSYS: 52,
  ENOTDIR: 54,
  ENOTEMPTY: 55,
  ENOTTY: 59,
  EOVERFLOW: 61,
  EPERM: 63,
  ERANGE: 68,
  EROFS: 69,
  ESPIPE: 70,
  EOPNOTSUPP: 138,
} as const;

export type ErrnoName = keyof typeof ERRNO;

/** A refusal that the guest sees as an error number. Anything else that is thrown in the gate is a trap and passes through. */
export class Errno extends Error {
  readonly code: ErrnoName;
  readonly errno: number;

  constructor(code: ErrnoName) {
    super(code);
    this.name = 'Errno';
    this.code = code;
    this.errno = ERRNO[code];
  }
}

// One instance each: a guest probes for missing files thousands of times, and making an error object captures a stack.
const instances = new Map<ErrnoName, Errno>();

/** @throws Errno always. */
export function refuse(code: ErrnoName): never {
  let error = instances.get(code);
  if (error === undefined) {
    error = new Errno(code);
    instances.set(code, error);
  }
  throw error;
}
