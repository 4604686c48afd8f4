/** Memory mappings of files: WebAssembly has none, so a mapping is a copy that goes back to the file when asked. */
import { refuse } from './errno.ts';
import { readContent } from './inodes.ts';
import type { GuestMemory } from './memory.ts';
import { toLength } from './syscalls-paths.ts';
import type { World } from './world.ts';

const PROT_WRITE = 2;
const MAP_PRIVATE = 2;
const PAGE_BYTES = 65_536;
const MAX_MAPPING = 0x7fffffff - PAGE_BYTES;

export function mappingCalls(world: World, memory: GuestMemory) {
  const { opened } = world.files;

  /** A mapping never makes its file longer. */
  const writeBack = (address: number, length: number, flags: number, fd: number, offset: bigint): void => {
    if ((flags & MAP_PRIVATE) !== 0) return;
    const position = toLength(offset);
    const node = opened.mappable(fd, true);
    const count = Math.max(0, Math.min(length >>> 0, node.size - position));
    opened.write(fd, [memory.bytes(address, count)], position);
  };

  return {
    _mmap_js(
      length: number,
      protection: number,
      flags: number,
      fd: number,
      offset: bigint,
      allocatedPointer: number,
      addressPointer: number,
    ) {
      const position = toLength(offset);
      const size = length >>> 0;
      const node = opened.mappable(fd, (protection & PROT_WRITE) !== 0 && (flags & MAP_PRIVATE) === 0);
      if (size === 0) refuse('EINVAL');
      if (size > MAX_MAPPING) refuse('ENOMEM');
      // Checked before anything is allocated.
      memory.view(allocatedPointer, 4);
      memory.view(addressPointer, 4);
      const rounded = Math.ceil(size / PAGE_BYTES) * PAGE_BYTES;
      world.charge(rounded);
      const address = world.allocate(PAGE_BYTES, rounded) >>> 0;
      if (address === 0) refuse('ENOMEM');
      const target = memory.bytes(address, rounded);
      target.fill(0, readContent(node, position, target.subarray(0, size)));
      memory.setUint32(allocatedPointer, 1);
      memory.setUint32(addressPointer, address);
    },
    _msync_js(address: number, length: number, _protection: number, flags: number, fd: number, offset: bigint) {
      writeBack(address, length, flags, fd, offset);
    },
    _munmap_js(address: number, length: number, protection: number, flags: number, fd: number, offset: bigint) {
      if ((protection & PROT_WRITE) !== 0) writeBack(address, length, flags, fd, offset);
    },
  };
}
