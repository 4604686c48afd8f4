/** From the bytes of a wheel to files at their places. A wheel is checked by its digest before; still nothing of it is trusted here. */
import { isExcluded } from './exclude.ts';
import { readZip } from './zip.ts';

/** 512 MiB: ten times what the largest wheel that is known here, scipy, unpacks to. */
export const MAX_WHEEL_BYTES = 2 ** 29;
const MAX_PATH_LENGTH = 512;

export interface UnpackedFile {
  /** `libraries` is where the dynamic linker looks for shared libraries by bare name, as `/usr/lib`. */
  place: 'site-packages' | 'libraries';
  /** Below that place, with `/`. */
  path: string;
  bytes: Uint8Array;
}

/** A wheel whose content cannot be what it should: which file, and why. */
export class WheelRefused extends Error {
  override readonly name = 'WheelRefused';
  readonly file: string;

  constructor(file: string, reason: string, options?: ErrorOptions) {
    super(`${file} is refused: ${reason}; take it out of the definition, or name another version there`, options);
    this.file = file;
  }
}

/**
 * The files of a wheel in the archive's order, by PEP 427: what lies in `*.data/purelib` and `*.data/platlib` goes to site-packages,
 * scripts, headers and data for other places are left out. A `.zip` is upstream's archive of shared libraries (`package_type:
 * shared_library` in its lock), which is no wheel and goes to the libraries.
 *
 * @param file bare name of the wheel, whose ending says which of both it is
 * @param exclude patterns of `exclude.ts`
 * @throws WheelRefused
 */
export function unpackWheel(file: string, bytes: Uint8Array, exclude: readonly string[] = []): UnpackedFile[] {
  const place = file.endsWith('.zip') ? 'libraries' : 'site-packages';
  const unpacked = members(file, bytes).flatMap((member): UnpackedFile[] => {
    checkPath(file, member.name);
    const path = place === 'libraries' ? member.name : installPath(member.name);
    return path === undefined || isExcluded(path, exclude) ? [] : [{ place, path, bytes: member.bytes }];
  });
  checkTree(file, unpacked);
  return unpacked;
}

function members(file: string, bytes: Uint8Array) {
  try {
    return readZip(bytes, { maximumBytes: MAX_WHEEL_BYTES });
  } catch (error) {
    if (error instanceof TypeError) throw new WheelRefused(file, error.message, { cause: error });
    throw error;
  }
}

/** A relative path with nothing in it that some file system reads as a way out. */
function checkPath(file: string, path: string): void {
  const parts = path.split('/');
  const bad =
    path.length > MAX_PATH_LENGTH ||
    parts.some((part) => part === '' || part === '.' || part === '..') ||
    /[\\:\p{Cc}]/u.test(path);
  if (bad) throw new WheelRefused(file, `its member ${JSON.stringify(path)} has no path that may be installed`);
}

/** @returns nothing for what is not installed */
function installPath(name: string): string | undefined {
  const [top = '', kind = '', ...rest] = name.split('/');
  if (!/^[^-]+-[^-]+\.data$/.test(top)) return name;
  return (kind === 'purelib' || kind === 'platlib') && rest.length > 0 ? rest.join('/') : undefined;
}

/** No file twice, and none where a folder has to be. */
function checkTree(file: string, unpacked: readonly UnpackedFile[]): void {
  const files = new Set<string>();
  for (const { path } of unpacked) {
    if (files.has(path)) throw new WheelRefused(file, `it has ${path} twice`);
    files.add(path);
  }
  for (const path of files) {
    for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
      if (files.has(path.slice(0, end))) throw new WheelRefused(file, `${path.slice(0, end)} is a file and a folder`);
    }
  }
}
