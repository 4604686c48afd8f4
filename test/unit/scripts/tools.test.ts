// Finding and installing the system programs that tests need, on machines of every kind.
import { describe, expect, it } from 'vitest';
import { ensureTools, type Machine } from '../../../scripts/ensure-tools.ts';
import { findChromium, requireChromium, type Surroundings } from '../../support/chromium.ts';

function surroundings(programs: readonly string[], env: Record<string, string> = {}): Surroundings {
  return { env: { PATH: '/usr/local/bin:/usr/bin:relative', ...env }, isExecutable: (path) => programs.includes(path) };
}

describe('findChromium', () => {
  it('prefers the one that PRAXIS_CHROMIUM names', () => {
    const machine = surroundings(['/usr/bin/chromium', '/opt/chromium'], { PRAXIS_CHROMIUM: '/opt/chromium' });
    expect(findChromium(machine)).toBe('/opt/chromium');
  });

  it('refuses a PRAXIS_CHROMIUM that is not there instead of using another one', () => {
    const machine = surroundings(['/usr/bin/chromium'], { PRAXIS_CHROMIUM: '/opt/chromium' });
    expect(() => findChromium(machine)).toThrow('PRAXIS_CHROMIUM names /opt/chromium, which is not a program');
  });

  it('takes an empty PRAXIS_CHROMIUM for none', () => {
    expect(findChromium(surroundings(['/usr/bin/chromium'], { PRAXIS_CHROMIUM: '' }))).toBe('/usr/bin/chromium');
  });

  it('prefers Chromium to Chrome, wherever they lie', () => {
    expect(findChromium(surroundings(['/usr/local/bin/google-chrome', '/usr/bin/chromium']))).toBe('/usr/bin/chromium');
    expect(findChromium(surroundings(['/usr/bin/google-chrome-stable']))).toBe('/usr/bin/google-chrome-stable');
  });

  it('never takes a program from a relative folder of PATH', () => {
    expect(findChromium(surroundings(['relative/chromium']))).toBeUndefined();
  });

  it('says what to do where there is none', () => {
    expect(() => requireChromium(surroundings([]))).toThrow('run `npm run tools`');
  });
});

interface Trace {
  commands: string[];
  said: string[];
}

function machine(
  options: Partial<Pick<Machine, 'isDebian' | 'isRoot' | 'platform'>> & { programs?: string[]; installs?: boolean },
): Machine & Trace {
  const programs = [...(options.programs ?? [])];
  const commands: string[] = [];
  const said: string[] = [];
  return {
    ...surroundings([]),
    isExecutable: (path) => programs.includes(path),
    platform: options.platform ?? 'linux',
    isDebian: options.isDebian ?? true,
    isRoot: options.isRoot ?? true,
    commands,
    said,
    say: (line) => said.push(line),
    run(command, args) {
      commands.push([command, ...args].join(' '));
      if (options.installs === false) return Promise.reject(new Error('no network'));
      if (args.includes('chromium')) programs.push('/usr/bin/chromium');
      if (args.includes('bubblewrap')) programs.push('/usr/bin/bwrap');
      return Promise.resolve();
    },
  };
}

describe('ensureTools', () => {
  it('does and says nothing where all is there', async () => {
    const complete = machine({ programs: ['/usr/bin/chromium', '/usr/bin/bwrap'] });
    expect(await ensureTools(complete)).toEqual([]);
    expect([complete.commands, complete.said]).toEqual([[], []]);
  });

  it('installs what is missing on Debian as root, after an update', async () => {
    const bare = machine({});
    expect(await ensureTools(bare)).toEqual([]);
    expect(bare.commands).toEqual([
      'apt-get update -qq',
      'apt-get install -qq -y --no-install-recommends chromium bubblewrap',
    ]);
    expect(bare.said).toEqual(["Chromium and bubblewrap not found; installing from Debian's packages"]);
  });

  it('installs only what is missing', async () => {
    const half = machine({ programs: ['/usr/bin/chromium'] });
    expect(await ensureTools(half)).toEqual([]);
    expect(half.commands.at(-1)).toBe('apt-get install -qq -y --no-install-recommends bubblewrap');
  });

  it('reports what could not be installed, and how to do it by hand', async () => {
    const offline = machine({ installs: false });
    expect(await ensureTools(offline)).toEqual(['Chromium', 'bubblewrap']);
    expect(offline.said.at(-1)).toBe(
      'installing failed (no network); run: sudo apt-get install -y chromium bubblewrap',
    );
  });

  it.each<[string, Parameters<typeof machine>[0], string]>([
    ['Debian without root', { isRoot: false }, 'run: sudo apt-get install -y chromium bubblewrap'],
    ['another Linux', { isDebian: false }, "install chromium bubblewrap with the system's package manager"],
    ['macOS', { isDebian: false, platform: 'darwin' }, 'brew install --cask chromium'],
    ['Windows', { isDebian: false, platform: 'win32' }, 'WSL'],
  ])('installs nothing on %s, but says what to do', async (_, options, advice) => {
    const foreign = machine(options);
    expect(await ensureTools(foreign)).toEqual(['Chromium', 'bubblewrap']);
    expect(foreign.commands).toEqual([]);
    expect(foreign.said.join('\n')).toContain(advice);
  });
});
