/** Bounds-checked access to the guest's linear memory. Every pointer and length is the guest's, and hostile. */
import { refuse } from './errno.ts';
import { MAX_PATH_BYTES } from './paths.ts';

/** As `IOV_MAX` on Linux. */
const MAX_VECTORS = 1024;
/** The largest total of one read or write: what `ssize_t` can tell. */
const MAX_TRANSFER = 0x7fffffff;
/** Of a C string that is no path, at most. */
const MAX_TEXT_BYTES = 1 << 16;
const VECTOR_BYTES = 8;

/** A byte order mark is part of a name. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();
const REPLACEMENT = '\ufffd';

export class GuestMemory {
  readonly #memory: () => WebAssembly.Memory;
  #buffer: ArrayBufferLike | null = null;
  #bytes = new Uint8Array(0);
  #view = new DataView(new ArrayBuffer(0));

  /** @param memory asked again at every access: the memory may not exist yet when the imports are made */
  constructor(memory: () => WebAssembly.Memory) {
    this.#memory = memory;
  }

  /** A view that lasts until the guest runs again. @throws Errno EFAULT */
  bytes(pointer: number, length: number): Uint8Array {
    this.#refresh();
    const start = pointer >>> 0;
    const count = length >>> 0;
    if (start + count > this.#bytes.length) refuse('EFAULT');
    return this.#bytes.subarray(start, start + count);
  }

  /** `length` bytes that can be written as numbers, offsets counting from `pointer`. @throws Errno EFAULT, also for NULL */
  view(pointer: number, length: number): DataView {
    this.#refresh();
    const start = pointer >>> 0;
    if (start === 0 || start + length > this.#bytes.length) refuse('EFAULT');
    return new DataView(this.#view.buffer, start, length);
  }

  /** A path or a link's target, which ends with NUL. @throws Errno EFAULT, ENAMETOOLONG, EILSEQ (not UTF-8) */
  path(pointer: number): string {
    this.#refresh();
    const start = pointer >>> 0;
    if (start === 0 || start >= this.#bytes.length) refuse('EFAULT');
    const window = this.#bytes.subarray(start, start + MAX_PATH_BYTES + 1);
    const length = window.indexOf(0);
    if (length < 0) refuse(window.length > MAX_PATH_BYTES ? 'ENAMETOOLONG' : 'EFAULT');
    const bytes = window.subarray(0, length);
    const path = decoder.decode(bytes);
    // Names are text: bytes that are no UTF-8 are refused rather than changed. A fatal decoder would say so by an exception,
    // which costs twenty times as much as a call is charged for.
    if (path.includes(REPLACEMENT) && !sameBytes(encoder.encode(path), bytes)) refuse('EILSEQ');
    return path;
  }

  /** Bytes up to a NUL, each as a character from 0 to 255. @throws Errno EFAULT, also where there is none in `MAX_TEXT_BYTES` */
  text(pointer: number): string {
    this.#refresh();
    const start = pointer >>> 0;
    const window = this.#bytes.subarray(start, start + MAX_TEXT_BYTES);
    const length = window.indexOf(0);
    if (start === 0 || length < 0) refuse('EFAULT');
    let text = '';
    for (const byte of window.subarray(0, length)) text += String.fromCharCode(byte);
    return text;
  }

  /** The buffers that an array of `iovec` names. @throws Errno EFAULT; EINVAL when there are too many, or too many bytes */
  vectors(pointer: number, count: number): Uint8Array[] {
    const vectors = count >>> 0;
    if (vectors > MAX_VECTORS) refuse('EINVAL');
    if (vectors === 0) return [];
    const view = this.view(pointer, vectors * VECTOR_BYTES);
    const parts: Uint8Array[] = [];
    let total = 0;
    for (let at = 0; at < vectors * VECTOR_BYTES; at += VECTOR_BYTES) {
      const part = this.bytes(view.getUint32(at, true), view.getUint32(at + 4, true));
      total += part.length;
      if (total > MAX_TRANSFER) refuse('EINVAL');
      parts.push(part);
    }
    return parts;
  }

  /** @throws Errno EFAULT */
  setUint32(pointer: number, value: number): void {
    this.view(pointer, 4).setUint32(0, value, true);
  }

  /** @throws Errno EFAULT */
  setBigInt64(pointer: number, value: bigint): void {
    this.view(pointer, 8).setBigInt64(0, value, true);
  }

  #refresh(): void {
    const { buffer } = this.#memory();
    // Growing detaches the old buffer and gives a new one.
    if (buffer === this.#buffer) return;
    this.#buffer = buffer;
    this.#bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
