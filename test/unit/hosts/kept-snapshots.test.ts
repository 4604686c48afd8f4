/** What a browser keeps of snapshots: only bytes with the right digest come back, whatever the storage does. */
import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { keptSnapshots, type SnapshotCache } from '../../../wasm-runtime/src/hosts/kept-snapshots.ts';

/** A cache as browsers have them, with addresses as plain texts. */
class MemoryCache {
  readonly entries = new Map<string, Response>();
  match = (key: string) => Promise.resolve(this.entries.get(key)?.clone());
  put = (key: string, response: Response) => Promise.resolve(void this.entries.set(key, response));
  delete = (key: string) => Promise.resolve(this.entries.delete(key));
  keys = () => Promise.resolve([...this.entries.keys()]);
}

const bytesOf = (value: string) => new TextEncoder().encode(value);
const fileOf = (value: string) => {
  const bytes = bytesOf(value);
  return {
    file: 'python.snapshot',
    digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
    size_bytes: bytes.length,
  };
};

let cache: MemoryCache;
// Requests are not made of addresses here; the store uses nothing of them.
const open = () => Promise.resolve(cache as unknown as SnapshotCache);
beforeEach(() => {
  cache = new MemoryCache();
});

describe('kept snapshots', () => {
  it('come back as they were', async () => {
    const kept = keptSnapshots(open);
    expect(await kept.find(fileOf('one'))).toBeNull();
    await kept.keep(fileOf('one'), bytesOf('one'));
    expect(await keptSnapshots(open).find(fileOf('one'))).toEqual(bytesOf('one'));
    expect(await kept.find(fileOf('two'))).toBeNull();
  });

  it('are refused and removed when they were changed', async () => {
    const kept = keptSnapshots(open);
    await kept.keep(fileOf('one'), bytesOf('one'));
    const [key = ''] = cache.entries.keys();
    for (const other of ['onf', 'longer', '']) {
      cache.entries.set(key, new Response(other));
      expect(await kept.find(fileOf('one'))).toBeNull();
      expect(cache.entries.size).toBe(0);
    }
  });

  it('are three at most, and the oldest goes', async () => {
    const kept = keptSnapshots(open);
    for (const value of ['one', 'two', 'three', 'four']) await kept.keep(fileOf(value), bytesOf(value));
    expect(cache.entries.size).toBe(3);
    expect(await kept.find(fileOf('one'))).toBeNull();
    expect(await kept.find(fileOf('four'))).toEqual(bytesOf('four'));
  });

  it('are none where storage is refused, full or broken', async () => {
    const refused = keptSnapshots(() => Promise.reject(new DOMException('no', 'SecurityError')));
    await refused.keep(fileOf('one'), bytesOf('one'));
    expect(await refused.find(fileOf('one'))).toBeNull();
    const full = keptSnapshots(open);
    cache.put = () => Promise.reject(new DOMException('full', 'QuotaExceededError'));
    await full.keep(fileOf('one'), bytesOf('one'));
    expect(await full.find(fileOf('one'))).toBeNull();
    cache.match = () => Promise.reject(new Error('broken'));
    expect(await full.find(fileOf('one'))).toBeNull();
  });
});
