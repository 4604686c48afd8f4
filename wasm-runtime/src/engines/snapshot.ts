/** A snapshot: the linear memory of a booted engine and what lies outside it. The same bytes whichever host makes it. */
import type { FileState } from '../gate/file-state.ts';
import { packSections, unpackSections } from '../environment/image.ts';

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
}

export interface Snapshot extends SnapshotState {
  /** Non-zero pieces of memory: address and bytes. */
  runs: [address: number, bytes: Uint8Array][];
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
export function unpackSnapshot(packed: Uint8Array): Snapshot {
  const { header, body } = unpackSections(packed);
  if (typeof header !== 'object' || header === null || !('runs' in header) || !Array.isArray(header.runs)) {
    throw new TypeError('snapshot: expected a header with runs');
  }
  let offset = 0;
  const runs = header.runs.map(([address, length]: [number, number]): [number, Uint8Array] => {
    const piece = body.subarray(offset, offset + length);
    offset += length;
    return [address, piece];
  });
  // Written by packSnapshot, and checked by digest.
  return { ...(header as unknown as SnapshotState), runs };
}

/** Grows the memory to the snapshot's size, clears what the instance wrote into it, and copies the pieces. */
export function restoreMemory(memory: WebAssembly.Memory, snapshot: Snapshot): void {
  const missing = snapshot.pages - memory.buffer.byteLength / PAGE_BYTES;
  if (missing < 0) throw new TypeError('snapshot: the instance has more memory than the snapshot');
  if (missing > 0) memory.grow(missing);
  const bytes = new Uint8Array(memory.buffer);
  let end = 0;
  for (const [address, piece] of snapshot.runs) {
    bytes.fill(0, end, address);
    bytes.set(piece, address);
    end = address + piece.length;
  }
  bytes.fill(0, end);
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
