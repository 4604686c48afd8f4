/** The compiled libraries of an environment as one file: a section for each, by its path. */
import { packSections, unpackSections } from '../../environment/image.ts';
import { bytesOf, type Given } from '../given.ts';
import type { LibraryModules } from './libraries.ts';

export interface LibraryFile {
  /** Where CPython finds it. */
  path: string;
  /** A metered module. */
  bytes: Uint8Array;
}

export function packLibraries(libraries: readonly LibraryFile[]): Uint8Array {
  return packSections(
    libraries.map(({ path, bytes }) => [path, bytes.length]),
    libraries.map(({ bytes }) => bytes),
  );
}

/** Compiled when they are asked for: an engine links most at its start, and others when a program imports them. */
export function packedLibraries(given: Given | undefined): LibraryModules {
  const places = given ? unpack(bytesOf(given)) : [];
  const byPath = new Map(places.map(({ path, bytes }) => [path, bytes]));
  const byName = new Map(places.map(({ path }) => [path.slice(path.lastIndexOf('/') + 1), path]));
  const compiled = new Map<string, WebAssembly.Module>();
  return {
    find(pathOrName) {
      const path = pathOrName.includes('/') ? pathOrName : byName.get(pathOrName);
      const bytes = path === undefined ? undefined : byPath.get(path);
      if (path === undefined || !bytes) return undefined;
      // Checked by digest, in a plain buffer.
      const module = compiled.get(path) ?? new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>);
      compiled.set(path, module);
      return { path, module };
    },
  };
}

function unpack(pack: Uint8Array): LibraryFile[] {
  const { header, body } = unpackSections(pack);
  if (!Array.isArray(header)) throw new TypeError('libraries: expected a list');
  let offset = 0;
  return header.map((entry: unknown) => {
    const [path, size] = Array.isArray(entry) ? (entry as unknown[]) : [];
    if (typeof path !== 'string' || typeof size !== 'number') throw new TypeError('libraries: expected [path, size]');
    return { path, bytes: body.subarray(offset, (offset += size)) };
  });
}
