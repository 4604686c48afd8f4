/** Zip archives of the environment build, against what zlib says of them. */
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readZip, storedZip } from '../../../wasm-runtime/src/environment/zip.ts';
import { ENTRY, entryOf } from '../../support/wheels.ts';

const text = (value: string) => new TextEncoder().encode(value);
const MEMBERS = [
  { name: 'first.py', bytes: text('print(1)\n') },
  { name: 'package/__init__.py', bytes: text('') },
  { name: 'naïve.txt', bytes: text('x'.repeat(3000)) },
];

describe('a checksum', () => {
  it('is that of the check value in every description of CRC-32', () => {
    const { archive } = storedZip([{ name: 'check', bytes: text('123456789') }]);
    expect(new DataView(archive.buffer).getUint32(14, true)).toBe(0xcbf43926);
  });
});

describe('an archive of stored members', () => {
  it('gives them back', () => {
    expect(readZip(storedZip(MEMBERS).archive)).toEqual(MEMBERS);
  });

  it('says where each member and the directory begin', () => {
    const { archive, offsets, directory } = storedZip(MEMBERS);
    const view = new DataView(archive.buffer);
    expect(offsets).toHaveLength(MEMBERS.length);
    for (const offset of offsets) expect(view.getUint32(offset, true)).toBe(0x04034b50);
    expect(view.getUint32(directory, true)).toBe(0x02014b50);
  });

  it('holds no clock: the same members are the same bytes', () => {
    expect(storedZip(MEMBERS).archive).toEqual(storedZip(structuredClone(MEMBERS)).archive);
  });
});

describe('a reader of archives', () => {
  it('inflates, and leaves out folders', () => {
    const { archive, directory } = storedZip([{ name: 'a.txt', bytes: deflateRawSync(text('aaaaaaaa')) }]);
    const view = new DataView(archive.buffer);
    view.setUint16(directory + 10, 8, true);
    view.setUint32(directory + 24, 8, true);
    expect(readZip(archive).map(({ bytes }) => new TextDecoder().decode(bytes))).toEqual(['aaaaaaaa']);
    expect(readZip(storedZip([{ name: 'folder/', bytes: text('') }]).archive)).toEqual([]);
  });

  it('refuses what it does not know', () => {
    expect(() => readZip(text('no archive at all, only words'))).toThrow('no directory');
    const { archive, directory } = storedZip(MEMBERS);
    new DataView(archive.buffer).setUint16(directory + 10, 14, true);
    expect(() => readZip(archive)).toThrow('unknown way');
  });

  it.each([
    ['ZIP64', ENTRY.packed, 0xffffffff, 'ZIP64'],
    ['a member outside of it', ENTRY.local, 0x7ffffff0, 'damaged'],
    ['a member that is not where it should be', ENTRY.local, 1, 'not where'],
    ['a member of another size', ENTRY.size, 1, 'does not have the size'],
  ])('refuses %s', (_what, offset, value, message) => {
    const { archive } = storedZip(MEMBERS);
    new DataView(archive.buffer).setUint32(entryOf(archive, 'first.py') + offset, value, true);
    expect(() => readZip(archive)).toThrow(TypeError);
    expect(() => readZip(archive)).toThrow(message);
  });

  it('refuses what is encrypted, and a directory that lies outside', () => {
    const { archive } = storedZip(MEMBERS);
    new DataView(archive.buffer).setUint16(entryOf(archive, 'first.py') + ENTRY.flags, 1, true);
    expect(() => readZip(archive)).toThrow('encrypted');
    new DataView(archive.buffer).setUint32(archive.length - 6, 0xfffffff0, true);
    expect(() => readZip(archive)).toThrow('damaged');
  });

  it('reads those that are asked for, and counts only them', () => {
    const { archive } = storedZip(MEMBERS);
    const select = (name: string) => name === 'first.py';
    expect(readZip(archive, { select, maximumBytes: 100 })).toEqual(MEMBERS.slice(0, 1));
    expect(() => readZip(archive, { maximumBytes: 100 })).toThrow('larger than 100 bytes');
  });
});
