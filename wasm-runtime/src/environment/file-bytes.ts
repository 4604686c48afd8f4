/** A file of an environment as it comes from its source: its bytes, checked, or a file that nobody has read here. */

/** Whoever reads the blob checks the bytes' digest first. The blob can be read in another place than this. */
export interface UnreadFile {
  readonly blob: Blob;
  readonly digest: string;
  /** The right bytes, where the blob is not them: read here, or from elsewhere. @throws RunFailure */
  bytes(): Promise<Uint8Array>;
}

export type FileBytes = Uint8Array | UnreadFile;

/** @throws RunFailure when they cannot be had */
export async function readBytes(file: FileBytes): Promise<Uint8Array> {
  return file instanceof Uint8Array ? file : file.bytes();
}
