/** What is not a module, or not one that can be counted, is refused by name and place, never by accident. */
import { COUNTER_EXPORT, MeterError, meterModule } from '@praxis/wasm-runtime/meter';
import { describe, expect, it } from 'vitest';
import { I32, I64, moduleOf, section, unsigned, vector } from '../../support/wasm-bytes.ts';
import { assemble } from '../../support/wasm-text.ts';

const END = 0x0b;
const TYPES = section(1, vector([[0x60, 0, 0]]));
const ONE_FUNCTION = section(3, vector([[0]]));
const GLOBALS = section(6, vector([[I32, 1, 0x41, 0, END]]));

/** A code section with one body of no locals. */
function code(...instructions: number[]): number[] {
  const body = [0, ...instructions];
  return section(10, vector([[...unsigned(body.length), ...body]]));
}

/** A module with one function and one global. */
function withBody(...instructions: number[]): Uint8Array {
  return moduleOf(TYPES, ONE_FUNCTION, GLOBALS, code(...instructions));
}

function refusalOf(bytes: Uint8Array, memoryMaximumPages?: number): MeterError {
  try {
    meterModule(bytes, memoryMaximumPages === undefined ? {} : { memoryMaximumPages });
  } catch (error) {
    if (error instanceof MeterError) return error;
    throw error;
  }
  throw new Error('expected a refusal');
}

describe('the frame of a module', () => {
  it.each([
    ['nothing', new Uint8Array(0), 'module header', 0],
    ['another magic number', Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 1, 0, 0, 0), 'module header', 0],
    ['a component', Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0), 'module header', 4],
    ['a header cut short', Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0), 'module header', 6],
    ['a section that ends after the module', moduleOf([1, 9, 0]), 'type section', 8],
    ['a section without length', moduleOf([1]), 'section header', 9],
    ['a length that does not end', moduleOf([1, 0x80, 0x80, 0x80, 0x80, 0x80, 0]), 'section header', 9],
    ['a length beyond 32 bits', moduleOf([1, 0xff, 0xff, 0xff, 0xff, 0x1f]), 'section header', 9],
    ['a section twice', moduleOf(TYPES, TYPES), 'type section', 14],
    ['sections out of order', moduleOf(GLOBALS, TYPES), 'type section', 16],
    ['more items than bytes', moduleOf(section(1, [0xff, 0xff, 0xff, 0x7f, 0x60])), 'type section', 10],
    ['bytes after the last item', moduleOf(section(1, [1, 0x60, 0, 0, 7])), 'type section', 14],
    ['functions without bodies', moduleOf(TYPES, ONE_FUNCTION), 'absent section', 0],
    ['a function of no type', moduleOf(section(3, vector([[0]]))), 'function section', 11],
    ['a name that is not UTF-8', moduleOf(section(7, vector([[2, 0xc3, 0x28, 0, 0]]))), 'export section', 11],
    ['a custom section without a name', moduleOf([0, 0]), 'custom section', 10],
  ])('%s', (_, bytes, subject, offset) => {
    expect(refusalOf(bytes)).toMatchObject({ code: 'MALFORMED', subject, offset });
  });

  it.each([
    ['an unknown section', moduleOf([14, 0]), 'section 14', 8],
    ['a struct type', moduleOf(section(1, vector([[0x5f, 0]]))), 'type section', 11],
    ['a parameter of a typed reference', moduleOf(section(1, vector([[0x60, 1, 0x64, 0, 0]]))), 'type section', 13],
    ['a memory shared between threads', moduleOf(section(5, vector([[3, 1, 1]]))), 'memory section', 11],
    ['a 64-bit memory', moduleOf(section(5, vector([[4, 1]]))), 'memory section', 11],
    [
      'two memories',
      moduleOf(
        section(
          5,
          vector([
            [0, 1],
            [0, 1],
          ]),
        ),
      ),
      'memory section',
      10,
    ],
    ['a table with an initialiser', moduleOf(section(4, vector([[0x40, 0, 0x70, 0, 1]]))), 'table section', 11],
    [
      'a constant expression of another proposal',
      moduleOf(section(6, vector([[I32, 0, 0xfb, 0x1c, END]]))),
      'garbage-collection instruction',
      13,
    ],
    ['an import of a typed reference', moduleOf(section(2, vector([[0, 0, 3, 0x63, 0x70, 0]]))), 'import section', 14],
    ['data in a second memory', moduleOf(section(11, vector([[2, 1, 0x41, 0, END, 0]]))), 'data section', 11],
  ])('%s', (_, bytes, subject, offset) => {
    expect(refusalOf(bytes)).toMatchObject({ code: 'UNSUPPORTED', subject, offset });
  });
});

describe('indexes that would reach what the meter adds', () => {
  /** Where the first instruction of `withBody` stands. */
  const start = 8 + TYPES.length + ONE_FUNCTION.length + GLOBALS.length + 5;

  it.each([
    ['reads the fuel', [0x23, 1, 0x1a, END], start + 1],
    ['sets the fuel', [0x42, 0, 0x24, 1, END], start + 3],
    ['sets the depth', [0x41, 0, 0x24, 2, END], start + 3],
    ['reads the accumulator', [0x20, 0, 0x1a, END], start + 1],
    ['sets the accumulator', [0x42, 0, 0x21, 0, END], start + 3],
    ['calls beyond the functions', [0x10, 1, END], start + 1],
    ['branches beyond the function', [0x0c, 1, END], start],
    ['branches beyond the function from a table', [0x41, 0, 0x0e, 1, 0, 1, END], start + 2],
    ['delegates beyond the function', [0x06, 0x40, 0x18, 1, END], start + 2],
    ['uses a block type beyond the types', [0x02, 1, END, END], start + 1],
    ['calls a type beyond the types', [0x41, 0, 0x11, 1, 0, END], start + 3],
  ])('%s', (_, instructions, offset) => {
    expect(refusalOf(withBody(...instructions))).toMatchObject({ code: 'MALFORMED', subject: 'code section', offset });
  });

  it('exports a global beyond the globals', () => {
    const exported = section(7, vector([[1, 0x78, 3, 1]]));
    expect(refusalOf(moduleOf(GLOBALS, exported))).toMatchObject({ code: 'MALFORMED', subject: 'export section' });
  });

  it.each([
    ['a start function', [section(8, [1])], 'start section'],
    ['an element', [section(9, vector([[0, 0x41, 0, 0x0b, 1, 1]]))], 'element section'],
    ['a reference in a global', [section(6, vector([[0x70, 0, 0xd2, 1, 0x0b]]))], 'global section'],
  ])('names as %s the function that the rewriter would add', (_, sections, subject) => {
    // One function, without parameters and results, that calls itself: it counts depth.
    const type = section(1, vector([[0x60, 0, 0]]));
    const code = section(10, vector([[4, 0, 0x10, 0, 0x0b]]));
    const table = section(4, vector([[0x70, 0, 4]]));
    const bytes = moduleOf(type, section(3, vector([[0]])), table, ...sections, code);
    expect(WebAssembly.validate(bytes)).toBe(false);
    expect(refusalOf(bytes)).toMatchObject({ code: 'MALFORMED', subject });
  });

  it.each([
    ['a function', [0, 0, 0, 1]],
    ['a tag', [0, 0, 4, 0, 1]],
  ])('imports %s of a type that the rewriter would add', (_, imported) => {
    const bytes = moduleOf(section(1, vector([[0x60, 0, 0]])), section(2, vector([imported])));
    expect(refusalOf(bytes)).toMatchObject({ code: 'MALFORMED', subject: 'import section' });
  });

  it('exports the name of the counter', () => {
    const bytes = assemble(`(module (func (export "${COUNTER_EXPORT}")))`);
    expect(refusalOf(bytes)).toMatchObject({ code: 'NAME_TAKEN', subject: 'export section' });
  });

  it('is metered already', () => {
    const once = meterModule(assemble('(module (func (export "f")))'));
    expect(refusalOf(once)).toMatchObject({ code: 'NAME_TAKEN' });
  });
});

describe('function bodies', () => {
  it.each([
    ['end too early', [0x01]],
    ['end in the middle of a block', [0x02, 0x40, END]],
    ['end in the middle of an immediate', [0x41, 0x80]],
    ['go on after their end', [END, 0x01]],
    ['have a constant of too many bytes', [0x41, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00, 0x1a, END]],
    ['have an else without if', [0x02, 0x40, 0x05, END, END]],
    ['have two elses', [0x41, 0, 0x04, 0x40, 0x05, 0x05, END, END]],
    ['have a catch without try', [0x02, 0x40, 0x19, END, END]],
    ['have a catch after catch_all', [0x06, 0x40, 0x19, 0x19, END, END]],
    ['delegate what is not a try', [0x02, 0x40, 0x18, 0, END]],
    ['delegate a try that has handlers', [0x06, 0x40, 0x19, 0x18, 0, END]],
    ['have more labels than bytes', [0x41, 0, 0x0e, 0xff, 0xff, 0x03, 0, END]],
  ])('%s', (_, instructions) => {
    expect(refusalOf(withBody(...instructions))).toMatchObject({ code: 'MALFORMED', subject: 'code section' });
  });

  it.each([
    ['memory.size of a second memory', [0x3f, 1, 0x1a, END]],
    ['a load from a second memory', [0x41, 0, 0x28, 0x42, 1, 0, 0x1a, END]],
    ['ref.null of another heap type', [0xd0, 0x6e, 0x1a, END]],
    ['a block of a typed reference', [0x02, 0x64, 0x70, END, END]],
    ['select of a typed reference', [0x1c, 1, 0x63, END]],
  ])('%s', (_, instructions) => {
    expect(refusalOf(withBody(...instructions))).toMatchObject({ code: 'UNSUPPORTED', subject: 'code section' });
  });

  it('with more locals than engines take', () => {
    const locals = (count: number): Uint8Array => {
      const body = [1, ...unsigned(count), I64, END];
      return moduleOf(TYPES, ONE_FUNCTION, section(10, vector([[...unsigned(body.length), ...body]])));
    };
    expect(refusalOf(locals(50_001))).toMatchObject({ code: 'TOO_LARGE', subject: 'locals' });
    expect(refusalOf(locals(0xffff_ffff))).toMatchObject({ code: 'TOO_LARGE', subject: 'locals' });
    // The engine would take these, but not with the meter's own.
    expect(WebAssembly.validate(Uint8Array.from(locals(50_000)))).toBe(true);
    expect(refusalOf(locals(50_000))).toMatchObject({ code: 'TOO_LARGE', subject: 'locals' });
    expect(WebAssembly.validate(meterModule(locals(49_995)))).toBe(true);
  });

  it('that would be too long for engines once metered', () => {
    // Each if costs 5 bytes here and more with its counting: 1.4 million of them pass the engine's limit.
    const repeated = [0x41, 1, 0x04, 0x40, 0x41, 1, 0x1a, END];
    const body = new Uint8Array(700_000 * repeated.length + 2);
    for (let at = 0; at < 700_000; at++) body.set(repeated, 1 + at * repeated.length);
    body[body.length - 1] = END;
    const size = unsigned(body.length);
    const head = moduleOf(TYPES, ONE_FUNCTION, [10, ...unsigned(body.length + size.length + 1), 1, ...size]);
    const bytes = new Uint8Array(head.length + body.length);
    bytes.set(head);
    bytes.set(body, head.length);
    expect(WebAssembly.validate(bytes)).toBe(true);
    expect(refusalOf(bytes)).toMatchObject({ code: 'TOO_LARGE', subject: 'code section' });
  }, 120_000);
});

describe('memory', () => {
  it('whose minimum passes the maximum that it may have', () => {
    const bytes = assemble('(module (memory 17))');
    expect(refusalOf(bytes, 16)).toMatchObject({ code: 'MEMORY_MINIMUM', subject: 'memory section', offset: 11 });
    expect(refusalOf(bytes, 16).message).toBe('memory section at byte 11: needs 17 pages where 16 are allowed');
  });
});

describe('options out of range', () => {
  const bytes = assemble('(module)');

  it.each([
    [{ memoryMaximumPages: -1 }],
    [{ memoryMaximumPages: 65_537 }],
    [{ memoryMaximumPages: 1.5 }],
    [{ maxDepth: -1 }],
    [{ maxDepth: 2048 }],
    [{ maxDepth: Number.NaN }],
    [{ initialFuel: -1n }],
    [{ initialFuel: 1n << 50n }],
  ])('%s', (options) => {
    expect(() => meterModule(bytes, options)).toThrow(RangeError);
  });
});
