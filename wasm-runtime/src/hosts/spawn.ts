/** Starting a process that is not trusted: it gets its pipes and what its launch says, and no descriptor of ours by accident. */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { Writable } from 'node:stream';

/** How to start the sandbox process: plain, or through a jail. */
export interface Launch {
  command: string;
  args: string[];
  env: Record<string, string>;
  /** What the process can read on descriptors 3, 4, …, each up to its end. For a jail that is told its rules that way. */
  descriptors?: Uint8Array[];
}

/** Standard input, output and error. */
const STANDARD = 3;
/** Bit of `flags` in /proc/self/fdinfo: closed when another program is started. */
const O_CLOEXEC = 0o2000000;

/**
 * Starts what `launch` says, with pipes on standard input, output and error.
 * @param output where it writes instead of a pipe of its own
 */
export function startProcess({ command, args, env, descriptors = [] }: Launch, output?: Socket): ChildProcess {
  const given = STANDARD + descriptors.length;
  const leaking = inheritable().filter((descriptor) => descriptor >= given);
  const nothing = leaking.length > 0 ? openSync('/dev/null', 'r') : null;
  const stdio: Exclude<StdioOptions, string> = Array.from({ length: given }, () => 'pipe');
  if (output) stdio[1] = output;
  if (nothing !== null) {
    const length = Math.max(...leaking) + 1;
    for (let descriptor = given; descriptor < length; descriptor++) {
      stdio.push(leaking.includes(descriptor) ? nothing : 'ignore');
    }
  }
  try {
    const child = spawn(command, args, { env, stdio, windowsHide: true });
    descriptors.forEach((bytes, index) => {
      const pipe = child.stdio[STANDARD + index];
      if (!(pipe instanceof Writable)) return;
      // A process that ends before it has read them says why in other ways.
      pipe.on('error', () => undefined);
      pipe.end(bytes);
    });
    return child;
  } finally {
    if (nothing !== null) closeSync(nothing);
  }
}

/**
 * Descriptors that every child of this process would get. Node closes its own, and the lowest of those that it was started with; a log
 * file or a folder at a higher number, left open by whoever started us, would go along into the sandbox.
 */
function inheritable(): number[] {
  let names: string[];
  try {
    names = readdirSync('/proc/self/fd');
  } catch {
    // Only Linux says, and only Linux has jails.
    return [];
  }
  return names.map(Number).filter((descriptor) => {
    try {
      const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1];
      return flags !== undefined && (Number.parseInt(flags, 8) & O_CLOEXEC) === 0;
    } catch {
      // Closed since it was listed.
      return false;
    }
  });
}
