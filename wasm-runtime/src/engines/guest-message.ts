/** What a guest says on its channel: a JSON header line and raw bytes. Every byte of it is hostile. */
import { GuestTrap } from '../gate/trap.ts';
import { concatenate } from './module-bytes.ts';

export type GuestMessage =
  | {
      kind: 'display' | 'result';
      data: Map<string, string | Uint8Array>;
      metadata: Record<string, unknown>;
      /** Names it for updates within the step. */
      id?: string;
    }
  | { kind: 'update'; id: string; data: Map<string, string | Uint8Array>; metadata: Record<string, unknown> }
  | { kind: 'clear'; wait: boolean }
  /** `bytes` may lie in the guest's memory: they are to be copied or sent before the guest goes on. */
  | { kind: 'artifact'; name: string; media_type: string; bytes: Uint8Array }
  | { kind: 'sleep'; nanoseconds: bigint }
  | {
      kind: 'error';
      name: string;
      message: string;
      traceback: string;
      line?: number;
      column?: number;
      syntax: boolean;
      memory: boolean;
      os_error: boolean;
      /** The import of a package that the environment lacks: what to say of it. */
      missing?: string;
    };

/** A header holds texts that are counted as output: no sensible one is longer. */
const MAX_HEADER_BYTES = 80 << 20;
/** Far more than a display has. Hosts differ in how deep they can go, so none may get there. */
const MAX_DEPTH = 100;
/** UTF-16 code units of a display's id. */
const MAX_ID_LENGTH = 256;
const NEWLINE = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const [OPEN_BRACKET, CLOSE_BRACKET] = [0x5b, 0x5d];
const [OPEN_BRACE, CLOSE_BRACE] = [0x7b, 0x7d];

/** A message, cut at the end of its header line. */
export interface CutMessage {
  /** Without its end; null when there is none. */
  header: Uint8Array | null;
  payload: Uint8Array;
}

/** @param parts whose bytes are the message. What lies in one of them is not copied: an artifact is nearly all of its message */
export function cutMessage(parts: readonly Uint8Array[]): CutMessage {
  for (const [index, part] of parts.entries()) {
    const end = part.indexOf(NEWLINE);
    if (end < 0) continue;
    return {
      header: joined([...parts.slice(0, index), part.subarray(0, end)]),
      payload: joined([part.subarray(end + 1), ...parts.slice(index + 1)]),
    };
  }
  return { header: null, payload: joined(parts) };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first = new Uint8Array(0), ...others] = parts.filter(({ length }) => length > 0);
  return others.length === 0 ? first : concatenate([first, ...others]);
}

/** @throws GuestTrap PROTOCOL */
export function parseGuestMessage({ header: line, payload }: CutMessage): GuestMessage {
  if (line === null || line.length > MAX_HEADER_BYTES) return refuse('a message without a header');
  if (isTooDeep(line)) refuse(`a message whose header has more than ${MAX_DEPTH} levels`);
  let header: unknown;
  try {
    header = plain(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(line)));
  } catch {
    refuse('a message whose header is not JSON');
  }
  if (!isObject(header)) refuse('a message whose header is not an object');
  switch (header['kind']) {
    case 'display':
    case 'result':
      return {
        kind: header['kind'],
        data: mimeData(header, payload),
        metadata: metadataOf(header['metadata']),
        ...(header['id'] === undefined ? {} : { id: displayId(header) }),
      };
    case 'update':
      return {
        kind: 'update',
        id: displayId(header),
        data: mimeData(header, payload),
        metadata: metadataOf(header['metadata']),
      };
    case 'clear':
      return { kind: 'clear', wait: header['wait'] === true };
    case 'artifact':
      return { kind: 'artifact', name: text(header, 'name'), media_type: text(header, 'media_type'), bytes: payload };
    case 'sleep':
      return { kind: 'sleep', nanoseconds: BigInt(count(header, 'nanoseconds')) };
    case 'error': {
      const line = place(header, 'line');
      const column = place(header, 'column');
      return {
        kind: 'error',
        name: text(header, 'name'),
        message: text(header, 'message'),
        traceback: text(header, 'traceback'),
        ...(line === undefined ? {} : { line }),
        ...(column === undefined ? {} : { column }),
        syntax: header['syntax'] === true,
        memory: header['memory'] === true,
        os_error: header['os_error'] === true,
        ...(typeof header['missing'] === 'string' ? { missing: header['missing'] } : {}),
      };
    }
    default:
      return refuse('a message of an unknown kind');
  }
}

function refuse(what: string): never {
  throw new GuestTrap('violation', 'PROTOCOL', `the program wrote ${what} to the runner's own channel`);
}

/** Looks at the text of the JSON, before anything recurses over it. */
function isTooDeep(json: Uint8Array): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    // What a backslash escapes is not the end of a string; only strings have backslashes.
    if (byte === BACKSLASH) at++;
    else if (byte === QUOTE) quoted = !quoted;
    else if (quoted) continue;
    else if (byte === OPEN_BRACKET || byte === OPEN_BRACE) depth++;
    else if (byte === CLOSE_BRACKET || byte === CLOSE_BRACE) depth--;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

/** Well-formed texts and finite numbers only, so that everything has canonical JSON; and no key that changes a prototype. */
function plain(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  // `1e999` is JSON, and Infinity. Minus zero is lost on the way between processes, but not between threads.
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : null;
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([key]) => key !== '__proto__');
  return Object.fromEntries(entries.map(([key, item]) => [key.toWellFormed(), plain(item)]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(header: Record<string, unknown>, key: string): string {
  const value = header[key];
  return typeof value === 'string' ? value : refuse(`a message whose ${key} is not text`);
}

function displayId(header: Record<string, unknown>): string {
  const id = text(header, 'id');
  return id.length >= 1 && id.length <= MAX_ID_LENGTH ? id : refuse('a display whose id is empty or too long');
}

function count(header: Record<string, unknown>, key: string): number {
  const value = header[key];
  return typeof value === 'number' && Number.isInteger(value) && value >= 0
    ? value
    : refuse(`a message whose ${key} is no count`);
}

function place(header: Record<string, unknown>, key: string): number | undefined {
  const value = header[key];
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function metadataOf(value: unknown): Record<string, unknown> {
  if (value === undefined) return {};
  if (!isObject(value)) refuse('a display whose metadata is not an object');
  for (const key of Object.keys(value)) if (key.length > 256) refuse('a display with an overlong metadata key');
  return value;
}

function mimeData(header: Record<string, unknown>, payload: Uint8Array): Map<string, string | Uint8Array> {
  const { data, binary } = header;
  if (!isObject(data) || !Array.isArray(binary)) refuse('a display without data');
  const bundle = new Map<string, string | Uint8Array>();
  for (const [mediaType, value] of Object.entries(data)) {
    bundle.set(mediaType, typeof value === 'string' ? value : refuse('a display whose data is not text'));
  }
  let offset = 0;
  for (const entry of binary) {
    const pair: unknown = entry;
    if (!Array.isArray(pair) || typeof pair[0] !== 'string') refuse('a display with malformed binary data');
    const size: unknown = pair[1];
    if (typeof size !== 'number' || !Number.isInteger(size) || size < 0 || offset + size > payload.length) {
      refuse('a display whose binary data is cut short');
    }
    bundle.set(pair[0], payload.slice(offset, offset + size));
    offset += size;
  }
  return bundle;
}
