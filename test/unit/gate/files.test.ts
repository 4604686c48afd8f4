// Paths and names: POSIX rules, quotas, and what the guest may not touch.
import { describe, expect, it } from 'vitest';
import { OPEN } from '../../../wasm-runtime/src/gate/descriptors.ts';
import { newFiles } from './guest.ts';
import { shell, text } from './shell.ts';

const CREATE = OPEN.READ_WRITE | OPEN.CREATE;

const LIMITS = { max_bytes: 1000, max_nodes: 10 };

describe('path resolution', () => {
  it('takes dots, repeated slashes and the parent of the root as POSIX does', () => {
    const files = newFiles();
    const { mkdir, write, read } = shell(files);
    mkdir('/a');
    mkdir('/a/b');
    write('/a/b/f', 'x');
    expect(read('//a/./b//../b/f')).toBe('x');
    expect(read('/../../a/b/f')).toBe('x');
    expect(files.status(files.node(files.tree.root, '/a/b', true) as typeof files.cwd, '../b/f', true).size).toBe(1);
  });

  it('needs every component before the last to be a directory that exists', () => {
    const { mkdir, write, stat } = shell(newFiles());
    mkdir('/a');
    write('/a/f', '');
    expect(() => stat('/a/missing/x')).toThrow('ENOENT');
    expect(() => stat('/a/f/x')).toThrow('ENOTDIR');
    expect(() => stat('/a/f/..')).toThrow('ENOTDIR');
    expect(() => stat('')).toThrow('ENOENT');
  });

  it('takes a trailing slash for a directory', () => {
    const { mkdir, write, stat, open, link } = shell(newFiles());
    mkdir('/a/');
    write('/f', '');
    link('/f', '/l');
    expect(stat('/a/').mode & 0o170000).toBe(0o040000);
    expect(() => stat('/f/')).toThrow('ENOTDIR');
    expect(() => stat('/l/')).toThrow('ENOTDIR');
    expect(() => open('/new/', CREATE)).toThrow('EISDIR');
    expect(() => link('x', '/new/')).toThrow('ENOENT');
  });

  it('follows symbolic links, eight at most', () => {
    const files = newFiles();
    const { mkdir, link, write, read, stat, root } = shell(files);
    mkdir('/d');
    write('/d/f', 'content');
    link('d', '/l0');
    link('/l0/f', '/f0');
    for (let i = 1; i <= 9; i += 1) link(`l${i - 1}`, `/l${i}`);
    expect(read('/f0')).toBe('content');
    expect(read('/l7/f')).toBe('content');
    expect(() => read('/l8/f')).toThrow('ELOOP');
    link('self', '/self');
    expect(() => stat('/self')).toThrow('ELOOP');
    expect(files.status(root, '/self', false).mode).toBe(0o120777);
    expect(files.readLink(root, '/self')).toBe('self');
    expect(() => files.readLink(root, '/d/f')).toThrow('EINVAL');
  });

  it('creates through a dangling link, but not exclusively', () => {
    const { link, open, paths } = shell(newFiles());
    link('target', '/l');
    expect(() => open('/l')).toThrow('ENOENT');
    expect(() => open('/l', CREATE | OPEN.EXCLUSIVE)).toThrow('EEXIST');
    expect(() => open('/l', CREATE | OPEN.NO_FOLLOW)).toThrow('ELOOP');
    open('/l', CREATE);
    expect(paths()).toEqual(['/l', '/target']);
  });

  it('limits names by their bytes', () => {
    const { mkdir, stat } = shell(newFiles());
    mkdir(`/${'x'.repeat(255)}`);
    mkdir(`/${'ü'.repeat(127)}`);
    expect(() => mkdir(`/${'x'.repeat(256)}`)).toThrow('ENAMETOOLONG');
    expect(() => mkdir(`/${'ü'.repeat(128)}`)).toThrow('ENAMETOOLONG');
    expect(() => stat(`/${'y'.repeat(256)}`)).toThrow('ENAMETOOLONG');
  });

  it('treats names of JavaScript as names', () => {
    const { mkdir, write, read, paths, rmdir } = shell(newFiles());
    for (const name of ['__proto__', 'constructor', 'hasOwnProperty']) {
      mkdir(`/${name}`);
      write(`/${name}/toString`, name);
      expect(read(`/${name}/toString`)).toBe(name);
      expect(() => rmdir(`/${name}`)).toThrow('ENOTEMPTY');
    }
    expect(paths()).toHaveLength(6);
  });
});

describe('directories', () => {
  it('are removed only when empty, and by their own name', () => {
    const { mkdir, rmdir, unlink, write, paths } = shell(newFiles());
    mkdir('/a');
    mkdir('/a/b');
    write('/f', '');
    expect(() => rmdir('/a')).toThrow('ENOTEMPTY');
    expect(() => rmdir('/a/b/.')).toThrow('EINVAL');
    expect(() => rmdir('/a/b/..')).toThrow('ENOTEMPTY');
    expect(() => rmdir('/f')).toThrow('ENOTDIR');
    expect(() => rmdir('/missing')).toThrow('ENOENT');
    expect(() => unlink('/a')).toThrow('EISDIR');
    expect(() => rmdir('/')).toThrow('ENOTEMPTY');
    rmdir('/a/b');
    rmdir('/a/');
    expect(paths()).toEqual(['/f']);
  });

  it('are at most 64 deep, also after a move', () => {
    const files = newFiles();
    const { mkdir, rename, write, root } = shell(files);
    let deep = '';
    for (let i = 0; i < 63; i += 1) mkdir((deep += '/d'));
    write(`${deep}/f`, '');
    mkdir(`${deep}/d`);
    expect(() => mkdir(`${deep}/d/d`)).toThrow('ENAMETOOLONG');
    expect(() => write(`${deep}/d/f`, '')).toThrow('ENAMETOOLONG');
    mkdir('/a');
    mkdir('/a/b');
    mkdir('/a/b/c');
    expect(() => rename('/a', `${deep}/a`)).toThrow('ENAMETOOLONG');
    expect(() => rename('/a', `${deep.slice(2)}/a`)).toThrow('ENAMETOOLONG');
    rename('/a', `${deep.slice(4)}/a`);
    expect(files.node(root, `${deep.slice(4)}/a/b/c`, true).kind).toBe('directory');
  });

  it('that were removed stay usable where they are open, and take nothing new', () => {
    const files = newFiles();
    const { mkdir, rmdir } = shell(files);
    mkdir('/a');
    files.changeDirectory(files.node(files.cwd, '/a', true));
    expect(files.workingDirectory()).toBe('/a');
    rmdir('/a');
    expect(() => files.workingDirectory()).toThrow('ENOENT');
    expect(() => files.open(files.cwd, 'f', CREATE, 0o666)).toThrow('ENOENT');
    expect(() => files.makeDirectory(files.cwd, 'd', 0o777)).toThrow('ENOENT');
    files.changeDirectory(files.tree.root);
    expect(files.tree.quota.nodes).toBe(0);
  });
});

describe('rename', () => {
  it('replaces a file by a file and an empty directory by a directory', () => {
    const { mkdir, write, rename, read, paths } = shell(newFiles());
    write('/a', 'a');
    write('/b', 'b');
    rename('/a', '/b');
    expect(read('/b')).toBe('a');
    mkdir('/d');
    mkdir('/e');
    mkdir('/e/x');
    expect(() => rename('/d', '/e')).toThrow('ENOTEMPTY');
    rename('/e', '/d');
    expect(paths()).toEqual(['/b', '/d', '/d/x']);
  });

  it('keeps files and directories apart, and directories out of themselves', () => {
    const { mkdir, write, rename, paths } = shell(newFiles());
    mkdir('/d');
    mkdir('/d/e');
    write('/f', '');
    expect(() => rename('/f', '/d')).toThrow('EISDIR');
    expect(() => rename('/d', '/f')).toThrow('ENOTDIR');
    expect(() => rename('/f', '/g/')).toThrow('ENOTDIR');
    expect(() => rename('/d', '/d/e/x')).toThrow('EINVAL');
    expect(() => rename('/d/e', '/d')).toThrow('ENOTEMPTY');
    expect(() => rename('/missing', '/x')).toThrow('ENOENT');
    expect(() => rename('/d/.', '/x')).toThrow('EBUSY');
    expect(() => rename('/f', '/d/..')).toThrow('EBUSY');
    rename('/f', '/f');
    rename('/d/', '/h/');
    expect(paths()).toEqual(['/f', '/h', '/h/e']);
  });
});

describe('open', () => {
  it('creates, truncates and appends as asked', () => {
    const files = newFiles();
    const { open, read, stat } = shell(files);
    const fd = open('/f', CREATE | OPEN.EXCLUSIVE, 0o640);
    files.opened.write(fd, [text('hello')]);
    expect(stat('/f')).toMatchObject({ size: 5, mode: 0o100640, links: 1 });
    expect(() => open('/f', CREATE | OPEN.EXCLUSIVE)).toThrow('EEXIST');
    const append = open('/f', OPEN.WRITE_ONLY | OPEN.APPEND);
    files.opened.write(fd, [text('!')]);
    files.opened.write(append, [text(' world')]);
    expect(read('/f')).toBe('hello! world');
    open('/f', OPEN.WRITE_ONLY | OPEN.TRUNCATE);
    expect(read('/f')).toBe('');
  });

  it('masks the mode of what it creates', () => {
    const files = newFiles();
    const { open, stat, mkdir } = shell(files);
    files.umask = 0o077;
    open('/f', CREATE, 0o777);
    mkdir('/d');
    expect([stat('/f').mode & 0o777, stat('/d').mode & 0o777]).toEqual([0o700, 0o700]);
  });

  it('gives directories for reading only, and files not as directories', () => {
    const { open, mkdir, write } = shell(newFiles());
    mkdir('/d');
    write('/f', '');
    open('/d', OPEN.DIRECTORY);
    expect(() => open('/d', OPEN.WRITE_ONLY)).toThrow('EISDIR');
    expect(() => open('/d', OPEN.CREATE)).toThrow('EISDIR');
    expect(() => open('/f', OPEN.DIRECTORY)).toThrow('ENOTDIR');
    expect(() => open('/g', CREATE | OPEN.DIRECTORY)).toThrow('EISDIR');
  });

  it('leaves nothing behind when there is no descriptor left', () => {
    const files = newFiles();
    const { open, paths } = shell(files);
    for (let fd = 0; fd < 256; fd += 1) expect(open('/f', CREATE)).toBe(fd);
    expect(() => open('/g', CREATE)).toThrow('EMFILE');
    expect(paths()).toEqual(['/f']);
    expect(files.refusals()).toEqual([{ limit: 'descriptors', used: 257, allowed: 256 }]);
    files.opened.close(100);
    expect(open('/g', CREATE)).toBe(100);
  });
});

describe('a sealed file system', () => {
  function sealed(limits = LIMITS) {
    const files = newFiles();
    files.mountFile('/data/in.csv', text('a,b'));
    files.mountFile('/lib/python.zip', text('zip'));
    files.mountDirectory('/job');
    files.writeFile('/job/boot.txt', text('from the boot'));
    files.seal(limits, ['/job', '/tmp']);
    return { files, ...shell(files) };
  }

  it('refuses changes outside of what is writable', () => {
    const { files, open, mkdir, link, unlink, rmdir, rename, root } = sealed();
    expect(() => open('/data/in.csv', OPEN.READ_WRITE)).toThrow('EROFS');
    expect(() => open('/data/in.csv', OPEN.TRUNCATE)).toThrow('EROFS');
    expect(() => open('/data/new', CREATE)).toThrow('EROFS');
    expect(() => mkdir('/data/d')).toThrow('EROFS');
    expect(() => mkdir('/new')).toThrow('EROFS');
    expect(() => link('x', '/lib/l')).toThrow('EROFS');
    expect(() => unlink('/data/in.csv')).toThrow('EROFS');
    expect(() => rmdir('/job')).toThrow('ENOTEMPTY');
    expect(() => rmdir('/tmp')).toThrow('EROFS');
    expect(() => rename('/data/in.csv', '/job/in.csv')).toThrow('EROFS');
    expect(() => rename('/job/boot.txt', '/data/x')).toThrow('EROFS');
    expect(() => rename('/job/boot.txt', '/data/in.csv')).toThrow('EROFS');
    expect(() => files.truncate(root, '/data/in.csv', 0)).toThrow('EROFS');
    expect(() => files.setMode(files.node(root, '/data/in.csv', true), 0o777)).toThrow('EROFS');
    expect(() => files.setTimes(files.node(root, '/lib', true), 'now', 'now')).toThrow('EROFS');
    expect(() => files.setMode(files.node(root, '/job', true), 0o777)).toThrow('EPERM');
    link('/data/in.csv', '/job/l');
    expect(() => open('/job/l', OPEN.WRITE_ONLY)).toThrow('EROFS');
    expect(new TextDecoder().decode(files.readFile('/data/in.csv'))).toBe('a,b');
  });

  it('counts what the guest makes and not what the boot made', () => {
    const { files, write, unlink, mkdir } = sealed();
    const { quota } = files.tree;
    expect([quota.bytes, quota.nodes]).toEqual([0, 0]);
    write('/job/boot.txt', 'short');
    expect(quota.bytes).toBe(0);
    write('/job/boot.txt', 'from the boot and longer');
    expect(quota.bytes).toBe('from the boot and longer'.length - 'from the boot'.length);
    unlink('/job/boot.txt');
    expect([quota.bytes, quota.nodes]).toEqual([0, 0]);
    mkdir('/job/d');
    write('/job/d/f', 'x'.repeat(100));
    expect([quota.bytes, quota.nodes]).toEqual([100, 2]);
  });

  it('refuses more than its quotas, and says which and how much', () => {
    const { files, write, mkdir, open, link, root } = sealed();
    expect(() => write('/job/big', 'x'.repeat(1001))).toThrow('ENOSPC');
    expect(files.refusals()).toEqual([{ limit: 'bytes', used: 1001, allowed: 1000 }]);
    write('/job/big', 'x'.repeat(1000));
    expect(() => link('target', '/job/l')).toThrow('ENOSPC');
    for (let i = 0; i < 9; i += 1) mkdir(`/job/d${i}`);
    expect(() => mkdir('/job/d9')).toThrow('ENOSPC');
    expect(files.refusals()).toEqual([
      { limit: 'nodes', used: 11, allowed: 10 },
      { limit: 'bytes', used: 1006, allowed: 1000 },
    ]);
    files.forgetRefusals();
    expect(files.refusals()).toEqual([]);
    const fd = open('/job/big', OPEN.WRITE_ONLY);
    expect(() => files.opened.write(fd, [text('y')], 2 ** 52)).toThrow('ENOSPC');
    expect(() => files.opened.truncate(fd, 2 ** 40)).toThrow('ENOSPC');
    expect(() => files.truncate(root, '/job/big', 1001)).toThrow('ENOSPC');
    expect(files.tree.quota.bytes).toBe(1000);
  });

  it('gives nothing back for a link whose node was refused', () => {
    const { files, mkdir, link } = sealed({ max_bytes: 100, max_nodes: 1 });
    mkdir('/job/d');
    expect(() => link('target', '/job/l')).toThrow('ENOSPC');
    expect([files.tree.quota.bytes, files.tree.quota.nodes]).toEqual([0, 1]);
  });

  it('keeps counting files that are unlinked but open', () => {
    const { files, open, unlink, write } = sealed();
    const fd = open('/job/f', CREATE);
    const copy = files.opened.duplicate(fd);
    unlink('/job/f');
    files.opened.write(fd, [text('x'.repeat(900))]);
    expect([files.tree.quota.bytes, files.tree.quota.nodes]).toEqual([900, 1]);
    expect(files.opened.table.get(fd).node).toMatchObject({ parent: null, size: 900 });
    expect(() => write('/job/g', 'y'.repeat(101))).toThrow('ENOSPC');
    files.opened.close(fd);
    expect(files.tree.quota.bytes).toBe(900);
    files.opened.close(copy);
    unlink('/job/g');
    expect([files.tree.quota.bytes, files.tree.quota.nodes]).toEqual([0, 0]);
  });

  it('is sealed once', () => {
    expect(() => sealed().files.seal(LIMITS, [])).toThrow('sealed twice');
  });
});
