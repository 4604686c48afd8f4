/** Memory mappings of files: WebAssembly has none, so a mapping is a copy that goes back to the file when asked. */
import { refuse } from './errno.ts';
import { readContent } from './inodes.ts';
import type { MappedFile } from './open-files.ts';
import type { GuestMemory } from './memory.ts';
import { toLength } from './syscalls-paths.ts';
import type { World } from './world.ts';

const PROT_WRITE = 2;
const MAP_PRIVATE = 2;
const PAGE_BYTES = 65_536;
const MAX_MAPPING = 0x7fffffff - PAGE_BYTES;

interface Mapping {
  readonly file: MappedFile;
  readonly position: number;
  readonly size: number;
  /** Whether it goes back to the file. */
  readonly shared: boolean;
}

export function mappingCalls(world: World, memory: GuestMemory) {
  const { opened } = world.files;
  /** By address. */
  const mappings = new Map<number, Mapping>();

  const writeBack = (mapping: Mapping, address: number, length: number): void => {
    if (!mapping.shared) return;
    const bytes = memory.bytes(address, Math.min(length >>> 0, mapping.size));
    opened.writeMapped(mapping.file, bytes, mapping.position);
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
      const shared = (protection & PROT_WRITE) !== 0 && (flags & MAP_PRIVATE) === 0;
      // Checked before anything is allocated.
      const file = opened.map(fd, shared);
      try {
        if (size === 0) refuse('EINVAL');
        if (size > MAX_MAPPING) refuse('ENOMEM');
        memory.view(allocatedPointer, 4);
        memory.view(addressPointer, 4);
        const rounded = Math.ceil(size / PAGE_BYTES) * PAGE_BYTES;
        world.charge(rounded);
        const address = world.allocate(PAGE_BYTES, rounded) >>> 0;
        if (address === 0) refuse('ENOMEM');
        const target = memory.bytes(address, rounded);
        target.fill(0, readContent(file.node, position, target.subarray(0, size)));
        memory.setUint32(allocatedPointer, 1);
        memory.setUint32(addressPointer, address);
        const earlier = mappings.get(address);
        if (earlier) opened.unmap(earlier.file);
        mappings.set(address, { file, position, size, shared });
      } catch (error) {
        opened.unmap(file);
        throw error;
      }
    },
    // The C library keeps numbers of descriptors, too; they may be other files' by now.
    _msync_js(address: number, length: number) {
      writeBack(mappings.get(address >>> 0) ?? refuse('EINVAL'), address, length);
    },
    _munmap_js(address: number, length: number) {
      const mapping = mappings.get(address >>> 0);
      if (!mapping) return;
      writeBack(mapping, address, length);
      mappings.delete(address >>> 0);
      opened.unmap(mapping.file);
    },
  };
}
