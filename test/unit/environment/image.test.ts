/** File images, and the part of one that comes later. */
import { describe, expect, it } from 'vitest';
import { packImage, unpackImage } from '../../../wasm-runtime/src/environment/image.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);

describe('a file image', () => {
  it('gives the files that it was made of', () => {
    const files = [
      { path: '/a', bytes: bytes(1, 2, 3) },
      { path: '/empty', bytes: bytes() },
    ];
    const { image, late } = packImage(files);
    expect(unpackImage(image)).toEqual(files);
    expect(late).toEqual(bytes());
  });

  it('leaves out a late part, which is zero until it comes', () => {
    const { image, late } = packImage([
      { path: '/a', bytes: bytes(1, 2, 3, 4, 5), late: { start: 1, end: 4 } },
      { path: '/b', bytes: bytes(6) },
    ]);
    expect(late).toEqual(bytes(2, 3, 4));
    expect(unpackImage(image)).toEqual([
      { path: '/a', bytes: bytes(1, 0, 0, 0, 5), late: { start: 1, end: 4 } },
      { path: '/b', bytes: bytes(6) },
    ]);
  });

  it('keeps the late parts of several files apart, in their order', () => {
    const { image, late } = packImage([
      { path: '/a', bytes: bytes(1, 2, 3), late: { start: 0, end: 2 } },
      { path: '/b', bytes: bytes(4) },
      { path: '/c', bytes: bytes(5, 6), late: { start: 0, end: 2 } },
    ]);
    expect(late).toEqual(bytes(1, 2, 5, 6));
    expect(unpackImage(image).map((file) => file.bytes)).toEqual([bytes(0, 0, 3), bytes(4), bytes()]);
  });

  it('is refused when it is cut short, or its late part lies outside of its file', () => {
    const { image } = packImage([{ path: '/a', bytes: bytes(1, 2, 3) }]);
    expect(() => unpackImage(image.subarray(0, image.length - 1))).toThrow('cut short');
    const outside = packImage([{ path: '/a', bytes: bytes(1, 2), late: { start: 1, end: 9 } }]);
    expect(() => unpackImage(outside.image)).toThrow(TypeError);
  });
});
