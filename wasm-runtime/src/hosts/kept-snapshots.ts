/**
 * Snapshots that a browser keeps from one visit to the next, in Cache Storage. Whatever is there may be missing, refused by the
 * browser, or somebody else's doing: only bytes with the right digest are ever given back.
 */
import type { EnvironmentFile } from '../environment/manifest.ts';
import { nativeDigest } from '../run/digest.ts';

export interface KeptSnapshots {
  /** null: there is none, or what is there is not it. Never rejects. */
  find(file: EnvironmentFile): Promise<Uint8Array<ArrayBuffer> | null>;
  /** Keeps bytes that were checked, if the browser lets us. Never rejects. */
  keep(file: EnvironmentFile, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
}

/** What is used of a browser's `Cache`. */
export type SnapshotCache = Pick<Cache, 'match' | 'put' | 'delete' | 'keys'>;

const CACHE_NAME = 'praxis-snapshots';
/** Documents of older environments are opened too, yet a snapshot has 13 MB. */
const MAX_KEPT = 3;

/** @param open rejects where the browser has no such storage: outside secure contexts, or by its user's choice */
export function keptSnapshots(open: () => Promise<SnapshotCache> = async () => caches.open(CACHE_NAME)): KeptSnapshots {
  return {
    async find(file) {
      try {
        const cache = await open();
        const kept = await cache.match(keyOf(file));
        if (!kept) return null;
        const bytes = new Uint8Array(await kept.arrayBuffer());
        if (bytes.length === file.size_bytes && (await nativeDigest(bytes)) === file.digest) return bytes;
        await cache.delete(keyOf(file));
      } catch {
        // Storage that is refused or broken is no storage.
      }
      return null;
    },
    async keep(file, bytes) {
      try {
        const cache = await open();
        // Oldest first: as many as make room for one more.
        const keys = await cache.keys();
        for (const old of keys.slice(0, Math.max(0, keys.length + 1 - MAX_KEPT))) await cache.delete(old);
        await cache.put(keyOf(file), new Response(bytes));
      } catch {
        // Full, or refused: the next visit makes it again.
      }
    },
  };
}

/** An address that no request of ours has, so nothing but this file finds it. */
function keyOf({ digest }: EnvironmentFile): string {
  return `/kept/${digest.slice(digest.indexOf(':') + 1)}`;
}
