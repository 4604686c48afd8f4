/** A jail counts as available only when it holds: the real bubblewrap with single walls left out, and things that only look like it. */
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { detectJail, jailParts } from '../../server/src/replay/jail.ts';

const jail = await detectJail();

describe.skipIf(!jail.available)(`detectJail${jail.available ? '' : ` (skipped: ${jail.reason})`}`, () => {
  let folder: string;
  let bwrap: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'praxis-bwrap-'));
    ({ bwrap } = await jailParts());
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** A program in the place of bubblewrap. `body` is a function of its arguments, in JavaScript. */
  async function standIn(name: string, body: string): Promise<string> {
    const file = path.join(folder, name);
    await writeFile(file, `#!${process.execPath}\nconst { spawnSync } = require('node:child_process');\n${body}\n`, {
      mode: 0o755,
    });
    return file;
  }

  /** The real one, with arguments left out or put in first. */
  async function withHole(name: string, edit: { leaveOut?: readonly string[]; add?: readonly string[] }) {
    const replaced = JSON.stringify({ bwrap, leaveOut: edit.leaveOut ?? [], add: edit.add ?? [] });
    const file = await standIn(
      name,
      `const { bwrap, leaveOut, add } = ${replaced};
       const text = process.argv.slice(2).join('\\n') + '\\n';
       const args = leaveOut.reduce((rest, part) => rest.replace(part + '\\n', ''), text).split('\\n').slice(0, -1);
       const ended = spawnSync(bwrap, [...add, ...args], { stdio: ['inherit', 'inherit', 'inherit', 3] });
       process.exitCode = ended.status ?? 1;`,
    );
    return detectJail({ bwrap: file });
  }

  it('finds the real one', () => {
    expect(jail).toMatchObject({ available: true, describe: expect.stringContaining(bwrap) });
  });

  it('finds it through a stand-in that changes nothing (control)', async () => {
    expect(await withHole('same', {})).toMatchObject({ available: true });
  });

  it.each([
    [
      'the network',
      { leaveOut: ['--unshare-all'], add: ['--unshare-pid', '--unshare-ipc', '--unshare-uts'] },
      'the network of this machine',
    ],
    [
      'processes',
      { leaveOut: ['--unshare-all'], add: ['--unshare-net', '--unshare-ipc', '--unshare-uts'] },
      'no process namespace',
    ],
    ['a folder', { add: ['--ro-bind', '/etc', '/etc'] }, 'files of this machine are visible: ["etc"'],
    ['a root that can be written', { leaveOut: ['--remount-ro\n/'] }, 'files can be written'],
    [
      'an environment variable',
      { leaveOut: ['--clearenv'], add: ['--setenv', 'SECRET', 'key'] },
      'environment variables',
    ],
    ['the user', { leaveOut: ['--uid\n65534'], add: ['--uid', '1'] }, 'it runs as user 1'],
    ['all system calls', { leaveOut: ['--seccomp\n3'] }, 'system calls are not filtered'],
    [
      "Node's permissions",
      { leaveOut: ['--experimental-permission', '--permission', '--allow-fs-read=/sandbox.mjs'] },
      'permissions of Node',
    ],
  ])('refuses a jail with a hole: %s', async (name, edit, reason) => {
    expect(await withHole(name.replaceAll(/\W/g, '-'), edit)).toEqual({
      available: false,
      reason: expect.stringContaining(reason) as string,
    });
  });

  it('refuses what only looks like bubblewrap, and names every wall', async () => {
    // A root that is read-only and otherwise this machine's own, so that the attempt to write does no harm.
    const copy = path.join(folder, 'sandbox.mjs');
    await copyFile(new URL('../../server/src/replay/jail-probe-process.ts', import.meta.url), copy);
    const bare = await standIn(
      'bare',
      `const args = process.argv.slice(2);
       const command = args.slice(args.indexOf('--') + 1).map((argument) => argument.replace('/sandbox.mjs', ${JSON.stringify(copy)}));
       command[0] = process.execPath;
       const ended = spawnSync(${JSON.stringify(bwrap)}, ['--ro-bind', '/', '/', '--', ...command], {
         stdio: 'inherit',
         env: { SECRET: 'key' },
       });
       process.exitCode = ended.status ?? 1;`,
    );
    const found = await detectJail({ bwrap: bare });
    expect(found.available).toBe(false);
    const reason = found.available ? '' : found.reason;
    for (const fault of [
      'files of this machine',
      'the network of this machine',
      'environment variables',
      'no process namespace',
      'system calls are not filtered',
    ]) {
      expect(reason).toContain(fault);
    }
  });

  it.each([
    [
      'no namespaces',
      'bwrap: No permissions to create new namespace, likely because …',
      'kernel.unprivileged_userns_clone=1',
    ],
    [
      'a mapping that is refused',
      'bwrap: setting up uid map: Permission denied',
      'apparmor_restrict_unprivileged_userns',
    ],
    ['an old version', 'bwrap: Unknown option --clearenv', 'bubblewrap is too old'],
    ['a kernel without filters', 'bwrap: prctl(PR_SET_SECCOMP): Invalid argument', 'no filter of system calls'],
    ['anything else', 'bwrap: what is this?', 'bwrap: what is this? (exit code 1)'],
  ])('says what to do about %s', async (name, message, advice) => {
    const file = await standIn(
      `says-${name.replaceAll(/\W/g, '-')}`,
      `console.error(${JSON.stringify(message)}); process.exitCode = 1;`,
    );
    expect(await detectJail({ bwrap: file })).toEqual({
      available: false,
      reason: expect.stringContaining(advice) as string,
    });
  });

  it.each([
    ['nothing', ''],
    ['text', `console.log('all is well');`],
    ['other findings', `console.log('{"files":[]}');`],
    ['without end', `for (;;) process.stdout.write('x'.repeat(65536));`],
  ])('refuses a stand-in that says %s', async (name, body) => {
    const file = await standIn(`only-${name.replaceAll(/\W/g, '-')}`, body);
    expect(await detectJail({ bwrap: file })).toMatchObject({ available: false });
  });
});
