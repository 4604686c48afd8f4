/**
 * Files of environments that a browser keeps from one visit to the next, in Cache Storage, ready to be used. Whatever is there may be
 * missing, refused by the browser, or somebody else's doing: who reads it has to check its digest.
 */
import type { EnvironmentFile } from '../environment/manifest.ts';

export interface KeptFiles {
  /** What is there, unread and unchecked, but of the right size. null: nothing. Never rejects. */
  find(file: EnvironmentFile): Promise<Blob | null>;
  /** It was not what it should be. Never rejects. */
  forget(file: EnvironmentFile): Promise<void>;
  /** Keeps bytes that were checked, if the browser lets us. Never rejects. */
  keep(file: EnvironmentFile, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
}

/** What is used of a browser's `Cache`. */
export type FileCache = Pick<Cache, 'match' | 'put' | 'delete' | 'keys'>;

const CACHE_NAME = 'praxis-files';
/** At most four files of an environment, 28 MB of `python` and 116 MB of `data`, and notebooks of two of them are opened in turn. */
const MAX_KEPT = 8;

/** @param open rejects where the browser has no such storage: outside secure contexts, or by its user's choice */
export function keptFiles(open: () => Promise<FileCache> = async () => caches.open(CACHE_NAME)): KeptFiles {
  // At once: a page that begins has a thread that is busy soon.
  const opening = open();
  // Whoever looks for a file finds nothing.
  opening.catch(() => undefined);
  return {
    async find(file) {
      try {
        // A browser gives a handle of what is in its storage, and no bytes yet.
        const blob = await (await (await opening).match(keyOf(file)))?.blob();
        if (blob?.size === file.size_bytes) return blob;
        if (blob) await this.forget(file);
      } catch {
        // Storage that is refused or broken is no storage.
      }
      return null;
    },
    async forget(file) {
      try {
        await (await opening).delete(keyOf(file));
      } catch {
        // As above.
      }
    },
    async keep(file, bytes) {
      try {
        const cache = await opening;
        // Oldest first: as many as make room for one more.
        const keys = await cache.keys();
        for (const old of keys.slice(0, Math.max(0, keys.length + 1 - MAX_KEPT))) await cache.delete(old);
        await cache.put(keyOf(file), new Response(bytes));
      } catch {
        // Full, or refused: the next visit gets it anew.
      }
    },
  };
}

/** An address that no request of ours has, so nothing but this file finds it. */
function keyOf({ digest }: EnvironmentFile): string {
  return `/kept/${digest.slice(digest.indexOf(':') + 1)}`;
}
