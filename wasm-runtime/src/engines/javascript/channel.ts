/**
 * What a JavaScript guest says to the host and asks of it, all through one function. The prelude is its only caller as long
 * as the program cannot break into it; nothing here relies on that. Every argument is hostile.
 */
import type { Clock } from '../../gate/clock.ts';
import { GuestTrap } from '../../gate/trap.ts';
import type { Collector } from '../../run/collector.ts';
import { isContentOf } from '../../run/media.ts';
import { checkArtifactName, isMediaType } from '../../run/names.ts';
import type { Limits } from '../../run/program.ts';
import { cutMessage, parseGuestMessage, type GuestMessage } from '../guest-message.ts';
import type { QuickJs } from './instance.ts';

/** The first argument of each call; `guest/channel.js` has the same numbers. */
const OPERATION = {
  stdout: 0,
  stderr: 1,
  message: 2,
  artifact: 3,
  now: 4,
  line: 5,
  input: 6,
  decode: 7,
  encode: 8,
  sleep: 9,
  paths: 10,
} as const;

const KIB = 1024;
/** Longest piece of a stream, UTF-16 code units: the prelude cuts longer ones. */
const MAX_PIECE = 65_536;
/** Longest name, media type, prompt or path. */
const MAX_NAME = 4096;
/** Longest text or buffer that is decoded or encoded at once: what a JavaScript engine can hold as one string. */
const MAX_TRANSCODED = 1 << 28;
/** A header may spend six characters on one of its texts, and has some of its own. */
const HEADER_FACTOR = 6;
const HEADER_SPARE = 4096;
/** Longest header whatever the limits, UTF-16 code units. */
const MAX_HEADER = 24 << 20;
/** Name, message and traceback of an error, as long as the prelude makes them, escaped. */
const MAX_ERROR_HEADER = 6 * 131_072;
const LINE_END = Uint8Array.of(10);
/** Nanoseconds of many years. */
const MAX_DIGITS = 24;

export type GuestErrorMessage = Extract<GuestMessage, { kind: 'error' }>;

export interface ChannelHost {
  readonly engine: QuickJs;
  readonly context: number;
  readonly limits: Limits;
  readonly collector: Collector;
  readonly inputs: ReadonlyMap<string, Uint8Array>;
  /** The next recorded line; null at the end. @throws GuestTrap where somebody may still give one */
  readLine(prompt: string): string | null;
  failed(message: GuestErrorMessage): void;
}

export class Channel {
  readonly #host: ChannelHost;

  constructor(host: ChannelHost) {
    this.#host = host;
  }

  /** @returns the address of the answer, or 0 for undefined. @throws GuestTrap */
  call(count: number, values: number): number {
    return this.#call((index) => (index < count ? values + 8 * index : 0));
  }

  #call(argument: (index: number) => number): number {
    const { engine, collector } = this.#host;
    switch (this.#count(argument(0))) {
      case OPERATION.stdout:
        collector.stream('stdout', this.#bytes(this.#text(argument(1), MAX_PIECE)));
        return 0;
      case OPERATION.stderr:
        collector.stream('stderr', this.#bytes(this.#text(argument(1), MAX_PIECE)));
        return 0;
      case OPERATION.message:
        return this.#message(
          this.#header(argument(1)),
          argument(3) === 0 ? new Uint8Array(0) : this.#part(argument, 3),
        );
      case OPERATION.artifact:
        return this.#artifact(argument);
      case OPERATION.now:
        return engine.call('QTS_NewFloat64', this.#host.context, milliseconds(engine.clock));
      case OPERATION.sleep: {
        const nanoseconds = this.#text(argument(1), MAX_DIGITS);
        if (!/^\d+$/.test(nanoseconds)) refuse('a time that is not a count');
        return engine.clock.sleep(BigInt(nanoseconds))
          ? 0
          : this.#newText('the clock of the sandbox does not go that far');
      }
      case OPERATION.line: {
        const line = this.#host.readLine(this.#text(argument(1), MAX_PIECE));
        return line === null ? 0 : this.#newJson(line);
      }
      case OPERATION.input: {
        const bytes = this.#host.inputs.get(this.#text(argument(1), MAX_NAME));
        return bytes ? this.#newBuffer(bytes) : 0;
      }
      case OPERATION.paths:
        return this.#newText(JSON.stringify([...this.#host.inputs.keys()].sort()));
      case OPERATION.decode:
        return this.#decode(this.#part(argument, 3), this.#count(argument(1)) === 1);
      case OPERATION.encode:
        return this.#newBuffer(this.#bytes(this.#text(argument(1), MAX_TRANSCODED)));
      default:
        return refuse('an unknown operation');
    }
  }

  /** Answers what is wrong with it as a text, so that the program gets an exception that it can act on. */
  #message(header: Uint8Array, payload: Uint8Array): number {
    const { collector } = this.#host;
    const message = parseGuestMessage(cutMessage([header, LINE_END, payload]));
    switch (message.kind) {
      case 'display':
      case 'result':
        collector.display(message.kind, message.data, message.metadata, message.id);
        return 0;
      case 'update':
        collector.update(message.id, message.data, message.metadata);
        return 0;
      case 'clear':
        collector.clear(message.wait);
        return 0;
      case 'error':
        this.#host.failed(message);
        return 0;
      case 'artifact':
      case 'sleep':
        return refuse('a message that has an operation of its own');
    }
  }

  #artifact(argument: (index: number) => number): number {
    const { collector, limits } = this.#host;
    const name = this.#text(argument(1), MAX_NAME);
    const mediaType = this.#text(argument(2), MAX_NAME);
    const problem = artifactProblem(name, mediaType);
    if (problem !== null) return this.#newText(problem);
    const allowed = limits.max_artifact_kb * KIB;
    const length = this.#textLength(argument(3));
    const size = length ?? this.#count(argument(5));
    // Each character is a byte at least: not worth reading when it cannot fit.
    if (size > allowed) {
      const used = Math.ceil(size / KIB);
      throw new GuestTrap(
        'limit',
        'ARTIFACTS',
        `artifacts and images together reached the limit of ${limits.max_artifact_kb} KiB`,
        {
          limit: limits.max_artifact_kb,
          used,
        },
      );
    }
    const bytes = length === undefined ? this.#part(argument, 3) : this.#bytes(this.#text(argument(3), MAX_TRANSCODED));
    if (!isContentOf(mediaType, bytes)) return this.#newText(`its first bytes are not those of ${mediaType}`);
    collector.artifact({ name, media_type: mediaType, bytes });
    return 0;
  }

  #header(value: number): Uint8Array {
    const { limits } = this.#host;
    const allowed = Math.min(MAX_HEADER, limits.max_output_kb * KIB * HEADER_FACTOR + HEADER_SPARE + MAX_ERROR_HEADER);
    const length = this.#textLength(value) ?? refuse('a message that is not text');
    if (length > allowed) {
      throw new GuestTrap('limit', 'OUTPUT', `the output limit of ${limits.max_output_kb} KiB was reached`, {
        limit: limits.max_output_kb,
        used: Math.ceil(length / KIB),
      });
    }
    return this.#bytes(this.#text(value, allowed));
  }

  #decode(bytes: Uint8Array, fatal: boolean): number {
    if (bytes.length > MAX_TRANSCODED) refuse('too many bytes to decode at once');
    let text: string;
    try {
      text = new TextDecoder('utf-8', { fatal, ignoreBOM: true }).decode(bytes);
    } catch {
      return 0;
    }
    return this.#newJson(text);
  }

  #textLength(value: number): number | undefined {
    return value === 0 ? undefined : this.#host.engine.values.textLength(value);
  }

  #count(value: number): number {
    return (value === 0 ? undefined : this.#host.engine.values.int(value)) ?? refuse('something that is not a number');
  }

  /** @throws GuestTrap PROTOCOL when it is none or longer than `maxLength` UTF-16 code units */
  #text(value: number, maxLength: number): string {
    const { engine } = this.#host;
    const text = value === 0 ? undefined : engine.values.text(value, maxLength);
    if (text === undefined) return refuse('something that is not text, or is too long');
    engine.gate.charge(text.length);
    return text;
  }

  /** Bytes of the buffer at argument `index`, from the offset and of the size in the two after it, until the guest goes on. */
  #part(argument: (index: number) => number, index: number): Uint8Array {
    const { engine } = this.#host;
    const size = this.#count(argument(index + 2));
    const buffer = argument(index);
    const bytes = buffer === 0 ? undefined : engine.values.bufferPart(buffer, this.#count(argument(index + 1)), size);
    engine.gate.charge(bytes?.length ?? 0);
    return bytes ?? refuse('something that is not a buffer');
  }

  #bytes(text: string): Uint8Array<ArrayBuffer> {
    return new TextEncoder().encode(text);
  }

  /** A string up to its first NUL. */
  #newText(text: string): number {
    const { engine, context } = this.#host;
    const { address } = engine.allocateText(text);
    if (address === 0) return 0;
    const value = engine.call('QTS_NewString', context, address);
    engine.call('free', address);
    return value;
  }

  /** Any string, as JSON: the engine's interface takes text up to a NUL only. The prelude parses it. */
  #newJson(text: string): number {
    return this.#newText(JSON.stringify(text));
  }

  #newBuffer(bytes: Uint8Array): number {
    const { engine, context } = this.#host;
    const address = engine.allocateBytes(bytes);
    // The buffer owns the bytes from here on.
    return address === 0 ? 0 : engine.call('QTS_NewArrayBuffer', context, address, bytes.length);
  }
}

function artifactProblem(name: string, mediaType: string): string | null {
  const problem = checkArtifactName(name);
  if (problem !== null) return problem;
  if (!isMediaType(mediaType)) return "its media type must look like 'type/subtype' in lower case, without parameters";
  return null;
}

function milliseconds(clock: Clock): number {
  return Number(clock.monotonic() / 1000n) / 1000;
}

function refuse(what: string): never {
  throw new GuestTrap('violation', 'PROTOCOL', `the program sent ${what} on the runner's own channel`);
}
