/**
 * The command line of a jailed sandbox: limits of the operating system (prlimit), then namespaces and an almost empty root (bubblewrap),
 * then Node without permissions. Each wall holds without the others; `jail.ts` shows that they do before anyone relies on them.
 */
import path from 'node:path';
import { SANDBOX_NODE_FLAGS, type Launch } from '@praxis/wasm-runtime/node';
import type { Limits } from '../runtime.ts';

export interface JailParts {
  /** Absolute paths of the tools and of this Node. */
  bwrap: string;
  prlimit: string;
  node: string;
  /** Shared libraries of this Node, by the paths that its loader looks for. */
  libraries: readonly string[];
  /** Node's name for the flag that takes all permissions away; it changed from version 20 to 22. */
  permission: string;
  filter: Uint8Array;
  /** Bytes of writable private memory that the process may have. */
  dataBytes: number;
}

export interface JailedScript {
  script: string;
  /** Processor time, ms; the kernel counts whole seconds. */
  cpu_ms: number;
  /** What the script is called inside; its ending says what kind of module it is. */
  name?: string;
  /** Which walls to leave out, so that a test can look at the others. */
  without?: readonly ('filter' | 'permission')[];
  args?: readonly string[];
}

const MIB = 2 ** 20;

/** Nobody, by convention. Outside of the user namespace it is the user that runs the server. */
const NOBODY = '65534';
/** Standard streams, and what Node opens for its event loops: about 20. */
const OPEN_FILES = 64;
/** Native stack; `SANDBOX_NODE_FLAGS` lets JavaScript use a little less than half of it. */
const STACK_BYTES = 8 * MIB;
/** JavaScript objects beside the engines' own memory: messages, outputs, file trees. */
const OLD_SPACE_MB = 1024;
/** Node 24 counts 570 MiB before it does anything, most of it for code; compiled engines and old space come on top. */
const BASE_DATA_MB = 1024 + OLD_SPACE_MB;
/** After the signal that can be told apart from others (SIGXCPU) comes, so many seconds later, the one that cannot be ignored. */
const CPU_GRACE_SECONDS = 2;

/**
 * Memory of the sandbox process that lets every allowed program run to its own end. It must not be less: where `memory.grow` fails for
 * want of it, a program sees a MemoryError that it does not see in a browser, and an honest claim looks wrong.
 *
 * Why RLIMIT_DATA: it counts what is writable and private, and so not the address space that V8 reserves around WebAssembly memories.
 * RLIMIT_AS would count that, and needs V8's bounds checks in software, which are 10 to 20 % slower.
 *
 * @param limits the most that any program may ask for
 */
export function dataBytesFor(limits: Limits): number {
  const engines = 2 * limits.memory_mb * MIB;
  // Files, artifacts and outputs are held by the sandbox, and once more while they are written to the pipe.
  const held = 2 * 1024 * (limits.max_file_kb + limits.max_artifact_kb + limits.max_output_kb);
  return engines + held + BASE_DATA_MB * MIB;
}

/** What the root of the jail holds: the first parts of all paths that are put there. */
export function rootEntries(libraries: readonly string[], name: string): string[] {
  const first = libraries.map((library) => library.split('/')[1] ?? '');
  return [...new Set([...first, 'node', name])].sort();
}

export function jailLaunch(parts: JailParts, options: JailedScript): Launch {
  const { name = `sandbox${path.extname(options.script)}`, without = [], args = [] } = options;
  const filtered = !without.includes('filter');
  const permission = without.includes('permission') ? [] : [parts.permission, `--allow-fs-read=/${name}`];
  return {
    command: parts.prlimit,
    args: [
      ...resourceLimits(parts.dataBytes, options.cpu_ms),
      '--',
      parts.bwrap,
      ...NAMESPACES,
      ...parts.libraries.flatMap((library) => ['--ro-bind', library, library]),
      '--ro-bind',
      parts.node,
      '/node',
      '--ro-bind',
      options.script,
      `/${name}`,
      // The root itself is a file system in memory, which could be filled.
      '--remount-ro',
      '/',
      '--chdir',
      '/',
      ...(filtered ? ['--seccomp', '3'] : []),
      '--',
      '/node',
      ...SANDBOX_NODE_FLAGS,
      `--max-old-space-size=${OLD_SPACE_MB}`,
      '--disable-warning=ExperimentalWarning',
      ...permission,
      `/${name}`,
      ...args,
    ],
    env: {},
    ...(filtered ? { descriptors: [parts.filter] } : {}),
  };
}

/**
 * No /proc, /dev, /tmp or /etc: Node needs none of them, and /proc would show the environment of the process outside. bubblewrap stays
 * as process 1: as the first process of its namespace Node would be immune to SIGXCPU, and a used-up limit would look like any kill.
 */
const NAMESPACES = [
  ['--unshare-user', '--unshare-all', '--die-with-parent', '--new-session', '--clearenv'],
  ['--uid', NOBODY, '--gid', NOBODY],
  ['--cap-drop', 'ALL'],
  ['--hostname', 'sandbox'],
].flat();

/** RLIMIT_NPROC is left alone: it counts all processes of the user outside, too. The filter allows threads and no processes. */
function resourceLimits(dataBytes: number, cpuMs: number): string[] {
  const cpu = Math.ceil(cpuMs / 1000);
  return [
    `--cpu=${cpu}:${cpu + CPU_GRACE_SECONDS}`,
    `--data=${dataBytes}`,
    `--stack=${STACK_BYTES}`,
    `--nofile=${OPEN_FILES}`,
    '--fsize=0',
    '--core=0',
    '--memlock=0',
    '--msgqueue=0',
  ];
}
