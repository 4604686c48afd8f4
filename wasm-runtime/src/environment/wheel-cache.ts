/** Wheels by digest, in a folder that every project of this user shares. Whatever lies in it is checked again when it is used. Node only. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

export interface WheelFile {
  file: string;
  sha256: string;
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * Where wheels lie on this machine, by its variables: the cache in `PRAXIS_CACHE`, or as the XDG Base Directory Specification says; a
 * folder with wheels that somebody got in another way in `PRAXIS_WHEELS`.
 */
export function wheelPlaces(
  env: Readonly<Record<string, string | undefined>>,
  home: string,
): { cache: string; folder?: string } {
  const base = env['XDG_CACHE_HOME'];
  // A relative path there has to be ignored, by the specification.
  const caches = base && path.isAbsolute(base) ? base : path.join(home, '.cache');
  return {
    cache: env['PRAXIS_CACHE'] ? path.resolve(env['PRAXIS_CACHE']) : path.join(caches, 'praxis'),
    ...(env['PRAXIS_WHEELS'] ? { folder: path.resolve(env['PRAXIS_WHEELS']) } : {}),
  };
}

export class WheelCache {
  private readonly folder: string;
  private readonly log: (line: string) => void;

  /** @param folder need not exist */
  constructor(folder: string, log: (line: string) => void) {
    this.folder = folder;
    this.log = log;
  }

  /** The right bytes or none: what was damaged is as good as missing. */
  async read(wheel: WheelFile): Promise<Uint8Array | undefined> {
    const file = this.place(wheel);
    let bytes: Uint8Array;
    try {
      bytes = new Uint8Array(await readFile(file));
    } catch {
      return undefined;
    }
    if (sha256(bytes) === wheel.sha256) return bytes;
    this.log(`${file} is damaged and will be replaced`);
    return undefined;
  }

  /** Written aside and renamed, so that two at once do no harm. Without a place to write there is no cache, and everything still works. */
  async keep(wheel: WheelFile, bytes: Uint8Array): Promise<void> {
    const file = this.place(wheel);
    const aside = `${file}.${randomUUID()}`;
    try {
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(aside, bytes);
      await rename(aside, file);
    } catch (error) {
      this.log(
        `${wheel.file} could not be kept in the cache: ${error instanceof Error ? error.message : String(error)}`,
      );
      await rm(aside, { force: true }).catch(() => undefined);
    }
  }

  private place({ file, sha256 }: WheelFile): string {
    return path.join(this.folder, 'wheels', sha256, file);
  }
}
