/** Exports the function table of a module, so that the host can put one function of its own into it. */

/** The name that it is exported by. */
export const TABLE_EXPORT = '__table';

const HEADER_BYTES = 8;
const SECTION = { table: 4, export: 7 } as const;
const KIND_TABLE = 1;
const FUNCREF = 0x70;

/**
 * @param wasm a valid module with one table that has no maximum, and with exports
 * @throws Error when it is not such a module
 */
export function exportTable(wasm: Uint8Array): Uint8Array<ArrayBuffer> {
  let offset = HEADER_BYTES;
  let growable = false;
  while (offset < wasm.length) {
    const id = wasm[offset];
    const size = readCount(wasm, offset + 1);
    const content = wasm.subarray(size.end, size.end + size.value);
    if (id === SECTION.table) growable = content[0] === 1 && content[1] === FUNCREF && content[2] === 0;
    if (id === SECTION.export && growable) {
      const count = readCount(content, 0);
      const name = new TextEncoder().encode(TABLE_EXPORT);
      const entry = [name.length, ...name, KIND_TABLE, 0];
      const grown = concatenate([writeCount(count.value + 1), content.subarray(count.end), Uint8Array.from(entry)]);
      const head = wasm.subarray(0, offset + 1);
      return concatenate([head, writeCount(grown.length), grown, wasm.subarray(size.end + size.value)]);
    }
    offset = size.end + size.value;
  }
  throw new Error('quickjs: expected one table without a maximum');
}

/** LEB128, unsigned. */
function readCount(bytes: Uint8Array, start: number): { value: number; end: number } {
  let value = 0;
  for (let index = start, shift = 0; shift < 35; index++, shift += 7) {
    const byte = bytes[index];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return { value, end: index + 1 };
  }
  throw new Error('quickjs: the module is cut short');
}

function writeCount(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Uint8Array.from([...bytes, rest]);
    bytes.push((rest & 0x7f) | 0x80);
  }
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

/** A module that gives the host's function the type (i32, i64, i64, i32, i32) → (): a table takes typed functions only. */
const THUNK = Uint8Array.of(
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, // magic, version
  0x01, 0x09, 0x01, 0x60, 0x05, 0x7f, 0x7e, 0x7e, 0x7f, 0x7f, 0x00, // type
  0x02, 0x07, 0x01, 0x01, 0x68, 0x01, 0x66, 0x00, 0x00, // import h.f
  0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00, // export f
); // prettier-ignore

/** Appends `function_` to the table, as QuickJS calls a promise rejection tracker. @returns its index, which is its address in C */
export function appendToTable(table: WebAssembly.Table, function_: (...args: never[]) => unknown): number {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(THUNK), { h: { f: function_ } });
  // In two steps: JavaScriptCore ignores the value that `grow` is given.
  const index = table.grow(1);
  table.set(index, exports['f']);
  return index;
}
