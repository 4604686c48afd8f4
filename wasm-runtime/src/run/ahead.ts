/** The bytes of artifacts that leave a sandbox ahead of its answer, on the trusted side. What it says of them is hostile. */
import { AHEAD_MIN_BYTES, type AheadArtifact, type SandboxArtifact } from '../hosts/protocol.ts';

const KIB = 1024;

/** An artifact of which pieces have come. */
interface Growing {
  bytes: Uint8Array;
  filled: number;
}

export class AheadBytes {
  readonly #whole: Uint8Array[] = [];
  #growing: Growing | undefined;
  #room: number;

  /** @param maxKib all artifacts of a step together, KiB: an honest sandbox hands out no more, and none that is small */
  constructor(maxKib: number) {
    this.#room = maxKib * KIB;
  }

  /**
   * One more piece. An artifact in one piece is kept as it came; others are put together where they will stay.
   * @param size of the whole artifact, bytes, as the sandbox says
   * @returns false for what an honest sandbox does not send
   */
  take(size: number, piece: Uint8Array): boolean {
    if (!this.#growing) {
      if (size < AHEAD_MIN_BYTES || size > this.#room) return false;
      this.#room -= size;
      if (piece.length === size) {
        this.#whole.push(piece);
        return true;
      }
      this.#growing = { bytes: new Uint8Array(size), filled: 0 };
    }
    const { bytes, filled } = this.#growing;
    // An empty piece could come for ever.
    if (size !== bytes.length || piece.length === 0 || filled + piece.length > size) return false;
    bytes.set(piece, filled);
    this.#growing.filled += piece.length;
    if (this.#growing.filled === size) {
      this.#whole.push(bytes);
      this.#growing = undefined;
    }
    return true;
  }

  /** The artifacts of an answer with their bytes; null when one of them did not come, or comes twice. */
  complete(artifacts: readonly (SandboxArtifact | AheadArtifact)[]): SandboxArtifact[] | null {
    if (this.#growing) return null;
    const complete: SandboxArtifact[] = [];
    const taken = new Set<number>();
    for (const artifact of artifacts) {
      if (!('ahead' in artifact)) {
        complete.push(artifact);
        continue;
      }
      const { name, media_type, ahead } = artifact;
      const bytes = this.#whole[ahead];
      if (!bytes || taken.has(ahead)) return null;
      taken.add(ahead);
      complete.push({ name, media_type, bytes });
    }
    return complete;
  }
}
