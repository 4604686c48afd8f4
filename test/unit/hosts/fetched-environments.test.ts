/** Files over HTTP: what was downloaded is checked here; what a browser kept is left to its reader, who may be wrong about nothing. */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EnvironmentManifest } from '../../../wasm-runtime/src/environment/manifest.ts';
import { readBytes } from '../../../wasm-runtime/src/environment/file-bytes.ts';
import { fetchedEnvironments } from '../../../wasm-runtime/src/hosts/fetched-environments.ts';
import { keptFiles, type FileCache } from '../../../wasm-runtime/src/hosts/kept-files.ts';
import { currentEnvironment, environments } from '../../support/node-runs.ts';

let manifest: EnvironmentManifest;
let requests: string[];
let store: Map<string, Response>;
/** In place of a file's bytes. */
let served: Map<string, Uint8Array<ArrayBuffer>>;

beforeEach(async () => {
  manifest = await environments.manifest(currentEnvironment());
  requests = [];
  store = new Map();
  served = new Map();
  vi.stubGlobal('fetch', async (url: string) => {
    const name = url.slice(url.lastIndexOf('/') + 1);
    requests.push(name);
    if (name === 'manifest.json') return Response.json(manifest);
    const file = Object.values(manifest.engines.python.files).find((one) => one?.file === name);
    if (!file) return new Response(null, { status: 404 });
    const bytes = served.get(name) ?? (await readBytes(await environments.file(currentEnvironment(), file)));
    return new Response(new Uint8Array(bytes));
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

const source = () => {
  const cache = {
    match: (key: string) => Promise.resolve(store.get(key)?.clone()),
    put: (key: string, response: Response) => Promise.resolve(void store.set(key, response)),
    delete: (key: string) => Promise.resolve(store.delete(key)),
    keys: () => Promise.resolve([...store.keys()]),
  };
  // Requests are not made of addresses here; the store uses nothing of them.
  return fetchedEnvironments({ baseUrl: '/e', kept: keptFiles(() => Promise.resolve(cache as unknown as FileCache)) });
};
const imageFile = () => {
  const { image } = manifest.engines.python.files;
  if (!image) throw new Error('the environment has no image');
  return image;
};
const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

describe('a file of an environment', () => {
  it('is downloaded and checked once; kept for a reader who comes back, and then not even read', async () => {
    const first = source();
    const bytes = await first.file(currentEnvironment(), imageFile());
    expect(bytes).toBeInstanceOf(Uint8Array);
    expect(await first.file(currentEnvironment(), imageFile())).toBe(bytes);
    expect(requests).toEqual(['manifest.json', imageFile().file]);
    expect(store.size).toBe(0);
    await first.file(currentEnvironment(), manifest.engines.python.files.snapshot);
    await expect.poll(() => store.size).toBe(1);

    await source().file(currentEnvironment(), imageFile());
    await expect.poll(() => store.size).toBe(2);

    requests.length = 0;
    const kept = await source().file(currentEnvironment(), imageFile());
    if (kept instanceof Uint8Array) throw new Error('it was read');
    expect(kept.digest).toBe(imageFile().digest);
    expect(digestOf(await kept.bytes())).toBe(imageFile().digest);
    expect(requests).toEqual([]);
  });

  it('is downloaded again when its reader refuses what was kept, which is forgotten', async () => {
    const changed = new Uint8Array(imageFile().size_bytes);
    const key = `/kept/${imageFile().digest.slice('sha256:'.length)}`;
    store.set(key, new Response(changed));
    const kept = await source().file(currentEnvironment(), imageFile());
    expect(requests).toEqual([]);
    expect(digestOf(await readBytes(kept))).toBe(imageFile().digest);
    expect(requests).toEqual(['manifest.json', imageFile().file]);
    expect(store.size).toBe(0);
  });

  it('is refused when the server gives another one', async () => {
    served.set(imageFile().file, new Uint8Array(imageFile().size_bytes));
    await expect(source().file(currentEnvironment(), imageFile())).rejects.toThrow('does not have the digest');
    expect(store.size).toBe(0);
  });
});
