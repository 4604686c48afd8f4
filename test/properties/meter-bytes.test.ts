/** The meter meets bytes from anyone: it ends, with a module or with a MeterError, and makes nothing invalid valid. */
import { MeterError, meterModule } from '@praxis/wasm-runtime/meter';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateModule } from '../support/wasm-generator.ts';

const tape = fc.array(fc.noBias(fc.nat({ max: 1_000_000 })), { minLength: 1, maxLength: 150, size: 'max' });

/** A change at a place that is given as a fraction of the length. */
type Change = readonly [kind: 'set' | 'delete' | 'insert' | 'cut', place: number, byte: number];
const change: fc.Arbitrary<Change> = fc.tuple(
  fc.constantFrom('set', 'set', 'set', 'set', 'set', 'set', 'set', 'delete', 'insert', 'cut'),
  fc.noBias(fc.nat({ max: 999_999 })).map((millionths) => millionths / 1_000_000),
  fc.noBias(fc.nat({ max: 255 })),
);

function apply(bytes: Uint8Array<ArrayBuffer>, [kind, place, byte]: Change): Uint8Array<ArrayBuffer> {
  if (bytes.length === 0) return bytes;
  const at = Math.floor(place * bytes.length);
  if (kind === 'set') return bytes.with(at, byte);
  if (kind === 'cut') return bytes.slice(0, at);
  const tail = bytes.subarray(kind === 'delete' ? at + 1 : at);
  return Uint8Array.from([...bytes.subarray(0, at), ...(kind === 'insert' ? [byte] : []), ...tail]);
}

type Verdict =
  'refused' | 'metered' | 'changed its validity' | 'threw an untyped error' | 'refused without saying where';

function verdictOn(bytes: Uint8Array<ArrayBuffer>): Verdict {
  try {
    return WebAssembly.validate(meterModule(bytes)) === WebAssembly.validate(bytes)
      ? 'metered'
      : 'changed its validity';
  } catch (error) {
    if (!(error instanceof MeterError)) return 'threw an untyped error';
    const placed = error.subject !== '' && error.offset >= 0 && error.offset <= bytes.length;
    return placed ? 'refused' : 'refused without saying where';
  }
}

describe('bytes from anyone are refused or metered', () => {
  it('a damaged module', () => {
    const counts = { refused: 0, metered: 0 };
    fc.assert(
      fc.property(tape, fc.array(change, { minLength: 1, maxLength: 2 }), (decisions, changes) => {
        const whole = generateModule(decisions, { exceptions: true, tailCalls: true });
        const verdict = verdictOn(changes.reduce(apply, whole));
        expect(verdict).toBeOneOf(['refused', 'metered']);
        counts[verdict === 'metered' ? 'metered' : 'refused']++;
      }),
      { numRuns: 3000 },
    );
    // The damage is such that both happen.
    expect(counts.refused).toBeGreaterThan(100);
    expect(counts.metered).toBeGreaterThan(100);
  });

  it('noise behind a header', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        const bytes = Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...noise]);
        expect(verdictOn(bytes)).toBeOneOf(['refused', 'metered']);
      }),
      { numRuns: 2000 },
    );
  });

  it('noise in a function body', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), (noise) => {
        const body = [0, ...noise.map((byte) => byte & 0x7f), 0x0b];
        const code = [10, body.length + 2, 1, body.length, ...body];
        const bytes = Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, ...code]);
        expect(verdictOn(bytes)).toBeOneOf(['refused', 'metered']);
      }),
      { numRuns: 3000 },
    );
  });
});
