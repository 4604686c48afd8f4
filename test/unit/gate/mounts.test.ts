// What the host puts into the file system: where it may be, and how it stays what it is.
import { describe, expect, it } from 'vitest';
import { OPEN } from '../../../wasm-runtime/src/gate/descriptors.ts';
import { MountError } from '../../../wasm-runtime/src/gate/tree.ts';
import { newFiles } from './guest.ts';
import { shell, text } from './shell.ts';

/** Files of a guest that may make none itself. */
function sealed() {
  const files = newFiles();
  files.seal({ max_bytes: 0, max_nodes: 0 }, ['/tmp']);
  return files;
}

describe('mounts', () => {
  it.each([
    ['data/x', 'expected an absolute path'],
    ['/', 'it is the root'],
    ['/data/../lib/x', 'it is not in its plain form'],
    ['/data/./x', 'it is not in its plain form'],
    ['/data//x', 'it is not in its plain form'],
    ['/data/x/', 'it is not in its plain form'],
    ['/data/a\0b', 'it holds a NUL'],
    [`/${'x'.repeat(256)}`, 'a name is longer than 255 bytes'],
    ['/d'.repeat(65), 'it is deeper than 64'],
    [`/${'ü'.repeat(100)}`.repeat(6), 'it is longer than 1024 bytes'],
    ['/data/in', 'it exists'],
    ['/data/in/x', 'a part of the path is a file'],
  ])('refuse the path %j', (path, problem) => {
    const files = newFiles();
    files.mountFile('/data/in', text('x'));
    expect(() => files.mountFile(path, text('y'))).toThrow(MountError);
    expect(() => files.mountFile(path, text('y'))).toThrow(problem);
  });

  it('are not copied, and stay as they are even before guest mode', () => {
    const files = newFiles();
    const bytes = text('content');
    files.mountFile('/lib/f', bytes);
    const { open, unlink, rename, root } = shell(files);
    expect((files.node(root, '/lib/f', true) as { data?: Uint8Array }).data).toBe(bytes);
    expect(() => open('/lib/f', OPEN.WRITE_ONLY)).toThrow('EROFS');
    expect(() => unlink('/lib/f')).toThrow('EBUSY');
    expect(() => rename('/lib/f', '/x')).toThrow('EBUSY');
  });

  it('get the next inode numbers in order', () => {
    const files = newFiles();
    files.mountFile('/a/b/c', text(''));
    files.mountDirectory('/a/d');
    files.writeFile('/e', text(''));
    expect(files.list().map(({ path, ino, kind }) => [path, ino, kind])).toEqual([
      ['/a', 2, 'directory'],
      ['/a/b', 3, 'directory'],
      ['/a/b/c', 4, 'file'],
      ['/a/d', 5, 'directory'],
      ['/e', 6, 'file'],
    ]);
  });

  it('have bytes that come when they are read, a part of them or all', () => {
    const files = sealed();
    const { read } = shell(files);
    const wanted: string[] = [];
    const mount = (path: string, bytes: Uint8Array, start: number, late: string): void => {
      const complete = files.mountIncomplete(path, bytes, {
        start,
        end: start + late.length,
        wanted: () => {
          wanted.push(path);
          expect(() => complete(text(`${late}more`))).toThrow('lacks another part');
          complete(text(late));
        },
      });
    };
    mount('/data/part', text('a..d'), 1, 'bc');
    mount('/data/all', new Uint8Array(0), 0, 'whole');
    expect(files.status(files.tree.root, '/data/all', true).size).toBe(5);
    expect(wanted).toEqual([]);
    expect([read('/data/part'), read('/data/all'), read('/data/all')]).toEqual(['abcd', 'whole', 'whole']);
    expect(wanted).toEqual(['/data/part', '/data/all']);
  });

  it('come after guest mode began as well, free of charge', () => {
    const files = sealed();
    const { read, open } = shell(files);
    files.mountFile('/data/later', text('x'.repeat(5000)));
    expect(read('/data/later')).toHaveLength(5000);
    expect(() => open('/data/later', OPEN.WRITE_ONLY)).toThrow('EROFS');
    expect(files.tree.quota.bytes).toBe(0);
  });
});
