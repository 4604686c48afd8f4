/** Exports the function table of a module, so that the host can put one function of its own into it. */
import { concatenate, readCount, sectionOf, withSection, writeCount } from '../module-bytes.ts';

/** The name that it is exported by. */
export const TABLE_EXPORT = '__table';

const SECTION = { table: 4, export: 7 } as const;
const KIND_TABLE = 1;
const FUNCREF = 0x70;

/**
 * @param wasm a valid module with one table that has no maximum, and with exports
 * @throws Error when it is not such a module
 */
export function exportTable(wasm: Uint8Array): Uint8Array<ArrayBuffer> {
  const [count, type, flags] = sectionOf(wasm, SECTION.table);
  if (count !== 1 || type !== FUNCREF || flags !== 0) {
    throw new Error('quickjs: expected one table without a maximum');
  }
  const exports = sectionOf(wasm, SECTION.export);
  const { value, end } = readCount(exports, 0);
  const name = new TextEncoder().encode(TABLE_EXPORT);
  const entry = Uint8Array.from([name.length, ...name, KIND_TABLE, 0]);
  return withSection(wasm, SECTION.export, concatenate([writeCount(value + 1), exports.subarray(end), entry]));
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
