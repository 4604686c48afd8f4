/** Open file descriptions and the table of the guest's file descriptors. */
import { refuse } from './errno.ts';
import type { Inode } from './inodes.ts';
import type { Quota } from './quota.ts';

/** Flags of `open`, as musl for wasm32 numbers them. */
export const OPEN = {
  ACCESS_MODE: 0o3,
  WRITE_ONLY: 0o1,
  READ_WRITE: 0o2,
  CREATE: 0o100,
  EXCLUSIVE: 0o200,
  TRUNCATE: 0o1000,
  APPEND: 0o2000,
  NON_BLOCKING: 0o4000,
  DIRECTORY: 0o200000,
  NO_FOLLOW: 0o400000,
  CLOSE_ON_EXEC: 0o2000000,
  PATH: 0o10000000,
} as const;

export const MAX_DESCRIPTORS = 256;

/** What `open` made: descriptors that `dup` made share it. */
export interface OpenFile {
  readonly node: Inode;
  flags: number;
  /** Byte position; in a directory, the number of entries read, `.` and `..` included. */
  offset: number;
  /** Descriptors that refer to it. */
  references: number;
  /** Reads a directory on from `offset`; the entry that did not fit last time waits in `waiting`. */
  cursor: DirectoryCursor | null;
}

export interface DirectoryCursor {
  readonly entries: Iterator<[string, Inode]>;
  waiting: [string, Inode] | null;
}

interface Slot {
  readonly open: OpenFile;
  closeOnExec: boolean;
  /** The channel to the host: it can be written to, and nothing else. */
  readonly pinned: boolean;
}

export class DescriptorTable {
  readonly #slots: (Slot | undefined)[] = [];
  readonly #quota: Quota;

  constructor(quota: Quota) {
    this.#quota = quota;
  }

  /** @throws Errno EBADF */
  get(fd: number): OpenFile {
    return this.#slot(fd).open;
  }

  find(fd: number): OpenFile | null {
    return this.#slots[fd]?.open ?? null;
  }

  /** For what may not be done with the host's channel. @throws Errno EBADF */
  getUnpinned(fd: number): OpenFile {
    const slot = this.#slot(fd);
    if (slot.pinned) refuse('EBADF');
    return slot.open;
  }

  /** The lowest free descriptor from `minimum` on. @throws Errno EMFILE */
  lowestFree(minimum = 0): number {
    let fd = minimum;
    while (this.#slots[fd] !== undefined) fd += 1;
    if (fd >= MAX_DESCRIPTORS) {
      this.#quota.record('descriptors', fd + 1, MAX_DESCRIPTORS);
      refuse('EMFILE');
    }
    return fd;
  }

  /** Puts `open` into a free slot and takes a reference. */
  install(fd: number, open: OpenFile, closeOnExec: boolean, pinned = false): number {
    if (this.#slots[fd] !== undefined) throw new Error(`descriptors: ${fd} is in use`);
    this.#slots[fd] = { open, closeOnExec, pinned };
    open.references += 1;
    return fd;
  }

  /** Empties a slot; the description, whose last reference it may have been. @throws Errno EBADF */
  remove(fd: number): OpenFile {
    const slot = this.#slot(fd);
    if (slot.pinned) refuse('EBADF');
    this.#slots[fd] = undefined;
    slot.open.references -= 1;
    return slot.open;
  }

  isPinned(fd: number): boolean {
    return this.#slots[fd]?.pinned === true;
  }

  /** @throws Errno EBADF */
  closeOnExec(fd: number): boolean {
    return this.#slot(fd).closeOnExec;
  }

  /** @throws Errno EBADF */
  setCloseOnExec(fd: number, closeOnExec: boolean): void {
    this.#slot(fd).closeOnExec = closeOnExec;
  }

  *entries(): IterableIterator<{ fd: number; open: OpenFile; closeOnExec: boolean; pinned: boolean }> {
    for (const [fd, slot] of this.#slots.entries()) if (slot !== undefined) yield { fd, ...slot };
  }

  #slot(fd: number): Slot {
    const slot = this.#slots[fd];
    if (slot === undefined) refuse('EBADF');
    return slot;
  }
}

export function canRead(flags: number): boolean {
  return (flags & OPEN.ACCESS_MODE) !== OPEN.WRITE_ONLY && (flags & OPEN.PATH) === 0;
}

export function canWrite(flags: number): boolean {
  return (flags & OPEN.ACCESS_MODE) !== 0 && (flags & OPEN.PATH) === 0;
}
