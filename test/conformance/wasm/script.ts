/** What `wast2json` (WABT) makes of a file of the WebAssembly test suite: commands in order, and values as text. */

export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128' | 'funcref' | 'externref' | 'exnref';

export interface ScriptValue {
  type: ValueType;
  /** Bits as an unsigned decimal number; `nan:canonical`, `nan:arithmetic`, `null`; absent where any value will do. */
  value?: string | string[];
  lane_type?: 'i8' | 'i16' | 'i32' | 'i64' | 'f32' | 'f64';
}

export interface Action {
  type: 'invoke' | 'get';
  module?: string;
  field: string;
  args?: ScriptValue[];
}

export type Command = { line: number } & (
  | { type: 'module'; name?: string; filename: string }
  | { type: 'register'; name?: string; as: string }
  // `expected` says the types of the results also where nothing returns.
  | {
      type: 'action' | 'assert_return' | 'assert_trap' | 'assert_exhaustion' | 'assert_exception';
      action: Action;
      expected: ScriptValue[];
    }
  | {
      type: 'assert_invalid' | 'assert_malformed' | 'assert_unlinkable' | 'assert_uninstantiable';
      filename: string;
      module_type: 'binary' | 'text';
    }
);

export interface Script {
  source_filename: string;
  commands: Command[];
}

const LANE_BYTES = { i8: 1, i16: 2, i32: 4, i64: 8, f32: 4, f64: 8 } as const;

/** Bytes of a value in linear memory; 0 for what linear memory cannot hold. */
export function sizeOf(type: ValueType): number {
  switch (type) {
    case 'i32':
    case 'f32':
      return 4;
    case 'i64':
    case 'f64':
      return 8;
    case 'v128':
      return 16;
    case 'funcref':
    case 'externref':
    case 'exnref':
      return 0;
  }
}

/** A number's bits as they lie in linear memory. */
export function writeValue(value: ScriptValue, target: DataView, offset: number): void {
  const lanes = Array.isArray(value.value) ? value.value : [value.value ?? '0'];
  const width = value.type === 'v128' ? LANE_BYTES[value.lane_type ?? 'i32'] : sizeOf(value.type);
  for (const [index, lane] of lanes.entries()) {
    const bits = BigInt(lane);
    for (let byte = 0; byte < width; byte++) {
      target.setUint8(offset + index * width + byte, Number((bits >> BigInt(8 * byte)) & 0xffn));
    }
  }
}

/** Whether what came out is what the suite wants, NaN patterns included. */
export function isExpected(wanted: ScriptValue, found: Uint8Array): boolean {
  const width = wanted.type === 'v128' ? LANE_BYTES[wanted.lane_type ?? 'i32'] : sizeOf(wanted.type);
  const lanes = Array.isArray(wanted.value) ? wanted.value : [wanted.value];
  return lanes.every((lane, index) => {
    let bits = 0n;
    for (let byte = width - 1; byte >= 0; byte--) bits = (bits << 8n) | BigInt(found[index * width + byte] ?? 0);
    if (lane === undefined) return true;
    if (!lane.startsWith('nan:')) return bits === BigInt(lane);
    const quiet = width === 4 ? 0x7fc0_0000n : 0x7ff8_0000_0000_0000n;
    const magnitude = bits & (width === 4 ? 0x7fff_ffffn : 0x7fff_ffff_ffff_ffffn);
    return lane === 'nan:canonical' ? magnitude === quiet : (magnitude & quiet) === quiet;
  });
}
