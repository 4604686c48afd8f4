/**
 * Every import of an Emscripten module that concerns files, time, randomness and identity, on our own virtual world. The
 * module's glue with its own file system is never entered. All arguments are hostile.
 */
import { Errno } from './errno.ts';
import { GuestMemory } from './memory.ts';
import { clockCalls } from './syscalls-clock.ts';
import { descriptorCalls } from './syscalls-descriptors.ts';
import { environmentCalls } from './syscalls-environment.ts';
import { mappingCalls } from './syscalls-mapping.ts';
import { pathCalls } from './syscalls-paths.ts';
import type { World } from './world.ts';

/** An import: numbers for i32 and f64, bigints for i64, as WebAssembly passes them. */
// oxlint-disable-next-line no-explicit-any -- what imports take and return is known to WebAssembly's type check alone
export type Syscall = (...args: any[]) => number | bigint | void;

/**
 * The functions by import name, for `env` and `wasi_snapshot_preview1` alike. Those called `__syscall_*` and `_m*map_js`
 * answer a negative errno, those of WASI a positive one, as musl expects; traps of the host pass through.
 */
export function createSyscalls(world: World): Record<string, Syscall> {
  const memory = new GuestMemory(() => world.memory());
  const { linux: descriptorLinux, wasi: descriptorWasi } = descriptorCalls(world, memory);
  const { linux: clockLinux, wasi: clockWasi, plain: clockPlain } = clockCalls(world, memory);
  const { linux: environmentLinux, wasi: environmentWasi } = environmentCalls(world, memory);
  return {
    ...answering(-1, { ...pathCalls(world, memory), ...descriptorLinux, ...mappingCalls(world, memory) }),
    ...answering(-1, { ...clockLinux, ...environmentLinux }),
    ...answering(1, { ...descriptorWasi, ...clockWasi, ...environmentWasi }),
    ...clockPlain,
  };
}

/** Turns a refusal into the number that the calling convention wants, and no answer into success. */
function answering(sign: 1 | -1, calls: Record<string, Syscall>): Record<string, Syscall> {
  const answer =
    (call: Syscall): Syscall =>
    (...args) => {
      try {
        // oxlint-disable-next-line typescript/no-unsafe-argument -- the same call with the same arguments
        return call(...args) ?? 0;
      } catch (error) {
        if (error instanceof Errno) return sign * error.errno;
        throw error;
      }
    };
  return Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, answer(call)]));
}
