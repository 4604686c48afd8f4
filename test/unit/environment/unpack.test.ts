/** What becomes of a wheel's members, and which wheels are refused. */
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { MAX_WHEEL_BYTES, unpackWheel, WheelRefused } from '../../../wasm-runtime/src/environment/unpack.ts';
import { storedZip } from '../../../wasm-runtime/src/environment/zip.ts';
import { ENTRY, entryOf, text, wheelBytes } from '../../support/wheels.ts';

const FILE = 'six-1.0-py3-none-any.whl';
const paths = (members: Record<string, string>, exclude: string[] = [], file = FILE) =>
  unpackWheel(file, wheelBytes(members), exclude).map(({ place, path }) => `${place}:${path}`);

describe('a wheel', () => {
  it('goes to site-packages in the order of its archive', () => {
    expect(paths({ 'six.py': 'a', 'b/__init__.py': '', 'six-1.0.dist-info/METADATA': '' })).toEqual([
      'site-packages:six.py',
      'site-packages:b/__init__.py',
      'site-packages:six-1.0.dist-info/METADATA',
    ]);
  });

  it('has members elsewhere, of which those for site-packages are moved there and all others left out', () => {
    expect(
      paths({
        'six-1.0.data/purelib/six.py': '',
        'six-1.0.data/platlib/_six.so': '',
        'six-1.0.data/scripts/six': '',
        'six-1.0.data/headers/six.h': '',
        'six-1.0.data/data/share/man/man1/six.1': '',
        'six.data/kept.txt': '',
      }),
    ).toEqual(['site-packages:six.py', 'site-packages:_six.so', 'site-packages:six.data/kept.txt']);
  });

  it('leaves out what its definition says, by the place where it would be installed', () => {
    expect(paths({ 'a/tests/x.py': '', 'a/x.pyi': '', 'a/x.py': '' }, ['**/tests/**', '**/*.pyi'])).toEqual([
      'site-packages:a/x.py',
    ]);
    expect(paths({ 'six-1.0.data/purelib/a/x.py': '', 'b.py': '' }, ['a/**'])).toEqual(['site-packages:b.py']);
  });

  it('keeps its bytes', () => {
    expect(unpackWheel(FILE, wheelBytes({ 'six.py': 'x = 1\n' }))).toEqual([
      { place: 'site-packages', path: 'six.py', bytes: text('x = 1\n') },
    ]);
  });
});

describe('an archive of shared libraries', () => {
  it('goes to the libraries', () => {
    expect(paths({ 'libopenblas.so': '' }, [], 'openblas-0.3.26.zip')).toEqual(['libraries:libopenblas.so']);
  });
});

describe('a hostile wheel', () => {
  it.each([
    '../x.py',
    'a/../../x.py',
    '/etc/passwd',
    './x.py',
    'a//x.py',
    'a\\..\\x.py',
    'C:/x.py',
    'a\0b',
    'a\nb',
    '',
  ])('is refused for the path %j', (name) => {
    const act = () => unpackWheel(FILE, wheelBytes({ [name]: '' }));
    expect(act).toThrow(WheelRefused);
    expect(act).toThrow(FILE);
  });

  it('is refused for a path that leads out of a place it is moved to', () => {
    expect(() => paths({ 'six-1.0.data/purelib/../../x.py': '' })).toThrow('no path that may be installed');
  });

  it('is refused for such a path even where it would be left out', () => {
    expect(() => paths({ '../tests/x.py': '' }, ['**/tests/**'])).toThrow(WheelRefused);
  });

  it('is refused for a path that is too long', () => {
    expect(() => paths({ [`${'a'.repeat(600)}.py`]: '' })).toThrow(WheelRefused);
  });

  it('is refused for a file twice, also where the second is moved there', () => {
    expect(() => paths({ 'six.py': '', 'six-1.0.data/purelib/six.py': '' })).toThrow('has six.py twice');
  });

  it('is refused for a file where a folder has to be', () => {
    expect(() => paths({ 'a/b/c.py': '', 'a/b': '' })).toThrow('a/b is a file and a folder');
  });

  it.each([
    ['a link', 0xa1ff],
    ['a device', 0x21ff],
    ['a pipe', 0x11ff],
  ])('is refused for %s', (_kind, mode) => {
    const archive = wheelBytes({ 'six.py': '/etc/passwd' });
    const entry = entryOf(archive, 'six.py');
    const view = new DataView(archive.buffer);
    view.setUint8(entry + ENTRY.madeBy, 3);
    view.setUint16(entry + ENTRY.mode, mode, true);
    expect(() => unpackWheel(FILE, archive)).toThrow('no plain file');
  });

  it('is refused for members that together are too large, before the one that makes it so is unpacked', () => {
    const archive = wheelBytes({ 'a.py': '', 'b.py': '' });
    new DataView(archive.buffer).setUint32(entryOf(archive, 'b.py') + ENTRY.size, MAX_WHEEL_BYTES + 1, true);
    expect(() => unpackWheel(FILE, archive)).toThrow(`larger than ${MAX_WHEEL_BYTES}`);
  });

  it('is refused for a member that unpacks to more than it says', () => {
    const packed = deflateRawSync(new Uint8Array(1_000_000));
    const { archive } = storedZip([{ name: 'bomb.py', bytes: packed }]);
    const view = new DataView(archive.buffer);
    view.setUint16(entryOf(archive, 'bomb.py') + ENTRY.method, 8, true);
    view.setUint32(entryOf(archive, 'bomb.py') + ENTRY.size, 10, true);
    expect(() => unpackWheel(FILE, archive)).toThrow('to the size that the directory says');
  });

  it('is refused when it is no archive', () => {
    expect(() => unpackWheel(FILE, text('<html>Not found</html>'))).toThrow('no directory');
  });
});
