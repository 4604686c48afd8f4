import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIGURATION } from '../../../../server/src/configuration.ts';
import { dataBytesFor, jailLaunch, rootEntries, type JailParts } from '../../../../server/src/replay/jail-command.ts';

const parts: JailParts = {
  bwrap: '/usr/bin/bwrap',
  prlimit: '/usr/bin/prlimit',
  node: '/opt/node/bin/node',
  libraries: ['/lib/x86_64-linux-gnu/libc.so.6', '/lib64/ld-linux-x86-64.so.2'],
  permission: '--experimental-permission',
  filter: new Uint8Array([1, 2, 3]),
  dataBytes: 2 ** 32,
};

/** The arguments between the command and the next `--`. */
function sections(args: readonly string[]): string[][] {
  return args.reduce<string[][]>(
    (all, argument) => {
      if (argument === '--') return [...all, []];
      all.at(-1)?.push(argument);
      return all;
    },
    [[]],
  );
}

describe('jailLaunch', () => {
  const { command, args, env, descriptors } = jailLaunch(parts, { script: '/srv/praxis/child.cjs', cpu_ms: 1001 });
  const [limits = [], walls = [], node = []] = sections(args);

  it('limits, then walls, then Node', () => {
    expect(command).toBe('/usr/bin/prlimit');
    expect(walls[0]).toBe('/usr/bin/bwrap');
    expect(node[0]).toBe('/node');
    expect(node.at(-1)).toBe('/sandbox.cjs');
  });

  it('gives no environment', () => {
    expect(env).toEqual({});
    expect(walls).toContain('--clearenv');
  });

  it('counts processor time in whole seconds, and never fewer than asked for', () => {
    expect(limits).toContain('--cpu=2:4');
    expect(limits).toContain(`--data=${2 ** 32}`);
    expect(limits).toContain('--fsize=0');
  });

  it('shows Node, its libraries and the script, read only, and nothing more', () => {
    const mounts = walls.flatMap((argument, index) => (/bind/.test(argument) ? [walls.slice(index, index + 3)] : []));
    expect(mounts).toEqual([
      ...parts.libraries.map((library) => ['--ro-bind', library, library]),
      ['--ro-bind', '/opt/node/bin/node', '/node'],
      ['--ro-bind', '/srv/praxis/child.cjs', '/sandbox.cjs'],
    ]);
    expect(walls.filter((argument) => ['--dev', '--proc', '--tmpfs', '--dir', '--file'].includes(argument))).toEqual(
      [],
    );
    expect(walls.join(' ')).toContain('--remount-ro / ');
  });

  it('hands the filter over on descriptor 3', () => {
    expect(descriptors).toEqual([parts.filter]);
    expect(walls.slice(walls.indexOf('--seccomp'), walls.indexOf('--seccomp') + 2)).toEqual(['--seccomp', '3']);
  });

  it('takes the permissions of Node away, but for reading the script', () => {
    expect(node).toContain('--experimental-permission');
    expect(node.filter((flag) => flag.startsWith('--allow'))).toEqual(['--allow-fs-read=/sandbox.cjs']);
    expect(node).toContain('--disallow-code-generation-from-strings');
    expect(node).toContain('--no-addons');
  });

  it('never puts the path of the script where the inside can see it', () => {
    expect(node.join(' ')).not.toContain('/srv');
  });

  it('leaves out single walls, for tests of the others', () => {
    const bare = jailLaunch(parts, { script: '/a.mjs', cpu_ms: 1, without: ['filter', 'permission'] });
    expect(bare.descriptors).toBeUndefined();
    expect(bare.args).not.toContain('--seccomp');
    expect(bare.args.filter((flag) => /permission|allow-fs/.test(flag))).toEqual([]);
  });
});

describe('rootEntries', () => {
  it('gives the first parts of all paths, once each', () => {
    expect(rootEntries([...parts.libraries, '/lib/libz.so'], 'sandbox.cjs')).toEqual([
      'lib',
      'lib64',
      'node',
      'sandbox.cjs',
    ]);
  });
});

describe('dataBytesFor', () => {
  const limits = DEFAULT_CONFIGURATION.maximumLimits;

  it('has room for two engines at their limit, and all files and artifacts', () => {
    const needed = 2 * limits.memory_mb * 2 ** 20 + 1024 * (limits.max_file_kb + limits.max_artifact_kb);
    expect(dataBytesFor(limits)).toBeGreaterThan(needed + 2 ** 30);
  });

  it('grows with the limits', () => {
    const more = { ...limits, memory_mb: limits.memory_mb + 1 };
    expect(dataBytesFor(more) - dataBytesFor(limits)).toBe(2 * 2 ** 20);
  });
});
