// Descriptors: offsets, sharing, holes, listing.
import { MAX_DESCRIPTORS } from '../../../wasm-runtime/src/gate/descriptors.ts';
import { describe, expect, it } from 'vitest';
import { OPEN } from '../../../wasm-runtime/src/gate/descriptors.ts';
import { SEEK } from '../../../wasm-runtime/src/gate/open-files.ts';
import { newFiles } from './guest.ts';

const text = (value: string) => new TextEncoder().encode(value);

function opened(content = '', flags: number = OPEN.READ_WRITE) {
  const files = newFiles();
  files.writeFile('/f', text(content));
  const fd = files.open(files.tree.root, '/f', flags, 0);
  const read = (count: number, position?: number, from = fd) => {
    const target = new Uint8Array(count);
    return new TextDecoder().decode(target.subarray(0, files.opened.read(from, [target], position)));
  };
  const write = (value: string, position?: number, to = fd) => files.opened.write(to, [text(value)], position);
  const content_ = () => new TextDecoder().decode(files.readFile('/f'));
  return { files, fd, read, write, content: content_, opened: files.opened };
}

describe('reading and writing', () => {
  it('moves one offset for all duplicates', () => {
    const { opened: files, fd, read, write, content } = opened('abcdef');
    const copy = files.duplicate(fd);
    expect(read(2)).toBe('ab');
    expect(read(2, undefined, copy)).toBe('cd');
    write('X', undefined, copy);
    expect(read(9)).toBe('f');
    expect(content()).toBe('abcdXf');
  });

  it('leaves the offset alone where a position is given', () => {
    const { read, write, content } = opened('abcdef');
    expect(read(2, 4)).toBe('ef');
    expect(write('Z', 1)).toBe(1);
    expect(read(2)).toBe('aZ');
    expect(content()).toBe('aZcdef');
  });

  it('fills several buffers, and stops at the end', () => {
    const { opened: files, fd } = opened('abcdef');
    const parts = [new Uint8Array(2), new Uint8Array(0), new Uint8Array(3), new Uint8Array(9)];
    expect(files.read(fd, parts)).toBe(6);
    expect(parts.map((part) => new TextDecoder().decode(part))).toEqual(['ab', '', 'cde', 'f' + '\0'.repeat(8)]);
    expect(files.write(fd, [text('12'), text(''), text('345')])).toBe(5);
    expect(files.read(fd, parts)).toBe(0);
  });

  it('reads zeros from a hole, also where there were bytes before', () => {
    const { opened: files, fd, write, content } = opened('abcdef');
    files.truncate(fd, 2);
    write('!', 5);
    expect(content()).toBe('ab\0\0\0!');
    files.truncate(fd, 0);
    files.truncate(fd, 3);
    expect(content()).toBe('\0\0\0');
  });

  it('writes nothing beyond the end for an empty write', () => {
    const { write, content } = opened('ab');
    expect(write('', 100)).toBe(0);
    expect(content()).toBe('ab');
  });

  it('needs the right access', () => {
    const reader = opened('a', 0);
    expect(() => reader.write('x')).toThrow('EBADF');
    expect(() => reader.opened.truncate(reader.fd, 0)).toThrow('EINVAL');
    const writer = opened('a', OPEN.WRITE_ONLY);
    expect(() => writer.read(1)).toThrow('EBADF');
    const place = opened('a', OPEN.PATH | OPEN.READ_WRITE);
    expect(() => place.read(1)).toThrow('EBADF');
    expect(() => place.write('x')).toThrow('EBADF');
  });

  it('does not read or write directories', () => {
    const files = newFiles();
    const fd = files.open(files.tree.root, '/', 0, 0);
    expect(() => files.opened.read(fd, [new Uint8Array(1)])).toThrow('EISDIR');
    expect(() => files.opened.write(fd, [new Uint8Array(1)])).toThrow('EBADF');
    expect(() => files.opened.truncate(fd, 0)).toThrow('EINVAL');
  });

  it('keeps the room of a file within half as much again, and gives it back', () => {
    const { files, fd, opened: io } = opened();
    const mapped = io.map(fd, true);
    const { node } = mapped;
    for (let i = 0; i < 10_000; i += 1) io.write(fd, [text('x')]);
    expect(node.data.length).toBeLessThanOrEqual(15_000);
    io.truncate(fd, 10);
    expect(node.data.length).toBe(10);
    files.unlink(files.tree.root, '/f');
    io.close(fd);
    expect(node.data.length).toBe(10);
    io.unmap(mapped);
    expect(node.data.length).toBe(0);
  });

  it('holds so many mappings and no more: each may hold a file that has no name any longer', () => {
    const { fd, opened: io } = opened();
    const mapped = Array.from({ length: MAX_DESCRIPTORS }, () => io.map(fd, true));
    expect(() => io.map(fd, true)).toThrow('ENOMEM');
    for (const one of mapped) io.unmap(one);
    expect(() => io.map(fd, true)).not.toThrow();
  });
});

describe('seek', () => {
  it('goes from the start, from here and from the end', () => {
    const { opened: files, fd, read } = opened('abcdef');
    expect(files.seek(fd, 4, SEEK.SET)).toBe(4);
    expect(files.seek(fd, -1, SEEK.CURRENT)).toBe(3);
    expect(read(1)).toBe('d');
    expect(files.seek(fd, -2, SEEK.END)).toBe(4);
    expect(files.seek(fd, 100, SEEK.END)).toBe(106);
    expect(read(1)).toBe('');
  });

  it('refuses what is no place', () => {
    const { opened: files, fd } = opened('abc');
    expect(() => files.seek(fd, -1, SEEK.SET)).toThrow('EINVAL');
    expect(() => files.seek(fd, 0, 3)).toThrow('EINVAL');
    files.seek(fd, Number.MAX_SAFE_INTEGER, SEEK.SET);
    expect(() => files.seek(fd, 1, SEEK.CURRENT)).toThrow('EOVERFLOW');
  });
});

describe('descriptors', () => {
  it('are the lowest that are free', () => {
    const { opened: files, fd } = opened();
    expect([files.duplicate(fd), files.duplicate(fd), files.duplicate(fd, 10), files.duplicate(fd, 10)]).toEqual([
      1, 2, 10, 11,
    ]);
    files.close(1);
    expect(files.duplicate(fd)).toBe(1);
    expect(() => files.duplicate(fd, -1)).toThrow('EINVAL');
    expect(() => files.duplicate(fd, 256)).toThrow('EINVAL');
    files.duplicate(fd, 255);
    expect(() => files.duplicate(fd, 255)).toThrow('EMFILE');
  });

  it('are replaced by dup2, which closes what was there', () => {
    const { files, opened: io, fd } = opened('old');
    files.writeFile('/g', text('new'));
    const other = files.open(files.tree.root, '/g', 0, 0);
    files.unlink(files.tree.root, '/g');
    expect(files.tree.quota.nodes).toBe(2);
    io.duplicateTo(fd, other, false);
    expect(files.tree.quota.nodes).toBe(1);
    expect(() => io.duplicateTo(fd, fd, false)).toThrow('EINVAL');
    expect(() => io.duplicateTo(fd, 256, false)).toThrow('EBADF');
    expect(() => io.duplicateTo(fd, -1, false)).toThrow('EBADF');
    expect(() => io.duplicateTo(77, 5, false)).toThrow('EBADF');
  });

  it('have a close-on-exec flag each', () => {
    const { opened: io, fd } = opened('', OPEN.READ_WRITE | OPEN.CLOSE_ON_EXEC);
    const copy = io.duplicate(fd);
    expect([io.table.closeOnExec(fd), io.table.closeOnExec(copy)]).toEqual([true, false]);
  });

  it('refuse numbers that are none', () => {
    const { opened: io } = opened();
    for (const fd of [-1, 77, 256, 2 ** 31 - 1]) expect(() => io.close(fd)).toThrow('EBADF');
  });
});

describe('reading a directory', () => {
  function listing(count: number) {
    const files = newFiles();
    files.makeDirectory(files.tree.root, '/d', 0o777);
    for (let i = 0; i < count; i += 1) files.writeFile(`/d/f${i}`, text(''));
    const fd = files.open(files.tree.root, '/d', 0, 0);
    /** Takes `most` entries and refuses the next one. */
    const take = (most = Number.MAX_SAFE_INTEGER) => {
      const names: string[] = [];
      files.opened.readDirectory(fd, ({ name }) => names.length < most && names.push(name) > 0);
      return names;
    };
    return { files, fd, take };
  }

  it('gives each entry once, however many are taken at a time', () => {
    const { take } = listing(5);
    expect([take(1), take(3), take(2), take(9), take(9)]).toEqual([
      ['.'],
      ['..', 'f0', 'f1'],
      ['f2', 'f3'],
      ['f4'],
      [],
    ]);
  });

  it('misses none of the others when entries are removed on the way', () => {
    const { files, take } = listing(6);
    take(3);
    for (const name of ['f0', 'f2', 'f4']) files.unlink(files.tree.root, `/d/${name}`);
    expect(take()).toEqual(expect.arrayContaining(['f1', 'f3', 'f5']));
  });

  it('goes back and on to where an entry said it ends', () => {
    const { files, fd, take } = listing(4);
    const next: number[] = [];
    files.opened.readDirectory(fd, (entry) => next.push(entry.next) > 0);
    files.opened.seek(fd, next[2] ?? -1, SEEK.SET);
    expect(take()).toEqual(['f1', 'f2', 'f3']);
    files.opened.seek(fd, 0, SEEK.SET);
    expect(take(3)).toEqual(['.', '..', 'f0']);
    files.opened.seek(fd, 2 ** 50, SEEK.SET);
    expect(take()).toEqual([]);
  });

  it('says what each entry is', () => {
    const { files, fd } = listing(1);
    files.makeLink('x', files.tree.root, '/d/l');
    const seen: [string, string, number][] = [];
    files.opened.readDirectory(fd, ({ name, kind, ino }) => seen.push([name, kind, ino]) > 0);
    expect(seen).toEqual([
      ['.', 'directory', 2],
      ['..', 'directory', 1],
      ['f0', 'file', 3],
      ['l', 'link', 4],
    ]);
  });

  it('works on directories only', () => {
    const { opened: io, fd } = opened();
    expect(() => io.readDirectory(fd, () => true)).toThrow('ENOTDIR');
  });
});
