/** Gathers what a guest puts out, checks it, and stops the guest at the limits. Everything that arrives here is hostile. */
import { GuestTrap } from '../gate/trap.ts';
import type { SandboxArtifact } from '../hosts/protocol.ts';
import { sha256Digest } from './digest.ts';
import { checkArtifactName, isMediaType } from './names.ts';
import type { Limits } from './program.ts';
import type { MimeBundle, Output } from './record.ts';

const KIB = 1024;
/** A traceback or message longer than this is cut in the middle. */
const MAX_ERROR_TEXT = 65_536;
const MAX_DISPLAY_TYPES = 32;
/** A record's list of outputs: each costs far more than the bytes that are counted of it. */
const MAX_OUTPUTS = 10_000;
/** So many writes are shown as they come; after them text waits until there is enough of it to be worth a message. */
const IMMEDIATE_PREVIEWS = 1000;
const PREVIEW_LENGTH = 4096;

type StreamName = 'stdout' | 'stderr';

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

  output(): Output {
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(this.#bytes.subarray(0, this.#length));
    const output: Output = { type: 'stream', name: this.name, text };
    return this.truncated ? { ...output, truncated: true } : output;
  }
}

export interface Collected {
  outputs: Output[];
  artifacts: SandboxArtifact[];
  blobs: Uint8Array[];
}

export class Collector {
  readonly #limits: Limits;
  readonly #names = new Set<string>();
  #outputBytes = 0;
  #outputs = 0;
  #artifactBytes = 0;
  #pieces: (Output | StreamPiece)[] = [];
  #artifacts: SandboxArtifact[] = [];
  #blobs: Uint8Array[] = [];
  #preview: ((output: Output) => void) | undefined;
  #previews = 0;
  #waiting: { name: StreamName; text: string } | null = null;
  readonly #decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };

  readonly #perStep: boolean;

  /** @param perStep outputs and artifacts are counted for each step, as in a kernel, not for the whole run */
  constructor(limits: Limits, perStep = false) {
    this.#limits = limits;
    this.#perStep = perStep;
  }

  /** @param preview told of each output as it comes; stream text may be split anywhere */
  beginStep(preview?: (output: Output) => void): void {
    this.#pieces = [];
    this.#artifacts = [];
    this.#blobs = [];
    this.#preview = preview;
    this.#previews = 0;
    this.#waiting = null;
    if (!this.#perStep) return;
    this.#names.clear();
    this.#outputBytes = 0;
    this.#outputs = 0;
    this.#artifactBytes = 0;
  }

  endStep(): Collected {
    const outputs = this.#pieces.map((piece) => (piece instanceof StreamPiece ? piece.output() : piece));
    return { outputs, artifacts: this.#artifacts, blobs: this.#blobs };
  }

  /** Text on a standard stream, as bytes. @throws GuestTrap OUTPUT: what still fits is kept */
  stream(name: StreamName, bytes: Uint8Array): void {
    const room = this.#outputRoom();
    const fits = bytes.length <= room ? bytes : cutAtCharacter(bytes, room);
    if (fits.length > 0 || fits !== bytes) {
      const last = this.#pieces.at(-1);
      const piece = last instanceof StreamPiece && last.name === name ? last : this.#newStream(name);
      piece.add(fits);
      if (fits !== bytes) piece.truncated = true;
      this.#outputBytes += fits.length;
      this.#previewText(name, this.#decoders[name].decode(fits, { stream: true }));
    }
    if (fits !== bytes) this.#refuseOutput(bytes.length - fits.length);
  }

  /** A rich output. `data` has texts and bytes by media type. @throws GuestTrap OUTPUT, ARTIFACTS, PROTOCOL */
  display(type: 'display' | 'result', data: Map<string, string | Uint8Array>, metadata: Record<string, unknown>): void {
    if (data.size === 0 || data.size > MAX_DISPLAY_TYPES)
      protocol(`a display has 1 to ${MAX_DISPLAY_TYPES} media types`);
    const bundle: MimeBundle = {};
    let size = JSON.stringify(metadata).length;
    for (const [mediaType, value] of data) {
      if (!isMediaType(mediaType))
        protocol(`a display has the malformed media type ${JSON.stringify(mediaType.slice(0, 80))}`);
      if (typeof value === 'string') {
        bundle[mediaType] = value;
        size += mediaType.length + value.length;
      } else {
        this.#addBlobBytes(value.length);
        this.#blobs.push(value);
        bundle[mediaType] = { digest: sha256Digest(value), size_bytes: value.length };
        size += mediaType.length + 128;
      }
    }
    if (size > this.#outputRoom()) this.#refuseOutput(size - this.#outputRoom());
    this.#countOutput();
    this.#outputBytes += size;
    this.#add({ type, data: bundle, metadata });
  }

  error(name: string, message: string, traceback: string): void {
    this.#add({
      type: 'error',
      name: shorten(name, 256),
      message: shorten(message, MAX_ERROR_TEXT),
      traceback: shorten(traceback, MAX_ERROR_TEXT),
    });
  }

  /** A file for the reader; one of the same name replaces an earlier one. @throws GuestTrap ARTIFACTS, PROTOCOL */
  artifact(artifact: SandboxArtifact): void {
    const problem =
      checkArtifactName(artifact.name) ?? (isMediaType(artifact.media_type) ? null : 'its media type is malformed');
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
    this.#artifacts = [...this.#artifacts.filter(({ name }) => name !== artifact.name), artifact];
  }

  #newStream(name: StreamName): StreamPiece {
    this.#countOutput();
    const piece = new StreamPiece(name);
    this.#pieces.push(piece);
    return piece;
  }

  #add(output: Output): void {
    this.#pieces.push(output);
    this.#flushPreview();
    this.#preview?.(output);
  }

  #previewText(name: StreamName, text: string): void {
    if (text === '' || !this.#preview) return;
    if (this.#waiting?.name !== name) this.#flushPreview();
    this.#waiting = { name, text: (this.#waiting?.text ?? '') + text };
    if (this.#previews < IMMEDIATE_PREVIEWS || this.#waiting.text.length >= PREVIEW_LENGTH) this.#flushPreview();
  }

  #flushPreview(): void {
    if (!this.#waiting) return;
    this.#previews++;
    this.#preview?.({ type: 'stream', ...this.#waiting });
    this.#waiting = null;
  }

  #countOutput(): void {
    if (++this.#outputs <= MAX_OUTPUTS) return;
    throw new GuestTrap('limit', 'OUTPUT', `the limit of ${MAX_OUTPUTS} outputs was reached`, {
      limit: MAX_OUTPUTS,
      used: this.#outputs,
    });
  }

  #outputRoom(): number {
    return this.#limits.max_output_kb * KIB - this.#outputBytes;
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

/** A traceback as a record holds it. */
export function shortTraceback(traceback: string): string {
  return shorten(traceback, MAX_ERROR_TEXT);
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
