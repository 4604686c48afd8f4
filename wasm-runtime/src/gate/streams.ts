/** The guest's character devices: its standard streams, the channel to the host, and the classics under /dev. */
import { OPEN } from './descriptors.ts';
import type { Entropy } from './entropy.ts';
import { refuse } from './errno.ts';
import type { FileSystem } from './files.ts';
import type { Device } from './inodes.ts';

/** Where the streams end. Each callback may throw a trap, which passes through the guest's call unchanged. */
export interface StreamHost {
  /** What one call wrote. `bytes` is the host's to keep. */
  output(name: 'stdout' | 'stderr', bytes: Uint8Array): void;
  /** The next line of standard input, with its newline; `null` is the end of the file, for now. */
  readLine(): Uint8Array | null;
  /** What one call wrote to the channel, whole, as it lies in the guest's memory: until the guest goes on. Its content is hostile. */
  message(parts: readonly Uint8Array[]): void;
  /** A message longer than `maxMessageBytes` was refused with EFBIG; the host may trap instead. */
  messageRefused(size: number): void;
  readonly maxMessageBytes: number;
  /** Asked at each read: live mode exchanges it. */
  entropy(): Entropy;
}

/** The descriptor of the channel: written to, and nothing else; it cannot be closed, duplicated or replaced. */
export const CHANNEL_FD = 3;
/** Most bytes of output that one call takes; a longer one is a short write. */
const MAX_OUTPUT_BYTES = 1 << 20;
/** What SHAKE256 costs for a byte, beside moving it: 15 to 30 ns where there is nothing native. */
export const ENTROPY_FUEL = 24;

/** Device numbers as Linux gives them; those of the streams are pseudo terminals', the channel's is for local use. */
const RDEV = {
  null: 0x103,
  zero: 0x105,
  random: 0x108,
  urandom: 0x109,
  tty: 0x500,
  stdin: 0x8800,
  stdout: 0x8801,
  stderr: 0x8802,
  channel: 0x3c00,
} as const;

/**
 * Mounts the devices under /dev and opens 0, 1, 2 and the channel. The first thing to do with a new file system, so that the
 * numbers are always the same.
 */
export function connectStreams(files: FileSystem, host: StreamHost): void {
  const input = inputDevice(host);
  const output = outputDevice(RDEV.stdout, 'stdout', host);
  files.mountDevice('/dev/null', { ...silent, rdev: RDEV.null, seekable: true, write: (_parts, total) => total });
  files.mountDevice('/dev/zero', {
    ...silent,
    rdev: RDEV.zero,
    seekable: true,
    read: fillZero,
    write: (_parts, total) => total,
  });
  files.mountDevice('/dev/random', randomDevice(RDEV.random, host));
  files.mountDevice('/dev/urandom', randomDevice(RDEV.urandom, host));
  files.mountDevice('/dev/tty', { ...output, rdev: RDEV.tty, read: (target) => input.read(target) });
  files.mountDevice('/dev/stdin', input);
  files.mountDevice('/dev/stdout', output);
  files.mountDevice('/dev/stderr', outputDevice(RDEV.stderr, 'stderr', host));
  const { root } = files.tree;
  files.open(root, '/dev/stdin', 0, 0);
  files.open(root, '/dev/stdout', OPEN.WRITE_ONLY, 0);
  files.open(root, '/dev/stderr', OPEN.WRITE_ONLY, 0);
  const channel = files.tree.deviceWithoutPath(channelDevice(host));
  files.opened.install(CHANNEL_FD, channel, OPEN.WRITE_ONLY, true);
}

const silent = { seekable: false, fuelPerByteRead: 0, read: () => 0, write: () => refuse('EBADF') };

function fillZero(target: Uint8Array): number {
  target.fill(0);
  return target.length;
}

function randomDevice(rdev: number, host: StreamHost): Device {
  return {
    ...silent,
    rdev,
    seekable: true,
    fuelPerByteRead: ENTROPY_FUEL,
    read(target) {
      host.entropy().fill(target);
      return target.length;
    },
    // Whatever is mixed in, the stream stays a function of the seed.
    write: (_parts, total) => total,
  };
}

function outputDevice(rdev: number, name: 'stdout' | 'stderr', host: StreamHost): Device {
  return {
    ...silent,
    rdev,
    write(parts, total) {
      const bytes = concatenate(parts, Math.min(total, MAX_OUTPUT_BYTES));
      if (bytes.length > 0) host.output(name, bytes);
      return bytes.length;
    },
  };
}

function inputDevice(host: StreamHost): Device {
  let line = new Uint8Array(0);
  return {
    ...silent,
    rdev: RDEV.stdin,
    read(target) {
      if (line.length === 0) line = host.readLine()?.slice() ?? line;
      const count = Math.min(line.length, target.length);
      target.set(line.subarray(0, count));
      line = line.subarray(count);
      return count;
    },
  };
}

function channelDevice(host: StreamHost): Device {
  return {
    ...silent,
    rdev: RDEV.channel,
    write(parts, total) {
      if (total > host.maxMessageBytes) {
        host.messageRefused(total);
        refuse('EFBIG');
      }
      host.message(parts);
      return total;
    },
  };
}

/** A copy of the first `length` bytes. */
function concatenate(parts: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let filled = 0;
  for (const part of parts) {
    const taken = part.subarray(0, length - filled);
    bytes.set(taken, filled);
    filled += taken.length;
  }
  return bytes;
}
