/**
 * Messages on a byte pipe: u32 length of the JSON head, u32 count of binary parts, the parts' u32 lengths, the head, the
 * parts. All little-endian. The reading side trusts nothing and caps everything.
 */
import type { FileBytes } from '../environment/file-bytes.ts';
import type { FromSandbox, GivenFiles, InSandbox, ToSandbox } from './protocol.ts';

export interface Frame {
  head: unknown;
  parts: Uint8Array[];
}

/** Length of the head, and count of the parts. */
const FIXED_BYTES = 8;
const MAX_HEAD_BYTES = 512 << 20;
const MAX_PARTS = 100_000;
const MAX_PART_BYTES = 1 << 30;

export function encodeFrame({ head, parts }: Frame): Uint8Array[] {
  const json = new TextEncoder().encode(JSON.stringify(head));
  const prefix = new Uint8Array(FIXED_BYTES + 4 * parts.length);
  const view = new DataView(prefix.buffer);
  view.setUint32(0, json.length, true);
  view.setUint32(4, parts.length, true);
  parts.forEach((part, index) => view.setUint32(FIXED_BYTES + 4 * index, part.length, true));
  return [prefix, json, ...parts];
}

/** How long the pieces of a frame are, as its first bytes say. */
interface Sizes {
  head: number;
  parts: number[];
  /** Of head and parts together, bytes. */
  body: number;
}

/** @returns null while the prefix is not all there. @throws RangeError for sizes past the caps */
function readSizes(bytes: Uint8Array): (Sizes & { prefix: number }) | null {
  if (bytes.length < FIXED_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const head = view.getUint32(0, true);
  const count = view.getUint32(4, true);
  if (head > MAX_HEAD_BYTES || count > MAX_PARTS) throw new RangeError('frame: too large');
  const prefix = FIXED_BYTES + 4 * count;
  if (bytes.length < prefix) return null;
  const parts = Array.from({ length: count }, (_, index) => view.getUint32(FIXED_BYTES + 4 * index, true));
  if (parts.some((size) => size > MAX_PART_BYTES)) throw new RangeError('frame: a part is too large');
  return { head, parts, prefix, body: parts.reduce((sum, size) => sum + size, head) };
}

/** The parts are views of `body`. @throws SyntaxError for a head that is not JSON */
function readBody(body: Uint8Array, sizes: Sizes): Frame {
  const head: unknown = JSON.parse(new TextDecoder().decode(body.subarray(0, sizes.head)));
  let offset = sizes.head;
  return { head, parts: sizes.parts.map((size) => body.subarray(offset, (offset += size))) };
}

/**
 * Reads one frame where reading may block, and where the other side is trusted: what it announces is reserved at once.
 * @param read fills some of its argument. @returns how many bytes, 0 at the end
 * @returns null at the end of the input
 */
export function readFrame(read: (target: Uint8Array) => number): Frame | null {
  const fill = (target: Uint8Array): boolean => {
    for (let offset = 0; offset < target.length;) {
      const count = read(target.subarray(offset));
      if (count === 0) return false;
      offset += count;
    }
    return true;
  };
  const fixed = new Uint8Array(FIXED_BYTES);
  if (!fill(fixed)) return null;
  const prefix = new Uint8Array(FIXED_BYTES + 4 * new DataView(fixed.buffer).getUint32(4, true));
  prefix.set(fixed);
  if (!fill(prefix.subarray(FIXED_BYTES))) return null;
  const sizes = readSizes(prefix);
  if (!sizes) return null;
  const body = new Uint8Array(sizes.body);
  return fill(body) ? readBody(body, sizes) : null;
}

/** SHA-256 of bytes that come one after the other. */
export interface Hasher {
  update(bytes: Uint8Array): unknown;
  /** `sha256:<hex>` */
  digest(): string;
}

/** Smaller parts are hashed sooner than a hasher is made. */
const HASHED_MIN_BYTES = 65_536;

/** Hashes the parts of a frame while they come: nothing is left to do when the last byte is here. */
class PartHashes {
  readonly digests: (string | undefined)[];
  readonly #sizes: readonly number[];
  readonly #newHasher: () => Hasher;
  /** Part that comes next; the head is -1. */
  #part = -1;
  #left: number;
  #hasher: Hasher | undefined;

  constructor({ head, parts }: Sizes, newHasher: () => Hasher) {
    this.digests = parts.map(() => undefined);
    this.#sizes = parts;
    this.#newHasher = newHasher;
    this.#left = head;
  }

  /** @param bytes the next of the body; what follows it is none of it */
  take(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length && this.#part < this.#sizes.length) {
      const end = Math.min(bytes.length, at + this.#left);
      this.#hasher?.update(bytes.subarray(at, end));
      this.#left -= end - at;
      at = end;
      if (this.#left > 0) return;
      if (this.#hasher) this.digests[this.#part] = this.#hasher.digest();
      this.#left = this.#sizes[++this.#part] ?? 0;
      this.#hasher = this.#left >= HASHED_MIN_BYTES ? this.#newHasher() : undefined;
    }
  }
}

/** The body of a frame that comes, where it will stay. */
interface Coming {
  sizes: Sizes;
  body: Uint8Array;
  filled: number;
  hashes: PartHashes;
}

/** A frame that would be longer than what may still come. */
export class NoRoomError extends RangeError {}

/** Cuts what comes from a sandbox into frames, as it comes. */
export class FrameReader {
  readonly #onFrame: (frame: Frame, digests: readonly (string | undefined)[]) => void;
  readonly #newHasher: () => Hasher;
  readonly #room: () => number;
  #prefix = new Uint8Array(FIXED_BYTES);
  #prefixFilled = 0;
  #coming: Coming | undefined;

  /**
   * @param onFrame is told the digests of the large parts that were hashed, too
   * @param room how many bytes the sandbox may still send: a frame that announces so many is given its place at once, which costs
   * nothing before they come
   */
  constructor(
    onFrame: (frame: Frame, digests: readonly (string | undefined)[]) => void,
    newHasher: () => Hasher,
    room: () => number,
  ) {
    this.#onFrame = onFrame;
    this.#newHasher = newHasher;
    this.#room = room;
  }

  /** Where the next bytes will stay, if that is known: whoever reads there spares a copy. */
  get place(): Uint8Array | undefined {
    return this.#coming?.body.subarray(this.#coming.filled);
  }

  /**
   * @param chunk the next bytes: those at `place`, or others, which are copied
   * @throws RangeError for sizes past the caps, NoRoomError past the room, SyntaxError for a head that is not JSON
   */
  push(chunk: Uint8Array): void {
    let rest = chunk;
    for (;;) {
      const coming = (this.#coming ??= this.#announced());
      if (coming) {
        const taken = rest.subarray(0, coming.body.length - coming.filled);
        rest = rest.subarray(taken.length);
        this.#fill(coming, taken);
        if (coming.filled < coming.body.length) return;
        this.#coming = undefined;
        this.#onFrame(readBody(coming.body, coming.sizes), coming.hashes.digests);
      } else {
        if (rest.length === 0) return;
        const taken = rest.subarray(0, this.#prefix.length - this.#prefixFilled);
        rest = rest.subarray(taken.length);
        this.#prefix.set(taken, this.#prefixFilled);
        this.#prefixFilled += taken.length;
      }
    }
  }

  #fill(coming: Coming, bytes: Uint8Array): void {
    const { body, filled } = coming;
    const isThere = bytes.buffer === body.buffer && bytes.byteOffset === filled;
    if (!isThere) body.set(bytes, filled);
    coming.hashes.take(body.subarray(filled, filled + bytes.length));
    coming.filled += bytes.length;
  }

  /** The frame whose prefix is here. */
  #announced(): Coming | undefined {
    if (this.#prefixFilled < this.#prefix.length) return undefined;
    const sizes = readSizes(this.#prefix);
    if (!sizes) {
      // The count of the parts, which is within its cap, says how long the prefix is.
      const fixed = this.#prefix;
      this.#prefix = new Uint8Array(FIXED_BYTES + 4 * new DataView(fixed.buffer).getUint32(4, true));
      this.#prefix.set(fixed);
      return undefined;
    }
    if (sizes.body > this.#room()) throw new NoRoomError('frame: more is announced than may come');
    this.#prefix = new Uint8Array(FIXED_BYTES);
    this.#prefixFilled = 0;
    return { sizes, body: new Uint8Array(sizes.body), filled: 0, hashes: new PartHashes(sizes, this.#newHasher) };
  }
}

/** In the order of their parts. */
const FILE_ROLES = ['module', 'snapshot', 'image', 'libraries', 'late'] as const;

/** Takes the raw bytes out of a message, in a fixed order. */
export function packToSandbox(message: ToSandbox): Frame {
  if (message.kind === 'load') {
    const roles = FILE_ROLES.filter((role) => message.files[role]);
    const parts = roles.flatMap((role) => here(message.files[role]) ?? []);
    return { head: { ...message, files: roles }, parts };
  }
  if (message.kind === 'late') return { head: { kind: 'late', engine: message.engine }, parts: [message.bytes] };
  if (message.kind === 'begin') {
    const { inputs, ...begin } = message.begin;
    return {
      head: { kind: 'begin', begin: { ...begin, inputs: inputs.map(({ path }) => path) } },
      parts: inputs.map(({ bytes }) => bytes),
    };
  }
  if (message.kind === 'make') throw new TypeError('frame: processes are given their snapshots');
  return { head: message, parts: [] };
}

/** Node's environments read and check their files themselves. */
function here(file: FileBytes | undefined): Uint8Array | undefined {
  if (file && !(file instanceof Uint8Array)) throw new TypeError('frame: processes are given bytes');
  return file;
}

/** The inverse, inside the sandbox, which trusts its host. */
export function unpackToSandbox({ head, parts }: Frame): InSandbox {
  // Written by packToSandbox.
  const message = head as InSandbox;
  const next = () => {
    const part = parts.shift();
    if (!part) throw new RangeError('frame: a part is missing');
    return part;
  };
  if (message.kind === 'load') {
    // In the frame, files are their roles.
    const roles = message.files as unknown as (keyof GivenFiles)[];
    // Every engine has those that `GivenFiles` asks for.
    return { ...message, files: Object.fromEntries(roles.map((role) => [role, next()])) as unknown as GivenFiles };
  }
  if (message.kind === 'late') return { ...message, bytes: next() };
  if (message.kind === 'begin') {
    // In the frame, inputs are their paths; their bytes are parts.
    const paths = message.begin.inputs as unknown as string[];
    const inputs = paths.map((path) => ({ path, bytes: next() }));
    return { kind: 'begin', begin: { ...message.begin, inputs } };
  }
  return message;
}

export function packFromSandbox(message: FromSandbox): Frame {
  if (message.kind === 'ahead') {
    const { bytes, ...head } = message;
    return { head, parts: [bytes] };
  }
  if (message.kind !== 'done') return { head: message, parts: [] };
  const { artifacts, blobs, ...done } = message.done;
  const named = artifacts.map((artifact) =>
    'ahead' in artifact ? artifact : { name: artifact.name, media_type: artifact.media_type },
  );
  return {
    head: { ...message, done: { ...done, artifacts: named } },
    parts: [...artifacts.flatMap((artifact) => ('ahead' in artifact ? [] : [artifact.bytes])), ...blobs],
  };
}

/** The inverse, outside: what it gives is still unvalidated. */
export function unpackFromSandbox({ head, parts }: Frame): unknown {
  if (typeof head !== 'object' || head === null || !('kind' in head)) return null;
  if (head.kind === 'ahead') return parts.length === 1 ? { ...head, bytes: parts[0] } : null;
  if (head.kind !== 'done') return parts.length === 0 ? head : null;
  if (!('done' in head) || typeof head.done !== 'object' || head.done === null) return null;
  const done = head.done as Record<string, unknown>;
  if (!Array.isArray(done['artifacts'])) return null;
  let taken = 0;
  const artifacts = done['artifacts'].map((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) return null;
    return 'ahead' in entry ? entry : { ...entry, bytes: parts[taken++] };
  });
  return taken > parts.length ? null : { ...head, done: { ...done, artifacts, blobs: parts.slice(taken) } };
}
