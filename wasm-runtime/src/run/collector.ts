/** Gathers what a guest puts out, checks it, and stops the guest at the limits. Everything that arrives here is hostile. */
import { GuestTrap } from '../gate/trap.ts';
import { AHEAD_MIN_BYTES, type AheadArtifact, type SandboxArtifact } from '../hosts/protocol.ts';
import { sha256Digest } from './digest.ts';
import { isContentOf } from './media.ts';
import { checkArtifactName, isMediaType } from './names.ts';
import { Previews, type OutputListener } from './previews.ts';
import type { Limits } from './program.ts';
import type { MimeBundle, Output } from './record.ts';

const KIB = 1024;
/** A traceback or message longer than this is cut in the middle. */
const MAX_ERROR_TEXT = 65_536;
const MAX_DISPLAY_TYPES = 32;
/** A record's list of outputs: each costs far more than the bytes that are counted of it. */
const MAX_OUTPUTS = 10_000;
/** What was replaced or cleared gives its room back. All that is ever put out stays within so many times the limit. */
const MAX_TRAFFIC = 64;
/** What a change costs of that, beside its bytes. */
const CHANGE_BYTES = 128;

type StreamName = 'stdout' | 'stderr';

/** A display as it is kept; what replaces it takes its place. */
interface ShownPiece {
  output: Output;
  /** Bytes that it counts for; texts and metadata, not the bytes of images. */
  size: number;
  blobs: Uint8Array[];
}

/** Text of one stream in a row. Bytes are kept together: a program may write them one by one. */
class StreamPiece {
  readonly name: StreamName;
  truncated = false;
  #bytes = new Uint8Array(64);
  #length = 0;

  constructor(name: StreamName) {
    this.name = name;
  }

  add(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#bytes.length));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length = length;
  }

  get size(): number {
    return this.#length;
  }

  get output(): Output {
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(this.#bytes.subarray(0, this.#length));
    const output: Output = { type: 'stream', name: this.name, text };
    return this.truncated ? { ...output, truncated: true } : output;
  }
}

export interface Collected {
  outputs: Output[];
  artifacts: (SandboxArtifact | AheadArtifact)[];
  blobs: Uint8Array[];
}

export class Collector {
  readonly #limits: Limits;
  readonly #names = new Set<string>();
  #outputBytes = 0;
  #outputs = 0;
  #traffic = 0;
  #artifactBytes = 0;
  #pieces: (ShownPiece | StreamPiece)[] = [];
  /** Places of the displays of this step that can be updated, by their ids. */
  #places = new Map<string, number[]>();
  #clearsNext = false;
  #artifacts: (SandboxArtifact | AheadArtifact)[] = [];
  #sendAhead: ((bytes: Uint8Array) => void) | undefined;
  #ahead = 0;
  #previews: Previews | undefined;
  readonly #decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };

  readonly #perStep: boolean;

  /** @param perStep outputs and artifacts are counted for each step, as in a kernel, not for the whole run */
  constructor(limits: Limits, perStep = false) {
    this.#limits = limits;
    this.#perStep = perStep;
  }

  /**
   * @param listener told of each output as it comes
   * @param sendAhead given the bytes of each large artifact, in order, which last until it returns
   */
  beginStep(listener?: OutputListener, sendAhead?: (bytes: Uint8Array) => void): void {
    this.#pieces = [];
    this.#places.clear();
    this.#clearsNext = false;
    this.#artifacts = [];
    this.#sendAhead = sendAhead;
    this.#ahead = 0;
    this.#previews = listener && new Previews(listener);
    if (!this.#perStep) return;
    this.#names.clear();
    this.#outputBytes = 0;
    this.#outputs = 0;
    this.#traffic = 0;
    this.#artifactBytes = 0;
  }

  endStep(): Collected {
    return {
      outputs: this.#pieces.map(({ output }) => output),
      artifacts: this.#artifacts,
      blobs: this.#pieces.flatMap((piece) => (piece instanceof StreamPiece ? [] : piece.blobs)),
    };
  }

  /** Text on a standard stream, as bytes. @throws GuestTrap OUTPUT: what still fits is kept */
  stream(name: StreamName, bytes: Uint8Array): void {
    this.#clearIfDue();
    const room = this.#outputRoom();
    const fits = bytes.length <= room ? bytes : cutAtCharacter(bytes, room);
    if (fits.length > 0 || fits !== bytes) {
      const last = this.#pieces.at(-1);
      const piece = last instanceof StreamPiece && last.name === name ? last : this.#newStream(name);
      piece.add(fits);
      if (fits !== bytes) piece.truncated = true;
      this.#outputBytes += fits.length;
      this.#traffic += fits.length;
      this.#previews?.text(name, this.#decoders[name].decode(fits, { stream: true }));
    }
    if (fits !== bytes) {
      const excess = bytes.length - fits.length;
      // With room left, it is what was cleared before that ends it.
      if (this.#outputBytes + excess <= this.#limits.max_output_kb * KIB) this.#countTraffic(excess);
      this.#refuseOutput(excess);
    }
  }

  /**
   * A rich output. `data` has texts and bytes by media type; `id` names it for updates within this step.
   * @throws GuestTrap OUTPUT, ARTIFACTS, PROTOCOL
   */
  display(
    type: 'display' | 'result',
    data: Map<string, string | Uint8Array>,
    metadata: Record<string, unknown>,
    id?: string,
  ): void {
    this.#clearIfDue();
    const shown = this.#shown(type, data, metadata);
    this.#makeRoom(shown.size, 0);
    this.#countOutput();
    this.#outputBytes += shown.size;
    this.#add(shown);
    if (id === undefined) return;
    const places = this.#places.get(id);
    if (places) places.push(this.#pieces.length - 1);
    else this.#places.set(id, [this.#pieces.length - 1]);
  }

  /**
   * A new state of what was displayed with an id: it takes the place of the old one wherever this step has shown it. An id
   * of an earlier step, or of none, is shown as something new, since the record of an earlier step does not change.
   * @throws GuestTrap as `display` does
   */
  update(id: string, data: Map<string, string | Uint8Array>, metadata: Record<string, unknown>): void {
    this.#clearIfDue();
    const places = this.#places.get(id);
    if (!places) return this.display('display', data, metadata, id);
    const shown = this.#shown('display', data, metadata);
    for (const place of places) {
      const before = this.#pieces[place];
      if (!before || before instanceof StreamPiece) continue;
      this.#makeRoom(shown.size, before.size);
      this.#outputBytes += shown.size - before.size;
      this.#pieces[place] = shown;
      this.#previews?.replace(place, shown.output, shown.size);
    }
  }

  /** Removes the step's outputs so far; with `wait` when the next one comes. Artifacts stay. @throws GuestTrap OUTPUT */
  clear(wait: boolean): void {
    this.#countTraffic(CHANGE_BYTES);
    if (wait) this.#clearsNext = true;
    else this.#clear();
  }

  /** Said last of a step that failed, whatever room is left. */
  error(name: string, message: string, traceback: string): void {
    this.#clearIfDue();
    const output: Output = {
      type: 'error',
      name: shorten(name, 256),
      message: shorten(message, MAX_ERROR_TEXT),
      traceback: shorten(traceback, MAX_ERROR_TEXT),
    };
    this.#add({ output, size: 0, blobs: [] });
  }

  /**
   * A file for the reader; one of the same name replaces an earlier one. Its bytes may lie in the guest's memory.
   * @throws GuestTrap ARTIFACTS, PROTOCOL
   */
  artifact(artifact: SandboxArtifact): void {
    const problem = checkArtifactName(artifact.name) ?? checkContent(artifact);
    if (problem) protocol(`an artifact was refused: ${problem}`);
    if (!this.#names.has(artifact.name) && this.#names.size + 1 > this.#limits.max_artifacts) {
      const used = this.#names.size + 1;
      throw new GuestTrap('limit', 'ARTIFACTS', `the limit of ${this.#limits.max_artifacts} artifacts was reached`, {
        limit: this.#limits.max_artifacts,
        used,
      });
    }
    this.#addBlobBytes(artifact.bytes.length);
    this.#names.add(artifact.name);
    this.#artifacts = [...this.#artifacts.filter(({ name }) => name !== artifact.name), this.#taken(artifact)];
  }

  /** What stays when the guest goes on. */
  #taken({ name, media_type, bytes }: SandboxArtifact): SandboxArtifact | AheadArtifact {
    if (!this.#sendAhead || bytes.length < AHEAD_MIN_BYTES) return { name, media_type, bytes: bytes.slice() };
    this.#sendAhead(bytes);
    return { name, media_type, ahead: this.#ahead++ };
  }

  /** Checks a bundle, and hashes its bytes. Images count for good, replaced or not: hashing them is the host's work. */
  #shown(
    type: 'display' | 'result',
    data: Map<string, string | Uint8Array>,
    metadata: Record<string, unknown>,
  ): ShownPiece {
    if (data.size === 0 || data.size > MAX_DISPLAY_TYPES)
      protocol(`a display has 1 to ${MAX_DISPLAY_TYPES} media types`);
    const bundle: MimeBundle = {};
    const blobs: Uint8Array[] = [];
    let size = utf8Length(JSON.stringify(metadata));
    for (const [mediaType, value] of data) {
      if (!isMediaType(mediaType))
        protocol(`a display has the malformed media type ${JSON.stringify(mediaType.slice(0, 80))}`);
      if (typeof value === 'string') {
        bundle[mediaType] = value;
        size += mediaType.length + utf8Length(value);
      } else {
        this.#addBlobBytes(value.length);
        blobs.push(value);
        bundle[mediaType] = { digest: sha256Digest(value), size_bytes: value.length };
        size += mediaType.length + 128;
      }
    }
    return { output: { type, data: bundle, metadata }, size, blobs };
  }

  #newStream(name: StreamName): StreamPiece {
    this.#countOutput();
    const piece = new StreamPiece(name);
    this.#pieces.push(piece);
    return piece;
  }

  #add(piece: ShownPiece): void {
    this.#pieces.push(piece);
    this.#previews?.add(piece.output, piece.size);
  }

  #clearIfDue(): void {
    if (this.#clearsNext) this.#clear();
  }

  #clear(): void {
    this.#clearsNext = false;
    for (const piece of this.#pieces) this.#outputBytes -= piece.size;
    this.#outputs -= this.#pieces.length;
    this.#pieces = [];
    this.#places.clear();
    this.#previews?.clear();
  }

  #countOutput(): void {
    if (++this.#outputs <= MAX_OUTPUTS) return;
    throw new GuestTrap('limit', 'OUTPUT', `the limit of ${MAX_OUTPUTS} outputs was reached`, {
      limit: MAX_OUTPUTS,
      used: this.#outputs,
    });
  }

  #makeRoom(size: number, replaced: number): void {
    this.#countTraffic(size + CHANGE_BYTES);
    const excess = this.#outputBytes + size - replaced - this.#limits.max_output_kb * KIB;
    if (excess > 0) this.#refuseOutput(size - replaced);
  }

  #countTraffic(size: number): void {
    this.#traffic += size;
    const limit = this.#limits.max_output_kb * MAX_TRAFFIC;
    if (this.#traffic <= limit * KIB) return;
    throw new GuestTrap('limit', 'OUTPUT', `outputs that were replaced or cleared reached the limit of ${limit} KiB`, {
      limit,
      used: Math.ceil(this.#traffic / KIB),
    });
  }

  #outputRoom(): number {
    const allowed = this.#limits.max_output_kb * KIB;
    return Math.min(allowed - this.#outputBytes, allowed * MAX_TRAFFIC - this.#traffic);
  }

  #refuseOutput(excess: number): never {
    const limit = this.#limits.max_output_kb;
    throw new GuestTrap('limit', 'OUTPUT', `the output limit of ${limit} KiB was reached`, {
      limit,
      used: Math.ceil((this.#outputBytes + excess) / KIB),
    });
  }

  #addBlobBytes(size: number): void {
    const limit = this.#limits.max_artifact_kb;
    if (this.#artifactBytes + size > limit * KIB) {
      throw new GuestTrap('limit', 'ARTIFACTS', `artifacts and images together reached the limit of ${limit} KiB`, {
        limit,
        used: Math.ceil((this.#artifactBytes + size) / KIB),
      });
    }
    this.#artifactBytes += size;
  }
}

function checkContent({ media_type, bytes }: SandboxArtifact): string | null {
  if (!isMediaType(media_type)) return 'its media type is malformed';
  return isContentOf(media_type, bytes) ? null : `its first bytes are not those of ${media_type}`;
}

/** A traceback as a record holds it. */
export function shortTraceback(traceback: string): string {
  return shorten(traceback, MAX_ERROR_TEXT);
}

const encoder = new TextEncoder();

function utf8Length(text: string): number {
  return encoder.encode(text).length;
}

function protocol(problem: string): never {
  throw new GuestTrap('violation', 'PROTOCOL', problem);
}

/** The longest prefix of at most `length` bytes that does not cut a UTF-8 sequence. */
function cutAtCharacter(bytes: Uint8Array, length: number): Uint8Array {
  let end = Math.max(0, length);
  for (let back = 0; back < 3 && end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80; back++) end--;
  return bytes.subarray(0, end);
}

/** A text of at most `length` UTF-16 code units that shows where it began and ended. */
function shorten(text: string, length: number): string {
  const whole = text.toWellFormed();
  if (whole.length <= length) return whole;
  const half = Math.floor(length / 2) - 16;
  return `${whole.slice(0, half)}\n… (cut) …\n${whole.slice(-half)}`.toWellFormed();
}
