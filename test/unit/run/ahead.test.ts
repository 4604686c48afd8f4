import { describe, expect, it } from 'vitest';
import { AHEAD_MIN_BYTES } from '../../../wasm-runtime/src/hosts/protocol.ts';
import { AheadBytes } from '../../../wasm-runtime/src/run/ahead.ts';

const SIZE = AHEAD_MIN_BYTES + 10;
const KIB = 1024;
const content = new Uint8Array(SIZE).map((_, at) => at * 31);
const named = (name: string, ahead: number) => ({ name, media_type: 'a/b', ahead });

describe('bytes that go ahead of an answer', () => {
  it('are kept as they came when they came in one piece', () => {
    const ahead = new AheadBytes(SIZE);
    expect(ahead.take(SIZE, content)).toBe(true);
    expect(ahead.complete([named('a', 0)])?.[0]?.bytes).toBe(content);
  });

  it('are put together from pieces, in the order of the artifacts, beside those that come with the answer', () => {
    const ahead = new AheadBytes(SIZE);
    for (let artifact = 0; artifact < 3; artifact++)
      for (let at = 0; at < SIZE; at += 30_000) expect(ahead.take(SIZE, content.slice(at, at + 30_000))).toBe(true);
    const small = { name: 'b', media_type: 'a/b', bytes: Uint8Array.of(1) };
    // One of a name replaced another, whose bytes nobody asks for.
    const complete = ahead.complete([named('c', 2), small, named('a', 0)]);
    expect(complete?.map(({ name }) => name)).toEqual(['c', 'b', 'a']);
    expect(complete?.[0]?.bytes).toEqual(content);
    expect(complete?.[1]).toBe(small);
  });

  it.each<[string, (ahead: AheadBytes) => boolean]>([
    ['more than all artifacts may have', (ahead) => ahead.take(3 * SIZE, content)],
    ['more than is left', (ahead) => ahead.take(SIZE, content) && ahead.take(2 * SIZE, content)],
    ['what is too small', (ahead) => ahead.take(AHEAD_MIN_BYTES - 1, content.slice(0, AHEAD_MIN_BYTES - 1))],
    ['a size that is no count', (ahead) => ahead.take(Number.NaN, content)],
    ['more than was announced', (ahead) => ahead.take(SIZE - 1, content)],
    [
      'another size in the middle',
      (ahead) => ahead.take(SIZE, content.slice(1)) && ahead.take(SIZE + 1, content.slice(0, 1)),
    ],
    ['nothing', (ahead) => ahead.take(SIZE, content.slice(1)) && ahead.take(SIZE, new Uint8Array(0))],
  ])('are refused: %s', (_what, take) => expect(take(new AheadBytes((2 * SIZE) / KIB))).toBe(false));

  it.each([
    ['that did not come', [named('a', 1)]],
    ['that came once', [named('a', 0), named('b', 0)]],
  ])('do not complete an answer with bytes %s', (_what, artifacts) => {
    const ahead = new AheadBytes(SIZE);
    ahead.take(SIZE, content);
    expect(ahead.complete(artifacts)).toBeNull();
  });

  it('do not complete an answer while a piece is missing', () => {
    const ahead = new AheadBytes(SIZE);
    ahead.take(SIZE, content.slice(1));
    expect(ahead.complete([])).toBeNull();
  });
});
