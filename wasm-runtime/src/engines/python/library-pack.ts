/** The compiled libraries that a snapshot has opened, as one file: a section for each, by its path. */
import { packSections, unpackSections } from '../../environment/image.ts';
import type { LibraryModules } from './libraries.ts';

export interface LibraryFile {
  /** Where CPython finds it. */
  path: string;
  /** A metered module. */
  bytes: Uint8Array;
}

/** The modules by path: what workers can share. */
export type CompiledLibraries = ReadonlyMap<string, WebAssembly.Module>;

export function packLibraries(libraries: readonly LibraryFile[]): Uint8Array {
  return packSections(
    libraries.map(({ path, bytes }) => [path, bytes.length]),
    libraries.map(({ bytes }) => bytes),
  );
}

/** @throws TypeError when it is no such file, whose digest was checked before */
export async function compileLibraries(pack: Uint8Array): Promise<CompiledLibraries> {
  const { header, body } = unpackSections(pack);
  if (!Array.isArray(header)) throw new TypeError('libraries: expected a list');
  let offset = 0;
  const compiling = header.map(async (entry: unknown) => {
    const [path, size] = Array.isArray(entry) ? (entry as unknown[]) : [];
    if (typeof path !== 'string' || typeof size !== 'number') throw new TypeError('libraries: expected [path, size]');
    // A view of a plain buffer.
    const bytes = body.subarray(offset, (offset += size)) as Uint8Array<ArrayBuffer>;
    return [path, await WebAssembly.compile(bytes)] as const;
  });
  return new Map(await Promise.all(compiling));
}

/** Found by path, or by bare name. */
export function libraryModules(compiled: CompiledLibraries): LibraryModules {
  const byName = new Map([...compiled.keys()].map((path) => [bareName(path), path]));
  return {
    find(pathOrName) {
      const path = byName.get(pathOrName) ?? pathOrName;
      const module = compiled.get(path);
      return module && { path, module };
    },
  };
}

export function bareName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
