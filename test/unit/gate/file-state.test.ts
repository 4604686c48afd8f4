// A file system saved after the boot and restored elsewhere must be the same to a memory image that remembers it.
import { describe, expect, it } from 'vitest';
import { OPEN } from '../../../wasm-runtime/src/gate/descriptors.ts';
import { restoreFiles, saveFiles } from '../../../wasm-runtime/src/gate/file-state.ts';
import type { FileState } from '../../../wasm-runtime/src/gate/file-state.ts';
import { newGuest } from './guest.ts';
import type { Guest } from './guest.ts';

const text = (value: string) => new TextEncoder().encode(value);

/** A world with its mounts, before the boot. */
function mounted(library = 'the library'): Guest {
  const guest = newGuest();
  guest.files.mountFile('/lib/python.zip', text(library));
  for (const path of ['/job', '/tmp', '/home']) guest.files.mountDirectory(path);
  return guest;
}

function boot(guest: Guest): Guest {
  const { files } = guest;
  const { root } = files.tree;
  files.umask = 0o027;
  files.makeDirectory(root, '/home/cache', 0o777);
  files.writeFile(
    '/home/cache/fonts.json',
    Uint8Array.from({ length: 20_000 }, (_, index) => index * 7),
  );
  files.makeLink('cache/fonts.json', root, '/home/l');
  files.writeFile('/tmp/gone', text(''));
  files.unlink(root, '/tmp/gone');
  files.writeFile('/tmp/ü__proto__', text('x'));
  files.rename(root, '/home/cache/fonts.json', root, '/tmp/z');
  files.setTimes(files.node(root, '/tmp/z', true), -5n, 12_345_678_901n);
  files.changeDirectory(files.node(root, '/home/cache', true));
  const fd = files.open(root, '/tmp/z', OPEN.READ_WRITE | OPEN.APPEND, 0);
  files.opened.seek(fd, 77, 0);
  files.opened.duplicate(fd, 20, true);
  const directory = files.open(root, '/tmp', 0, 0);
  files.opened.readDirectory(directory, ({ name }) => name !== 'z');
  files.open(root, '/lib/python.zip', 0, 0);
  files.opened.close(0);
  return guest;
}

/** All that a guest could see. */
function observe({ files }: Guest) {
  const { root } = files.tree;
  const list = files.list();
  return {
    list,
    cwd: files.workingDirectory(),
    umask: files.umask,
    status: list.map(({ path }) => files.status(root, path, false)),
    contents: list.filter(({ kind }) => kind === 'file').map(({ path }) => files.readFile(path)),
    descriptors: [...files.opened.table.entries()].map(({ fd, open, closeOnExec, pinned }) => ({
      fd,
      closeOnExec,
      pinned,
      ino: open.node.ino,
      flags: open.flags,
      offset: open.offset,
      references: open.references,
    })),
    rest: (() => {
      const names: string[] = [];
      files.opened.readDirectory(5, ({ name }) => names.push(name) > 0);
      return names;
    })(),
  };
}

/** Through JSON, as in a snapshot. */
const store = (state: FileState) => JSON.parse(JSON.stringify(state)) as FileState;

describe('saveFiles and restoreFiles', () => {
  it('make the same file system', () => {
    const original = boot(mounted());
    const restored = mounted();
    restoreFiles(restored.files, store(saveFiles(original.files)));
    expect(observe(restored)).toEqual(observe(original));
  });

  it('make one that goes on in the same way', () => {
    const original = boot(mounted());
    const restored = mounted();
    restoreFiles(restored.files, store(saveFiles(original.files)));
    for (const guest of [original, restored]) {
      const { files } = guest;
      files.mountFile('/data/in.csv', text('1,2'));
      files.seal({ max_bytes: 1000, max_nodes: 10 }, ['/job', '/tmp']);
      files.writeFile('/job/new', text('x'));
      files.opened.write(20, [text('appended')]);
      expect([files.tree.quota.bytes, files.tree.quota.nodes]).toEqual([1 + 8, 1]);
    }
    expect(observe(restored)).toEqual(observe(original));
  });

  it('give the same state again', () => {
    const state = store(saveFiles(boot(mounted()).files));
    const restored = mounted();
    restoreFiles(restored.files, state);
    expect(store(saveFiles(restored.files))).toEqual(state);
  });

  it('share what descriptors shared', () => {
    const restored = mounted();
    restoreFiles(restored.files, store(saveFiles(boot(mounted()).files)));
    const { table } = restored.files.opened;
    expect(table.get(20)).toBe(table.get(4));
    expect(table.get(20).offset).toBe(77);
  });

  it('refuse other mounts', () => {
    const state = saveFiles(boot(mounted()).files);
    expect(() => restoreFiles(mounted('another library').files, state)).toThrow(
      /expected mounts with digest \w{64}, got/,
    );
    const more = mounted();
    more.files.mountFile('/lib/more', text(''));
    expect(() => restoreFiles(more.files, state)).toThrow('expected mounts');
    expect(() => restoreFiles(newGuest().files, state)).toThrow('expected mounts');
  });

  it('refuse a file system that is in use', () => {
    const state = saveFiles(boot(mounted()).files);
    const used = mounted();
    used.files.writeFile('/tmp/x', text(''));
    expect(() => restoreFiles(used.files, state)).toThrow('expected nothing but mounts');
    const sealed = mounted();
    sealed.files.seal({ max_bytes: 1, max_nodes: 1 }, []);
    expect(() => restoreFiles(sealed.files, state)).toThrow('cannot restore in guest mode');
    expect(() => saveFiles(sealed.files)).toThrow('cannot save in guest mode');
  });

  it('refuse what a state cannot hold', () => {
    const guest = mounted();
    guest.files.open(guest.files.tree.root, '/tmp/f', OPEN.CREATE | OPEN.WRITE_ONLY, 0o666);
    guest.files.unlink(guest.files.tree.root, '/tmp/f');
    expect(() => saveFiles(guest.files)).toThrow('cannot save while 4 is an unlinked file');
    guest.files.opened.close(4);
    guest.files.makeDirectory(guest.files.tree.root, '/tmp/d', 0o777);
    guest.files.changeDirectory(guest.files.node(guest.files.cwd, '/tmp/d', true));
    guest.files.removeDirectory(guest.files.tree.root, '/tmp/d');
    expect(() => saveFiles(guest.files)).toThrow('cannot save in a removed working directory');
  });

  it('refuse a state that contradicts itself', () => {
    const state = saveFiles(boot(mounted()).files);
    expect(() => restoreFiles(mounted().files, { ...state, cwd: 999 })).toThrow('inode 999, which does not exist');
    expect(() => restoreFiles(mounted().files, { ...state, cwd: 3 })).toThrow('expected inode 3 to be a directory');
  });
});
