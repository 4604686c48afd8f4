/**
 * The operating system's wall around replays. Trusted: bubblewrap, prlimit, the kernel, this Node's files. Not trusted: everything that
 * happens inside. A jail counts as available only after a process inside has tried its walls and found them standing.
 */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';
import type { Launch } from '@praxis/wasm-runtime/node';
import { DEFAULT_CONFIGURATION } from '../configuration.ts';
import type { Limits } from '../runtime.ts';
import { dataBytesFor, jailLaunch, type JailParts } from './jail-command.ts';
import { askNode } from './jail-node.ts';
import { findFaults, ProbeFailure } from './jail-probe.ts';
import { compileFilter, isFilterArchitecture } from './jail-seccomp.ts';
import { ALLOWED_SYSCALLS } from './jail-syscalls.ts';

export interface JailOptions {
  /** Folders of tools, as in PATH. */
  searchPath?: string;
  /** bubblewrap, when it is not on that path. */
  bwrap?: string;
  /** The Node that runs sandboxes; this one unless a test says otherwise. */
  node?: string;
  /** The most that any program may ask for: the jail must have room for it. */
  limits?: Limits;
  platform?: string;
  architecture?: string;
}

export type Jail =
  | {
      available: true;
      /** @param options `cpu_ms`: processor time of the process, ms, counted by the kernel in whole seconds */
      launch: (script: string, options: { cpu_ms: number }) => Launch;
      /** One line for the log: what the jail consists of. */
      describe: string;
    }
  /** A sentence that says what is missing and what to do. */
  | { available: false; reason: string };

/** There can be no jail here. The message says why and what to do. */
export class JailUnavailable extends Error {
  override readonly name = 'JailUnavailable';
}

/** Finds what a jail is made from, makes one and tries its walls. Never throws for want of a jail. */
export async function detectJail(options: JailOptions = {}): Promise<Jail> {
  try {
    const parts = await jailParts(options);
    const faults = await findFaults(parts).catch((error: unknown) => {
      if (error instanceof ProbeFailure) throw new JailUnavailable(advice(error.message));
      throw error;
    });
    if (faults.length > 0) throw new JailUnavailable(`the jail does not hold: ${faults.join('; ')}`);
    return {
      available: true,
      launch: (script, { cpu_ms }) => jailLaunch(parts, { script, cpu_ms }),
      describe: describe(parts),
    };
  } catch (error) {
    if (error instanceof JailUnavailable) return { available: false, reason: error.message };
    throw error;
  }
}

/** What a jail is made from, on this machine. @throws JailUnavailable */
export async function jailParts(options: JailOptions = {}): Promise<JailParts> {
  const { platform = process.platform, architecture = process.arch, node = process.execPath } = options;
  if (platform !== 'linux') throw new JailUnavailable(`it needs Linux, and this is ${platform}`);
  if (!isFilterArchitecture(architecture)) {
    throw new JailUnavailable(`there is no filter of system calls for ${architecture}, only for x64 and arm64`);
  }
  const searchPath = options.searchPath ?? process.env['PATH'] ?? '';
  const named = options.bwrap ?? process.env['PRAXIS_BWRAP'];
  if (named !== undefined && !(await isExecutable(named))) {
    throw new JailUnavailable(`PRAXIS_BWRAP names ${named}, which cannot be executed`);
  }
  const bwrap = named ?? (await findTool('bwrap', searchPath));
  if (bwrap === null) {
    throw new JailUnavailable(
      'bubblewrap is not installed: `apt-get install bubblewrap`, or the like, or name it in PRAXIS_BWRAP',
    );
  }
  const prlimit = await findTool('prlimit', searchPath);
  if (prlimit === null) {
    throw new JailUnavailable('prlimit is not installed: `apt-get install util-linux`, or the like');
  }
  const facts = await askNode(node).catch((error: unknown) => {
    throw new JailUnavailable(error instanceof Error ? error.message : `nothing is known about ${node}`);
  });
  const limits = options.limits ?? DEFAULT_CONFIGURATION.maximumLimits;
  return {
    bwrap,
    prlimit,
    node,
    ...facts,
    filter: compileFilter(architecture),
    dataBytes: dataBytesFor(limits),
  };
}

/** What to do about a jail that did not come up, by what bubblewrap, prlimit or Node said. */
function advice(message: string): string {
  if (/namespace|setting up [ug]id map/i.test(message)) {
    return (
      `user namespaces are not allowed here (${message}). Allow them: \`sysctl -w user.max_user_namespaces=10000\`; on Debian also ` +
      '`sysctl -w kernel.unprivileged_userns_clone=1`; on Ubuntu `sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`; in a ' +
      'container, start it with a seccomp profile that allows unshare, mount and pivot_root'
    );
  }
  if (/unknown option/i.test(message)) return `bubblewrap is too old, 0.5 is needed (${message})`;
  if (/seccomp/i.test(message)) return `this kernel has no filter of system calls (${message})`;
  return `a trial process did not come through the jail: ${message}`;
}

function describe({ bwrap, libraries, dataBytes }: JailParts): string {
  return (
    `${bwrap}: namespaces of its own without network, ${libraries.length + 2} read-only files, user 65534, no environment; ` +
    `${ALLOWED_SYSCALLS.length} system calls; at most ${dataBytes / 2 ** 20} MiB of data; Node without permissions`
  );
}

async function findTool(name: string, searchPath: string): Promise<string | null> {
  for (const folder of searchPath.split(path.delimiter)) {
    // An empty or relative entry means the current folder, which is nobody's place for tools.
    if (!path.isAbsolute(folder)) continue;
    const file = path.join(folder, name);
    if (await isExecutable(file)) return file;
  }
  return null;
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => path.isAbsolute(file),
    () => false,
  );
}
