/** What a browser keeps of an environment's files: what comes back is unchecked, and whatever the storage does, nothing fails. */
import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { keptFiles, type FileCache } from '../../../wasm-runtime/src/hosts/kept-files.ts';

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

const textOf = async (blob: Blob | null) => blob && blob.text();

let cache: MemoryCache;
// Requests are not made of addresses here; the store uses nothing of them.
const open = () => Promise.resolve(cache as unknown as FileCache);
beforeEach(() => {
  cache = new MemoryCache();
});

describe('kept files', () => {
  it('come back as they were', async () => {
    const kept = keptFiles(open);
    expect(await kept.find(fileOf('one'))).toBeNull();
    await kept.keep(fileOf('one'), bytesOf('one'));
    expect(await textOf(await keptFiles(open).find(fileOf('one')))).toBe('one');
    expect(await kept.find(fileOf('two'))).toBeNull();
  });

  it('are removed when their size has changed, or their reader says that they have', async () => {
    const kept = keptFiles(open);
    await kept.keep(fileOf('one'), bytesOf('one'));
    const [key = ''] = cache.entries.keys();
    for (const other of ['longer', '']) {
      cache.entries.set(key, new Response(other));
      expect(await kept.find(fileOf('one'))).toBeNull();
      expect(cache.entries.size).toBe(0);
    }
    cache.entries.set(key, new Response('onf'));
    expect(await textOf(await kept.find(fileOf('one')))).toBe('onf');
    await kept.forget(fileOf('one'));
    expect(cache.entries.size).toBe(0);
  });

  it('are eight at most, and the oldest goes', async () => {
    const kept = keptFiles(open);
    const values = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
    for (const value of values) await kept.keep(fileOf(value), bytesOf(value));
    expect(cache.entries.size).toBe(8);
    expect(await kept.find(fileOf('one'))).toBeNull();
    expect(await textOf(await kept.find(fileOf('nine')))).toBe('nine');
  });

  it('are none where storage is refused, full or broken', async () => {
    const refused = keptFiles(() => Promise.reject(new DOMException('no', 'SecurityError')));
    await refused.keep(fileOf('one'), bytesOf('one'));
    await refused.forget(fileOf('one'));
    expect(await refused.find(fileOf('one'))).toBeNull();
    const full = keptFiles(open);
    cache.put = () => Promise.reject(new DOMException('full', 'QuotaExceededError'));
    await full.keep(fileOf('one'), bytesOf('one'));
    expect(await full.find(fileOf('one'))).toBeNull();
    cache.match = () => Promise.reject(new Error('broken'));
    expect(await full.find(fileOf('one'))).toBeNull();
  });
});
