/** Types by content. */
import { describe, expect, it } from 'vitest';
import { checkContentType, essence } from '../../../server/src/artifacts/content-type.ts';

const head = (...parts: (string | number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...new TextEncoder().encode(part)] : part)));
const PNG = head([0x89], 'PNG\r\n', [0x1a, 0x0a], 'rest');

describe('content', () => {
  it.each([
    ['image/png', PNG],
    ['IMAGE/PNG; q=1', PNG],
    ['image/jpeg', head([0xff, 0xd8, 0xff, 0xe0])],
    ['image/gif', head('GIF89a')],
    ['image/webp', head('RIFF', [1, 2, 3, 4], 'WEBP')],
    ['application/pdf', head('%PDF-1.7')],
    ['application/zip', head('PK', [3, 4])],
    ['application/vnd.apache.parquet', head('PAR1')],
    ['text/csv', head('a,b\n')],
    ['text/html', head('<!doctype html>')],
    ['application/json', head('{}')],
    ['image/svg+xml', head('<svg/>')],
    ['application/octet-stream', PNG],
    ['application/x-of-our-own', head([0, 1, 2])],
    ['text/plain', head('')],
  ])('may be declared as %s', (type, bytes) => {
    expect(() => checkContentType(type, bytes)).not.toThrow();
  });

  it.each([
    ['image/png', head('GIF89a')],
    ['image/png', head('')],
    ['image/png', PNG.subarray(0, 7)],
    ['image/webp', head('RIFF', [1, 2, 3, 4], 'WAVE')],
    ['image/bmp', head('BM')],
    ['text/plain', PNG],
    ['text/csv', head('a,b', [0])],
    ['application/json', head('%PDF-1.7')],
    ['image/svg+xml', head('PK', [3, 4])],
  ])('may not be declared as %s', (type, bytes) => {
    expect(() => checkContentType(type, bytes)).toThrow(`The first bytes are not those of ${essence(type)}`);
  });
});
