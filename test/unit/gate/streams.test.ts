// Devices: where output goes is decided by the device, and the channel to the host can be written to and nothing else.
import { describe, expect, it } from 'vitest';
import { OPEN } from '../../../wasm-runtime/src/gate/descriptors.ts';
import { CHANNEL_FD, connectStreams } from '../../../wasm-runtime/src/gate/streams.ts';
import { newFiles, newGuest } from './guest.ts';
import type { Guest } from './guest.ts';

const text = (value: string) => new TextEncoder().encode(value);
const open = (guest: Guest, path: string, flags: number) => guest.files.open(guest.files.tree.root, path, flags, 0);
const write = (guest: Guest, fd: number, ...parts: string[]) => guest.files.opened.write(fd, parts.map(text));
const read = (guest: Guest, fd: number, count: number) => {
  const target = new Uint8Array(count);
  return new TextDecoder().decode(target.subarray(0, guest.files.opened.read(fd, [target])));
};

describe('standard output and error', () => {
  it('are captured whatever descriptor or path leads to them', () => {
    const guest = newGuest();
    write(guest, 1, 'out');
    write(guest, 2, 'err');
    write(guest, guest.files.opened.duplicate(1), 'dup');
    write(guest, open(guest, '/dev/stdout', OPEN.WRITE_ONLY), 'path');
    write(guest, open(guest, '/dev/stderr', OPEN.WRITE_ONLY | OPEN.APPEND), 'path');
    write(guest, open(guest, '/dev/tty', OPEN.READ_WRITE), 'tty');
    guest.files.opened.duplicateTo(2, 1, false);
    write(guest, 1, 'now err');
    expect(guest.said).toEqual([
      { to: 'stdout', text: 'out' },
      { to: 'stderr', text: 'err' },
      { to: 'stdout', text: 'dup' },
      { to: 'stdout', text: 'path' },
      { to: 'stderr', text: 'path' },
      { to: 'stdout', text: 'tty' },
      { to: 'stderr', text: 'now err' },
    ]);
  });

  it('give each call as one piece, a mebibyte at most, and no empty ones', () => {
    const guest = newGuest();
    expect(write(guest, 1, 'a', '', 'bc')).toBe(3);
    expect(write(guest, 1, '')).toBe(0);
    expect(write(guest, 1, 'x'.repeat(700_000), 'y'.repeat(700_000))).toBe(1 << 20);
    expect(guest.said.map(({ text: piece }) => piece.length)).toEqual([3, 1 << 20]);
    expect(guest.said[1]?.text).toBe('x'.repeat(700_000) + 'y'.repeat((1 << 20) - 700_000));
  });

  it('can be closed and reopened as files', () => {
    const guest = newGuest();
    guest.files.opened.close(1);
    expect(guest.files.open(guest.files.tree.root, '/f', OPEN.WRITE_ONLY | OPEN.CREATE, 0o666)).toBe(1);
    write(guest, 1, 'to the file');
    expect(guest.said).toEqual([]);
    expect(guest.files.readFile('/f')).toEqual(text('to the file'));
  });

  it('pass a trap of the host through', () => {
    const files = newFiles();
    const trap = new Error('the output limit was reached');
    connectStreams(files, {
      output: () => {
        throw trap;
      },
      readLine: () => null,
      message: () => undefined,
      messageRefused: () => undefined,
      maxMessageBytes: 1,
      entropy: () => ({ fill: () => undefined }),
    });
    expect(() => files.opened.write(1, [text('x')])).toThrow(trap);
  });

  it('cannot be read, placed or truncated', () => {
    const guest = newGuest();
    const { opened } = guest.files;
    expect(() => read(guest, 1, 1)).toThrow('EBADF');
    expect(() => opened.seek(1, 0, 0)).toThrow('ESPIPE');
    expect(() => opened.write(1, [text('x')], 0)).toThrow('ESPIPE');
    expect(() => opened.truncate(1, 0)).toThrow('EINVAL');
    expect(() => opened.map(0, false)).toThrow('ENODEV');
  });
});

describe('standard input', () => {
  it('gives lines, cut to what is asked for', () => {
    const guest = newGuest();
    guest.lines.push('first\n', 'second\n');
    expect([read(guest, 0, 3), read(guest, 0, 100), read(guest, 0, 100), read(guest, 0, 100)]).toEqual([
      'fir',
      'st\n',
      'second\n',
      '',
    ]);
    guest.lines.push('more\n');
    expect(read(guest, open(guest, '/dev/stdin', 0), 100)).toBe('more\n');
  });

  it('is the same by every way to it', () => {
    const guest = newGuest();
    guest.lines.push('a line\n');
    expect(read(guest, 0, 2)).toBe('a ');
    expect(read(guest, open(guest, '/dev/tty', 0), 100)).toBe('line\n');
  });

  it('cannot be written', () => {
    const guest = newGuest();
    expect(() => write(guest, open(guest, '/dev/stdin', OPEN.READ_WRITE), 'x')).toThrow('EBADF');
  });
});

describe('the channel', () => {
  it('delivers each call whole', () => {
    const guest = newGuest();
    expect(write(guest, CHANNEL_FD, '{"a"', ':1}')).toBe(7);
    expect(write(guest, CHANNEL_FD, '')).toBe(0);
    expect(guest.said).toEqual([
      { to: 'channel', text: '{"a":1}' },
      { to: 'channel', text: '' },
    ]);
  });

  it('refuses a message that is too long, and tells the host', () => {
    const guest = newGuest({ maxMessageBytes: 10 });
    expect(write(guest, CHANNEL_FD, 'x'.repeat(10))).toBe(10);
    expect(() => write(guest, CHANNEL_FD, 'x'.repeat(5), 'y'.repeat(6))).toThrow('EFBIG');
    expect(guest.refused).toEqual([11]);
    expect(guest.said).toHaveLength(1);
  });

  it('cannot be closed, read, duplicated, replaced or changed', () => {
    const guest = newGuest();
    const { opened } = guest.files;
    expect(() => opened.close(CHANNEL_FD)).toThrow('EBADF');
    expect(() => read(guest, CHANNEL_FD, 1)).toThrow('EBADF');
    expect(() => opened.duplicate(CHANNEL_FD)).toThrow('EBADF');
    expect(() => opened.duplicateTo(CHANNEL_FD, 9, false)).toThrow('EBADF');
    expect(() => opened.duplicateTo(1, CHANNEL_FD, false)).toThrow('EBADF');
    expect(() => opened.setFlags(CHANNEL_FD, OPEN.APPEND)).toThrow('EBADF');
    expect(() => opened.seek(CHANNEL_FD, 0, 0)).toThrow('EBADF');
    expect(() => opened.truncate(CHANNEL_FD, 0)).toThrow('EBADF');
    expect(write(guest, CHANNEL_FD, 'still there')).toBe(11);
  });

  it('has no path', () => {
    const guest = newGuest();
    const channel = guest.files.opened.table.get(CHANNEL_FD).node;
    expect(guest.files.tree.all()).not.toContain(channel);
  });
});

describe('the other devices', () => {
  it('/dev/null takes everything and gives nothing', () => {
    const guest = newGuest();
    const fd = open(guest, '/dev/null', OPEN.READ_WRITE | OPEN.TRUNCATE);
    expect([write(guest, fd, 'gone'), read(guest, fd, 10), guest.files.opened.seek(fd, 5, 0)]).toEqual([4, '', 0]);
  });

  it('/dev/zero gives zeros', () => {
    const guest = newGuest();
    const target = new Uint8Array(10).fill(9);
    expect(guest.files.opened.read(open(guest, '/dev/zero', 0), [target])).toBe(10);
    expect(target).toEqual(new Uint8Array(10));
  });

  it('/dev/random and /dev/urandom give the entropy of the world, at its price', () => {
    const guest = newGuest();
    const expected = new Uint8Array(40);
    newGuest().world.entropy.fill(expected);
    const target = new Uint8Array(40);
    const charged = guest.fuel.charged;
    guest.files.opened.read(open(guest, '/dev/urandom', 0), [target.subarray(0, 20)]);
    guest.files.opened.read(open(guest, '/dev/random', 0), [target.subarray(20)]);
    expect(target).toEqual(expected);
    expect(guest.fuel.charged - charged).toBeGreaterThanOrEqual(40 * 25);
  });

  it('give a mebibyte at most for one read', () => {
    const guest = newGuest();
    expect(guest.files.opened.read(open(guest, '/dev/zero', 0), [new Uint8Array(3 << 20)])).toBe(1 << 20);
  });
});
