import { describe, expect, test } from 'vitest';
import { appendToTable, exportTable, TABLE_EXPORT } from '../../../../wasm-runtime/src/engines/javascript/table.ts';
import { wasm } from './support.ts';

const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
/** One function type, one function in one table, exported as `f`. */
const module = (table: readonly number[], exports: readonly number[] = [1, 1, 0x66, 0, 0]) => {
  const types = [1, 4, 1, 0x60, 0, 0];
  const functions = [3, 2, 1, 0];
  const code = [10, 4, 1, 2, 0, 0x0b];
  const section = (id: number, content: readonly number[]) =>
    content.length > 0 ? [id, content.length, ...content] : [];
  return Uint8Array.from([HEADER, types, functions, section(4, table), section(7, exports), code].flat());
};
const UNBOUNDED = [1, 0x70, 0, 2];

describe('the function table', () => {
  test('is exported beside what was, and the rest stays', () => {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(exportTable(module(UNBOUNDED))));
    expect(Object.keys(exports)).toEqual(['f', TABLE_EXPORT]);
    expect(exports[TABLE_EXPORT]).toBeInstanceOf(WebAssembly.Table);
    const before = WebAssembly.Module.exports(new WebAssembly.Module(wasm.slice()));
    const after = WebAssembly.Module.exports(new WebAssembly.Module(exportTable(wasm)));
    expect(after).toEqual([...before, expect.objectContaining({ name: TABLE_EXPORT, kind: 'table' })]);
  });

  test('takes a function of the host, typed as QuickJS calls it', () => {
    const table = new WebAssembly.Table({ element: 'anyfunc', initial: 3 });
    const calls: unknown[][] = [];
    const index = appendToTable(table, (...args: unknown[]) => calls.push(args));
    expect([index, table.length]).toEqual([3, 4]);
    (table.get(3) as (...args: unknown[]) => void)(1, 2n, 3n, 4, 5);
    expect(calls).toEqual([[1, 2n, 3n, 4, 5]]);
  });

  test.each([
    ['no table', module([])],
    ['a table with a maximum', module([1, 0x70, 1, 2, 9])],
    ['two tables', module([2, 0x70, 0, 2, 0x70, 0, 2])],
    ['no exports', module(UNBOUNDED, [])],
    ['nothing', Uint8Array.from(HEADER)],
    ['a module that is cut short', module(UNBOUNDED).subarray(0, 19)],
  ])('%s is refused', (_name, bytes) => {
    expect(() => exportTable(bytes)).toThrow(/^(quickjs: expected one table|the module (has no section|is cut short))/);
  });
});
