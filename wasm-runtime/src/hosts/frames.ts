/**
 * Messages on a byte pipe: u32 length of the JSON head, u32 count of binary parts, the parts' u32 lengths, the head, the
 * parts. All little-endian. The reading side trusts nothing and caps everything.
 */
import type { FromSandbox, ToSandbox } from './protocol.ts';

export interface Frame {
  head: unknown;
  parts: Uint8Array[];
}

const MAX_HEAD_BYTES = 512 << 20;
const MAX_PARTS = 100_000;
const MAX_PART_BYTES = 1 << 30;

export function encodeFrame({ head, parts }: Frame): Uint8Array[] {
  const json = new TextEncoder().encode(JSON.stringify(head));
  const prefix = new Uint8Array(8 + 4 * parts.length);
  const view = new DataView(prefix.buffer);
  view.setUint32(0, json.length, true);
  view.setUint32(4, parts.length, true);
  parts.forEach((part, index) => view.setUint32(8 + 4 * index, part.length, true));
  return [prefix, json, ...parts];
}

/** Cuts a stream of bytes into frames. */
export class FrameReader {
  readonly #onFrame: (frame: Frame) => void;
  #chunks: Uint8Array[] = [];
  #size = 0;
  /** How many bytes must be there before anything can be done. */
  #needed = 8;

  constructor(onFrame: (frame: Frame) => void) {
    this.#onFrame = onFrame;
  }

  /** @throws RangeError for sizes past the caps, SyntaxError for a head that is not JSON */
  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    while (this.#size >= this.#needed) {
      const bytes = this.#joined();
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const headBytes = view.getUint32(0, true);
      const partCount = view.getUint32(4, true);
      if (headBytes > MAX_HEAD_BYTES || partCount > MAX_PARTS) throw new RangeError('frame: too large');
      const start = 8 + 4 * partCount;
      if (bytes.length < start) {
        this.#needed = start;
        continue;
      }
      const sizes = Array.from({ length: partCount }, (_, index) => view.getUint32(8 + 4 * index, true));
      const total = sizes.reduce((sum, size) => sum + size, start + headBytes);
      if (sizes.some((size) => size > MAX_PART_BYTES)) throw new RangeError('frame: a part is too large');
      if (bytes.length < total) {
        this.#needed = total;
        continue;
      }
      const head: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(start, start + headBytes)));
      let offset = start + headBytes;
      const parts = sizes.map((size) => bytes.slice(offset, (offset += size)));
      this.#chunks = [bytes.subarray(total)];
      this.#size = bytes.length - total;
      this.#needed = 8;
      this.#onFrame({ head, parts });
    }
  }

  #joined(): Uint8Array {
    const [first] = this.#chunks;
    if (first && this.#chunks.length === 1) return first;
    const bytes = new Uint8Array(this.#size);
    let offset = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, offset);
      offset += chunk.length;
    }
    this.#chunks = [bytes];
    return bytes;
  }
}

/** Takes the raw bytes out of a message, in a fixed order. */
export function packToSandbox(message: ToSandbox): Frame {
  if (message.kind === 'load') {
    const { glue, module, snapshot, image } = message.files;
    const parts = [module, snapshot, ...(glue ? [glue] : []), ...(image ? [image] : [])];
    return { head: { ...message, files: { glue: glue !== undefined, image: image !== undefined } }, parts };
  }
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

/** The inverse, inside the sandbox, which trusts its host. */
export function unpackToSandbox({ head, parts }: Frame): ToSandbox {
  // Written by packToSandbox.
  const message = head as ToSandbox;
  const next = () => {
    const part = parts.shift();
    if (!part) throw new RangeError('frame: a part is missing');
    return part;
  };
  if (message.kind === 'load') {
    const [module, snapshot] = [next(), next()];
    const { glue, image } = message.files;
    return {
      ...message,
      files: { module, snapshot, ...(glue ? { glue: next() } : {}), ...(image ? { image: next() } : {}) },
    };
  }
  if (message.kind === 'begin') {
    // In the frame, inputs are their paths; their bytes are parts.
    const paths = message.begin.inputs as unknown as string[];
    const inputs = paths.map((path) => ({ path, bytes: next() }));
    return { kind: 'begin', begin: { ...message.begin, inputs } };
  }
  return message;
}

export function packFromSandbox(message: FromSandbox): Frame {
  if (message.kind !== 'done') return { head: message, parts: [] };
  const { artifacts, blobs, ...done } = message.done;
  return {
    head: { ...message, done: { ...done, artifacts: artifacts.map(({ name, media_type }) => ({ name, media_type })) } },
    parts: [...artifacts.map(({ bytes }) => bytes), ...blobs],
  };
}

/** The inverse, outside: what it gives is still unvalidated. */
export function unpackFromSandbox({ head, parts }: Frame): unknown {
  if (typeof head !== 'object' || head === null || !('kind' in head) || head.kind !== 'done')
    return parts.length === 0 ? head : null;
  if (!('done' in head) || typeof head.done !== 'object' || head.done === null) return null;
  const done = head.done as Record<string, unknown>;
  if (!Array.isArray(done['artifacts']) || done['artifacts'].length > parts.length) return null;
  const artifacts = done['artifacts'].map((entry: unknown, index) =>
    typeof entry === 'object' && entry !== null ? { ...entry, bytes: parts[index] } : null,
  );
  return { ...head, done: { ...done, artifacts, blobs: parts.slice(artifacts.length) } };
}
