/**
 * Calls a function of any type through linear memory: JavaScript has no value for a vector, and may change the bits of a NaN. For
 * each type, a small module is made that loads the arguments, calls, and stores the results.
 */
import { sizeOf, type ScriptValue, type ValueType } from './script.ts';

const TYPE_CODE: Readonly<Record<ValueType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
  funcref: 0x70,
  externref: 0x6f,
  exnref: 0x69,
};
const LOAD: Partial<Record<ValueType, number[]>> = {
  i32: [0x28, 0],
  i64: [0x29, 0],
  f32: [0x2a, 0],
  f64: [0x2b, 0],
  v128: [0xfd, 0x00, 0],
};
const STORE: Partial<Record<ValueType, number[]>> = {
  i32: [0x36, 0],
  i64: [0x37, 0],
  f32: [0x38, 0],
  f64: [0x39, 0],
  v128: [0xfd, 0x0b, 0],
};
const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const CALL = 0x10;
const SLOT = 16;
const RESULTS = 4096;

const made = new Map<string, WebAssembly.Module>();

/** Whether every value has a place in linear memory. */
export function isPlain(values: readonly ScriptValue[]): boolean {
  return values.every(({ type }) => sizeOf(type) > 0);
}

/**
 * @param called has the type that `parameters` and `results` say
 * @param write puts the arguments into memory: argument n at byte 16 n
 * @returns the bytes of each result
 */
export function callThroughMemory(
  called: WebAssembly.ExportValue,
  parameters: readonly ValueType[],
  results: readonly ValueType[],
  write: (memory: DataView) => void,
): Uint8Array[] {
  const key = `${parameters.join()}>${results.join()}`;
  let module = made.get(key);
  if (module === undefined) {
    module = new WebAssembly.Module(callerModule(parameters, results));
    made.set(key, module);
  }
  const { exports } = new WebAssembly.Instance(module, { m: { f: called } });
  // Made below.
  const { memory, call } = exports as { memory: WebAssembly.Memory; call: () => void };
  write(new DataView(memory.buffer));
  call();
  return results.map((type, index) => new Uint8Array(memory.buffer, RESULTS + SLOT * index, sizeOf(type)).slice());
}

function callerModule(parameters: readonly ValueType[], results: readonly ValueType[]): Uint8Array<ArrayBuffer> {
  const locals = results.map((type) => [1, TYPE_CODE[type]]);
  const body = [
    ...vector(locals),
    ...parameters.flatMap((type, index) => [0x41, ...signed(SLOT * index), ...(LOAD[type] ?? []), 0]),
    CALL,
    0,
    ...results.map((_type, index) => results.length - 1 - index).flatMap((index) => [0x21, ...unsigned(index)]),
    ...results.flatMap((type, index) => [
      0x41,
      ...signed(RESULTS + SLOT * index),
      0x20,
      ...unsigned(index),
      ...(STORE[type] ?? []),
      0,
    ]),
    0x0b,
  ];
  const codes = (types: readonly ValueType[]) => vector(types.map((type) => [TYPE_CODE[type]]));
  return Uint8Array.from([
    ...HEADER,
    ...section(
      1,
      vector([
        [0x60, ...codes(parameters), ...codes(results)],
        [0x60, 0, 0],
      ]),
    ),
    ...section(2, vector([[...name('m'), ...name('f'), 0, 0]])),
    ...section(3, vector([[1]])),
    ...section(5, vector([[0, 1]])),
    ...section(
      7,
      vector([
        [...name('memory'), 2, 0],
        [...name('call'), 0, 1],
      ]),
    ),
    ...section(10, vector([[...unsigned(body.length), ...body]])),
  ]);
}

function unsigned(value: number): number[] {
  const low = value & 0x7f;
  return value > 0x7f ? [low | 0x80, ...unsigned(value >>> 7)] : [low];
}

function signed(value: number): number[] {
  const low = value & 0x7f;
  return value > 0x3f ? [low | 0x80, ...signed(value >> 7)] : [low];
}

function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function name(text: string): number[] {
  return [...unsigned(text.length), ...new TextEncoder().encode(text)];
}
