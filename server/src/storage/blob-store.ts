/** Where bytes live: immutable, named by the sha256 of their content. */

/** What became of a stream that was staged. */
export interface Staged {
  digest: string;
  size_bytes: number;
  /** The first bytes, for telling the type by its content. */
  head: Uint8Array;
}

export interface BlobStore {
  /**
   * Writes a stream to a private place named by `id` while hashing it. Reads at most `maximumBytes` and one chunk more.
   * On any failure nothing is left behind.
   * @throws Problem too_large, storage_full
   */
  stage(id: string, source: AsyncIterable<Uint8Array>, maximumBytes: number): Promise<Staged>;
  /** Moves what was staged under `id` to its digest. Does nothing when the move has happened already. @throws Problem upload_incomplete */
  commit(id: string, digest: string): Promise<void>;
  discard(id: string): Promise<void>;
  /** Discards whatever was staged and not touched since `timeMs`: a process that was killed could not clean up. */
  discardBefore(timeMs: number): Promise<void>;
  /** Stores bytes that are in memory. @throws Problem storage_full */
  put(bytes: Uint8Array): Promise<string>;
  has(digest: string): Promise<boolean>;
  /** @throws Problem not_found */
  read(digest: string): Promise<Uint8Array>;
  /** @throws Problem not_found */
  open(digest: string): Promise<{ size_bytes: number; stream: NodeJS.ReadableStream }>;
}

/** Bytes kept as `Staged.head`. */
export const HEAD_BYTES = 512;

const DIGEST = /^sha256:([0-9a-f]{64})$/;

/** The hex part of a digest. @throws TypeError for anything that is not one: digests become file names. */
export function digestHex(digest: string): string {
  const hex = DIGEST.exec(digest)?.[1];
  if (hex === undefined)
    throw new TypeError(`expected sha256:<64 hex digits>, got ${JSON.stringify(digest.slice(0, 80))}`);
  return hex;
}
