/** System calls for what surrounds a process: its environment variables, its identity, random numbers. */
import type { GuestMemory } from './memory.ts';
import { ENTROPY_FUEL } from './streams.ts';
import { GUEST_ID } from './structs.ts';
import type { World } from './world.ts';

const encoder = new TextEncoder();

export function environmentCalls(world: World, memory: GuestMemory) {
  const variables = [...world.environment].map(([name, value]) => encoder.encode(`${name}=${value}\0`));
  const totalBytes = variables.reduce((sum, variable) => sum + variable.length, 0);

  const fillRandomly = (buffer: number, size: number): void => {
    const target = memory.bytes(buffer, size);
    world.charge(target.length * (1 + ENTROPY_FUEL));
    world.entropy.fill(target);
  };

  const wasi = {
    environ_sizes_get(countPointer: number, sizePointer: number) {
      memory.setUint32(countPointer, variables.length);
      memory.setUint32(sizePointer, totalBytes);
    },
    environ_get(pointers: number, buffer: number) {
      if (variables.length === 0) return;
      const target = memory.bytes(buffer, totalBytes);
      const view = memory.view(pointers, 4 * variables.length);
      let filled = 0;
      for (const [index, variable] of variables.entries()) {
        view.setUint32(4 * index, (buffer >>> 0) + filled, true);
        target.set(variable, filled);
        filled += variable.length;
      }
    },
    random_get: fillRandomly,
  };

  const linux = {
    /** WASI's `random_get` under its older name. */
    getentropy: fillRandomly,
    __syscall_getuid32_js: () => GUEST_ID,
    /** The former mask. */
    __syscall_umask_js(mask: number) {
      const former = world.files.umask;
      world.files.umask = mask & 0o777;
      return former;
    },
  };

  return { wasi, linux };
}
