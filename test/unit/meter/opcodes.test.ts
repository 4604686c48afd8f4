/** The decoder takes the immediates that the engine takes, for every opcode there is: checked against the engine itself. */
import { MeterError, meterModule } from '@praxis/wasm-runtime/meter';
import { describe, expect, it } from 'vitest';
import { I32, moduleOf, section, unsigned, vector } from '../../support/wasm-bytes.ts';

const UNREACHABLE = 0x00;
const END = 0x0b;
/** No instruction has more immediate bytes, when all are 0. */
const MOST_IMMEDIATES = 20;

/**
 * A module whose index 0 exists in every index space, with one function: `unreachable`, which makes every operand type
 * fit; the instruction; then zeros. A zero beyond the immediates is another `unreachable`.
 */
function moduleWith(instruction: readonly number[], zeros: number): Uint8Array<ArrayBuffer> {
  const code = [1, 1, I32, UNREACHABLE, ...instruction, ...new Array<number>(zeros).fill(0), END];
  return moduleOf(
    section(1, vector([[0x60, 0, 0]])),
    section(3, vector([[0]])),
    section(4, vector([[0x70, 0x00, 1]])),
    section(5, vector([[0x00, 1]])),
    section(13, vector([[0, 0]])),
    section(6, vector([[I32, 1, 0x41, 0, END]])),
    section(9, vector([[0x01, 0x00, 1, 0]])),
    section(12, [1]),
    section(10, vector([[...unsigned(code.length), ...code]])),
    section(11, vector([[0x01, 0]])),
  );
}

/** The metered module's validity, or the code of the refusal. */
function meter(bytes: Uint8Array): boolean | string {
  try {
    return WebAssembly.validate(meterModule(bytes));
  } catch (error) {
    if (error instanceof MeterError) return error.code;
    throw error;
  }
}

const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

function refusalOf(bytes: Uint8Array): MeterError {
  try {
    meterModule(bytes);
  } catch (error) {
    if (error instanceof MeterError) return error;
  }
  throw new Error('expected a refusal');
}

/**
 * Compares meter and engine on an instruction with every number of immediate bytes. Returns whether any is valid.
 * What is valid may be metered, or refused as unsupported; what is not must not become valid.
 */
function compare(instruction: readonly number[]): boolean {
  const results = range(0, MOST_IMMEDIATES).map((zeros) => {
    const bytes = moduleWith(instruction, zeros);
    return { zeros, engine: WebAssembly.validate(bytes), metered: meter(bytes) };
  });
  const disagreeing = results.filter(({ engine, metered }) =>
    engine ? metered !== true && metered !== 'UNSUPPORTED' : metered === true,
  );
  expect(disagreeing, instruction.map((byte) => byte.toString(16)).join(' ')).toEqual([]);
  return results.some(({ engine, metered }) => engine && metered === true);
}

/** Rows of a test table: each number behind its hexadecimal name. */
const named = (numbers: readonly number[]): [string, number][] =>
  numbers.map((number) => [`0x${number.toString(16)}`, number]);

describe('one-byte opcodes', () => {
  /** Instructions that are valid alone, with zeros for immediates. */
  const alone = [
    ...range(0x00, 0x01),
    0x08,
    ...range(0x0c, 0x13),
    ...range(0x1a, 0x1b),
    ...range(0x20, 0x26),
    ...range(0x28, 0x44),
    ...range(0x45, 0xc4),
    0xd1,
    0xd2,
  ];

  it.each(named(range(0, 0xfa)))('%s', (_, opcode) => {
    expect(compare([opcode])).toBe(alone.includes(opcode));
  });

  it('have the immediates that zeros cannot show', () => {
    for (const instruction of [
      [0x02, 0x40, END],
      [0x03, I32, 0x41, 0x00, END],
      [0x04, 0x00, 0x05, END],
      [0x06, 0x40, 0x07, 0x00, 0x19, 0x09, 0x00, END],
      [0x06, 0x40, 0x18, 0x00],
      [0x1c, 0x01, I32],
      [0x1c, 0x01, 0x70],
      [0xd0, 0x70],
      [0xd0, 0x6f],
      [0x41, 0xff, 0xff, 0xff, 0xff, 0x07],
      [0x42, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00],
      [0x0e, 0x03, 0x00, 0x00, 0x00],
      [0x28, 0x02, 0xff, 0xff, 0xff, 0xff, 0x0f],
    ]) {
      expect(compare(instruction)).toBe(true);
    }
  });
});

describe('prefixed opcodes', () => {
  it.each(named(range(0, 40)))('0xfc %s', (_, number) => {
    expect(compare([0xfc, ...unsigned(number)])).toBe(number <= 17);
  });

  it.each(named(range(0, 300)))('0xfd %s', (_, number) => {
    // 0x9a and its like were never assigned; from 0x100 on it is relaxed SIMD, whose results are not determined.
    const gaps = [
      0x9a, 0xa2, 0xa5, 0xa6, 0xaf, 0xb0, 0xb2, 0xb3, 0xb4, 0xbb, 0xc2, 0xc5, 0xc6, 0xcf, 0xd0, 0xd2, 0xd3, 0xd4,
    ];
    const assigned = number < 0x100 && ![...gaps, 0xe2, 0xee].includes(number);
    expect(compare([0xfd, ...unsigned(number)])).toBe(assigned);
  });

  it.each(named([0xfb, 0xfe, 0xff]))('%s is refused whole', (_, prefix) => {
    for (const number of range(0, 80)) expect(compare([prefix, ...unsigned(number)])).toBe(false);
  });
});

describe('refusals', () => {
  it.each([
    ['throw_ref', [0x0a]],
    ['call_ref', [0x14, 0]],
    ['return_call_ref', [0x15, 0]],
    ['try_table', [0x1f, 0x40, 0, END]],
    ['ref.eq', [0xd3]],
    ['ref.as_non_null', [0xd4]],
    ['br_on_null', [0xd5, 0]],
    ['br_on_non_null', [0xd6, 0]],
    ['garbage-collection instruction', [0xfb, 0, 0]],
    ['atomic instruction', [0xfe, 3, 0]],
    ['relaxed SIMD instruction 0xfd 0x105', [0xfd, ...unsigned(0x105)]],
    ['opcode 0xfd 0x9a', [0xfd, ...unsigned(0x9a)]],
    ['opcode 0xfc 0x12', [0xfc, 0x12, 0]],
    ['opcode 0xc5', [0xc5]],
  ])('%s, by name and offset', (name, instruction) => {
    const bytes = moduleWith([0x41, 0, ...instruction], 0);
    const error = refusalOf(bytes);
    expect(error).toMatchObject({ code: 'UNSUPPORTED', subject: name });
    expect([...bytes.subarray(error.offset, error.offset + instruction.length)]).toEqual(instruction);
  });
});
