/** Sections of a module that is known to be valid, to be looked at and replaced before it is metered. */

const HEADER_BYTES = 8;

interface Place {
  /** Offset of the section's id. */
  start: number;
  contentStart: number;
  end: number;
}

/** @throws Error where there is no such section, or the module is cut short */
function findSection(wasm: Uint8Array, id: number): Place {
  for (let start = HEADER_BYTES; start < wasm.length;) {
    const size = readCount(wasm, start + 1);
    const end = size.end + size.value;
    if (wasm[start] === id) return { start, contentStart: size.end, end };
    start = end;
  }
  throw new Error(`the module has no section ${id}`);
}

/** @throws Error where there is no such section */
export function sectionOf(wasm: Uint8Array, id: number): Uint8Array {
  const { contentStart, end } = findSection(wasm, id);
  return wasm.subarray(contentStart, end);
}

/** The module with another content of that section. @throws Error where there is no such section */
export function withSection(wasm: Uint8Array, id: number, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const { start, end } = findSection(wasm, id);
  return concatenate([wasm.subarray(0, start + 1), writeCount(content.length), content, wasm.subarray(end)]);
}

const DATA = 11;
const DATA_COUNT = 12;

/** The module without its data, which a snapshot has. @throws Error where its code asks for a segment */
export function withoutData(wasm: Uint8Array): Uint8Array<ArrayBuffer> {
  const kept: Uint8Array[] = [wasm.subarray(0, HEADER_BYTES)];
  for (let start = HEADER_BYTES; start < wasm.length;) {
    const size = readCount(wasm, start + 1);
    const end = size.end + size.value;
    // The count of segments is there for code that names them: without it, such code is not valid.
    if (wasm[start] !== DATA && wasm[start] !== DATA_COUNT) kept.push(wasm.subarray(start, end));
    start = end;
  }
  const bytes = concatenate(kept);
  if (!WebAssembly.validate(bytes)) throw new Error('the module asks for its data while it runs');
  return bytes;
}

/** LEB128, unsigned, 32 bits. */
export function readCount(bytes: Uint8Array, start: number): { value: number; end: number } {
  let value = 0;
  for (let index = start, shift = 0; shift < 35; index++, shift += 7) {
    const byte = bytes[index];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return { value, end: index + 1 };
  }
  throw new Error('the module is cut short');
}

export function writeCount(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Uint8Array.from([...bytes, rest]);
    bytes.push((rest & 0x7f) | 0x80);
  }
}

export function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
