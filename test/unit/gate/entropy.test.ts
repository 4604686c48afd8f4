// The seeded stream against OpenSSL's SHAKE256, however it is cut into pieces.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { LiveEntropy, SeededEntropy } from '../../../wasm-runtime/src/gate/entropy.ts';

const SEED = Uint8Array.from({ length: 32 }, (_, index) => index);

function take(entropy: SeededEntropy, ...sizes: number[]): Uint8Array {
  const parts = sizes.map((size) => {
    const part = new Uint8Array(size);
    entropy.fill(part);
    return part;
  });
  return Buffer.concat(parts);
}

describe('SeededEntropy', () => {
  it('is SHAKE256 over the length of the label, the label and the seed', () => {
    const expected = createHash('shake256', { outputLength: 5000 })
      .update(Uint8Array.of(5))
      .update('guest')
      .update(SEED)
      .digest();
    expect(take(new SeededEntropy('guest', SEED), 5000)).toEqual(expected);
  });

  it('is one stream, whatever the sizes of the pieces', () => {
    const whole = take(new SeededEntropy('guest', SEED), 4000);
    expect(take(new SeededEntropy('guest', SEED), 1, 0, 135, 136, 137, 1087, 1088, 1089, 327)).toEqual(whole);
  });

  it('differs by label and by seed', () => {
    const streams = [
      new SeededEntropy('a', SEED),
      new SeededEntropy('b', SEED),
      new SeededEntropy('a', new Uint8Array(32)),
    ].map((entropy) => Buffer.from(take(entropy, 16)).toString('hex'));
    expect(new Set(streams).size).toBe(3);
  });

  it('says what is wrong with its arguments', () => {
    expect(() => new SeededEntropy('a', new Uint8Array(31))).toThrow('expected a seed of 32 bytes, got 31');
    expect(() => new SeededEntropy('x'.repeat(256), SEED)).toThrow('expected a label of at most 255 bytes, got 256');
  });
});

describe('LiveEntropy', () => {
  it('fills what is longer than the host gives at once', () => {
    const sizes: number[] = [];
    const entropy = new LiveEntropy((target) => {
      sizes.push(target.length);
      target.fill(7);
    });
    const target = new Uint8Array(100_000);
    entropy.fill(target);
    expect(sizes).toEqual([65_536, 34_464]);
    expect(target.every((byte) => byte === 7)).toBe(true);
  });
});
