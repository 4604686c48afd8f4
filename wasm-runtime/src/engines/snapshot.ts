/** A snapshot: the linear memory of a booted engine and what lies outside it. The same bytes whichever host makes it. */
import type { FileState } from '../gate/file-state.ts';
import { packSections, unpackSections } from '../environment/image.ts';
import type { LibraryName } from './javascript/libraries.ts';
import { bytesOf, holdingModule, putPieces, type Given } from './given.ts';

const PAGE_BYTES = 65_536;
/** Zero runs shorter than this are kept, so that restoring copies few, large pieces. */
const CHUNK_BYTES = 4096;

export interface SnapshotState {
  pages: number;
  stack_pointer: number;
  /** How the engine's module is linked; engines read their own. */
  link: unknown;
  /** Addresses that the host needs, by name. */
  pointers: Record<string, number>;
  /** Fuel that the boot used: a check that two builds did the same. */
  boot_fuel: number;
  /** The engine's file system, where it has one. */
  files?: FileState;
  /** What its programs can import by name, where there are libraries. */
  libraries?: readonly LibraryName[];
}

export interface Snapshot extends SnapshotState {
  /** Where memory is not zero: addresses and lengths of its pieces, in order. */
  runs: readonly (readonly [address: number, length: number])[];
  /** Puts the pieces into a memory that is as large as they need. */
  copyInto(memory: WebAssembly.Memory): void;
}

export function packSnapshot(memory: WebAssembly.Memory, state: SnapshotState): Uint8Array {
  const bytes = new Uint8Array(memory.buffer);
  if (bytes.length !== state.pages * PAGE_BYTES) throw new TypeError('snapshot: pages and memory disagree');
  const runs = nonZeroRuns(bytes);
  return packSections(
    { ...state, runs: runs.map(([address, piece]) => [address, piece.length]) },
    runs.map(([, piece]) => piece),
  );
}

/** @throws TypeError when it is not a snapshot. Its bytes were checked by digest before; this guards against a mix-up only. */
export function unpackSnapshot(given: Given): Snapshot {
  const { header, body } = unpackSections(bytesOf(given));
  const state = readState(header);
  return {
    ...state,
    copyInto(memory) {
      if (given instanceof WebAssembly.Module) return putPieces(given, memory);
      const bytes = new Uint8Array(memory.buffer);
      for (const [address, piece] of piecesOf(state.runs, body)) bytes.set(piece, address);
    },
  };
}

/** A snapshot as a module that holds its state, and puts its pieces into memory. @returns its bytes. @throws TypeError when it is not one */
export function snapshotModule(packed: Uint8Array): Uint8Array<ArrayBuffer> {
  const { header, body } = unpackSections(packed);
  return holdingModule({ bytes: packSections(header, []), pieces: piecesOf(readState(header).runs, body) });
}

function readState(header: unknown): SnapshotState & Pick<Snapshot, 'runs'> {
  if (typeof header !== 'object' || header === null || !('runs' in header) || !Array.isArray(header.runs)) {
    throw new TypeError('snapshot: expected a header with runs');
  }
  // Written by packSnapshot, and checked by digest.
  return header as SnapshotState & Pick<Snapshot, 'runs'>;
}

function piecesOf(runs: Snapshot['runs'], body: Uint8Array): [address: number, piece: Uint8Array][] {
  let offset = 0;
  return runs.map(([address, length]) => [address, body.subarray(offset, (offset += length))]);
}

/** Grows the memory to the snapshot's size, clears what the instance wrote into it, and copies the pieces. */
export function restoreMemory(memory: WebAssembly.Memory, snapshot: Snapshot): void {
  const missing = snapshot.pages - memory.buffer.byteLength / PAGE_BYTES;
  if (missing < 0) throw new TypeError('snapshot: the instance has more memory than the snapshot');
  if (missing > 0) memory.grow(missing);
  const bytes = new Uint8Array(memory.buffer);
  let end = 0;
  for (const [address, length] of snapshot.runs) {
    bytes.fill(0, end, address);
    end = address + length;
  }
  bytes.fill(0, end);
  snapshot.copyInto(memory);
}

function nonZeroRuns(bytes: Uint8Array): [number, Uint8Array][] {
  const runs: [number, Uint8Array][] = [];
  const words = new BigUint64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
  const wordsPerChunk = CHUNK_BYTES / 8;
  let start = -1;
  for (let chunk = 0; chunk <= words.length / wordsPerChunk; chunk++) {
    const from = chunk * wordsPerChunk;
    const used = from < words.length && !isZero(words, from, from + wordsPerChunk);
    if (used && start < 0) start = chunk * CHUNK_BYTES;
    if (!used && start >= 0) {
      runs.push([start, bytes.slice(start, chunk * CHUNK_BYTES)]);
      start = -1;
    }
  }
  return runs;
}

function isZero(words: BigUint64Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (words[i] !== 0n) return false;
  return true;
}
