/** What wheels bring into an environment: files, and libraries that are metered. Node only. */
import { homedir } from 'node:os';
import type { Interpreter } from '../engines/python/interpreters.ts';
import type { LibraryFile } from '../engines/python/library-pack.ts';
import type { EnvironmentDefinition } from './definition.ts';
import type { ImageFile } from './image.ts';
import { unpackWheel } from './unpack.ts';
import { wheelPlaces } from './wheel-cache.ts';
import { obtainWheels } from './wheels.ts';

/** Where a program finds shared libraries by bare name. */
const SHARED_LIBRARIES = '/usr/lib';

export interface PackageOptions {
  log: (line: string) => void;
  /** Where wheels are looked for first. */
  wheels?: string | undefined;
}

export interface Packages {
  files: ImageFile[];
  /** As published. */
  libraries: LibraryFile[];
}

/** Libraries leave an empty file where they lay, so that Python finds them: what is opened there is decided by the path. */
export async function readPackages(
  definition: EnvironmentDefinition,
  interpreter: Interpreter,
  { log, wheels }: PackageOptions,
): Promise<Packages> {
  const places = wheelPlaces(process.env, homedir());
  const obtained = await obtainWheels(definition, {
    ...places,
    ...(wheels === undefined ? {} : { folder: wheels }),
    log,
  });
  const found: Packages = { files: [], libraries: [] };
  for (const { wheel, bytes } of obtained) {
    for (const { place, path: at, bytes: content } of unpackWheel(wheel.file, bytes, definition.exclude)) {
      const full = `${place === 'libraries' ? SHARED_LIBRARIES : interpreter.sitePackages}/${at}`;
      const isLibrary = at.endsWith('.so');
      if (isLibrary) found.libraries.push({ path: full, bytes: content });
      found.files.push({ path: full, bytes: isLibrary ? new Uint8Array(0) : content });
    }
  }
  return found;
}

/** A file that a package wrote takes the place of one that it came with. */
export function withMade(files: readonly ImageFile[], made: readonly ImageFile[]): ImageFile[] {
  const paths = new Set(made.map((file) => file.path));
  return [...files.filter((file) => !paths.has(file.path)), ...made];
}
