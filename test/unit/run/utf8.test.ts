/** Bytes that are no UTF-8 become the same text everywhere, and however they come. */
import { describe, expect, it } from 'vitest';
import { Collector } from '../../../wasm-runtime/src/run/collector.ts';
import { DEFAULT_LIMITS } from '../../../wasm-runtime/src/run/program.ts';

function textOf(pieces: readonly (readonly number[])[]): string {
  const collector = new Collector(DEFAULT_LIMITS);
  collector.beginStep();
  for (const piece of pieces) collector.stream('stdout', Uint8Array.from(piece));
  return collector
    .endStep()
    .outputs.map((output) => (output.type === 'stream' ? output.text : ''))
    .join('');
}

describe('a stream', () => {
  // Encoding standard, section 4.1 and Unicode 16, section 3.9: one replacement for each maximal part of a character.
  it.each([
    ['a byte that begins nothing', [0x61, 0xff, 0x62], 'a\ufffdb'],
    ['a character that is cut off', [0xf0, 0x9f, 0x98, 0x61], '\ufffda'],
    ['one that is cut off at the end', [0x61, 0xe2, 0x82], 'a\ufffd'],
    ['an overlong form', [0xc0, 0x80], '\ufffd\ufffd'],
    ['half of a pair', [0xed, 0xa0, 0x80], '\ufffd\ufffd\ufffd'],
    ['beyond Unicode', [0xf4, 0x90, 0x80, 0x80], '\ufffd\ufffd\ufffd\ufffd'],
    ['a byte order mark, which stays', [0xef, 0xbb, 0xbf, 0x61], '\ufeffa'],
  ])('with %s', (_what, bytes, text) => {
    expect(textOf([bytes])).toBe(text);
    expect(textOf(bytes.map((byte) => [byte]))).toBe(text);
  });
});
