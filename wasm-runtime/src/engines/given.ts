/**
 * An engine's files as they are given to a sandbox: their bytes, or modules of WebAssembly that hold them. A compiled module is the one
 * thing that workers can share and none of them can change; so a frame compiles once, and no worker waits for a copy.
 */
import { concatenate, writeCount } from './module-bytes.ts';

export type Given = Uint8Array | WebAssembly.Module;

const HEADER = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);
const SECTION = { custom: 0, import: 2, data: 11 } as const;
const BYTES_SECTION = 'praxis';
const MEMORY_MODULE = 'praxis';
const MEMORY_NAME = 'memory';

/** A module that holds bytes, and puts some into the memory with which it is instantiated. */
export interface Held {
  bytes: Uint8Array;
  /** Address and bytes. */
  pieces?: readonly (readonly [number, Uint8Array])[];
}

/** @returns the module's bytes, in a buffer of their own */
export function holdingModule({ bytes, pieces = [] }: Held): Uint8Array<ArrayBuffer> {
  const parts = [HEADER, ...section(SECTION.custom, [...name(BYTES_SECTION), bytes])];
  if (pieces.length > 0) {
    // One import: a memory without an upper limit.
    parts.push(
      ...section(SECTION.import, [
        Uint8Array.of(1),
        ...name(MEMORY_MODULE),
        ...name(MEMORY_NAME),
        Uint8Array.of(2, 0, 0),
      ]),
    );
    const segments = pieces.flatMap(([address, piece]) => [
      // Active, in memory 0, at a constant.
      Uint8Array.of(0, 0x41), writeSigned(address), Uint8Array.of(0x0b), writeCount(piece.length), piece,
    ]); // prettier-ignore
    parts.push(...section(SECTION.data, [writeCount(pieces.length), ...segments]));
  }
  return concatenate(parts);
}

/** The bytes that were given, or that a module holds: then a copy. @throws TypeError for a module that holds none */
export function bytesOf(given: Given): Uint8Array {
  if (!(given instanceof WebAssembly.Module)) return given;
  const [held] = WebAssembly.Module.customSections(given, BYTES_SECTION);
  if (!held) throw new TypeError('given: the module holds no bytes');
  return new Uint8Array(held);
}

/** Puts the pieces that a module holds into their places. */
export function putPieces(held: WebAssembly.Module, memory: WebAssembly.Memory): void {
  // Instantiating does it, and there is nothing else in the module.
  void new WebAssembly.Instance(held, { [MEMORY_MODULE]: { [MEMORY_NAME]: memory } });
}

/** A module of code, ready to be instantiated. */
export async function moduleOf(given: Given): Promise<WebAssembly.Module> {
  // The bytes were checked by digest; a view of a plain buffer.
  return given instanceof WebAssembly.Module ? given : WebAssembly.compile(given as Uint8Array<ArrayBuffer>);
}

function section(id: number, content: readonly Uint8Array[]): Uint8Array[] {
  const length = content.reduce((sum, part) => sum + part.length, 0);
  return [Uint8Array.of(id), writeCount(length), ...content];
}

function name(text: string): Uint8Array[] {
  const bytes = new TextEncoder().encode(text);
  return [writeCount(bytes.length), bytes];
}

/** LEB128, signed, of an address below 2 GiB. */
function writeSigned(address: number): Uint8Array {
  const bytes = writeCount(address);
  const last = bytes.length - 1;
  // The next bit of the last byte is the sign.
  if (((bytes[last] ?? 0) & 0x40) === 0) return bytes;
  return Uint8Array.of(...bytes.subarray(0, last), (bytes[last] ?? 0) | 0x80, 0);
}
