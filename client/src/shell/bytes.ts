/** Bytes of outputs: this page's own, or the server's by digest. What was fetched is checked against its digest before it is used. */
import type { Api } from '../api/api.ts';
import { openDocument } from '../documents/current.ts';
import type { CellRun } from '../notebook/runs.ts';
import type { ByteSource } from '../outputs/stored-bytes.ts';

export interface ByteSources {
  of(run: CellRun): ByteSource;
  load(run: CellRun, digest: string): Promise<Uint8Array>;
}

export function createByteSources(api: Api): ByteSources {
  const fetched = new Map<string, Promise<Uint8Array>>();
  const fetchOnce = (workspaceId: string, digest: string): Promise<Uint8Array> => {
    const key = `${workspaceId} ${digest}`;
    const known = fetched.get(key);
    if (known !== undefined) return known;
    const loading = api.artifacts.download(workspaceId, digest).then((bytes) => verified(bytes, digest));
    fetched.set(key, loading);
    loading.catch(() => fetched.delete(key));
    return loading;
  };
  const of = (run: CellRun): ByteSource => {
    const workspaceId = openDocument.peek()?.workspaceId ?? null;
    const stored = run.trust.job_id !== null && workspaceId !== null;
    return { local: run.blobs, fetch: stored ? (digest) => fetchOnce(workspaceId, digest) : null };
  };
  return {
    of,
    async load(run, digest) {
      const source = of(run);
      const here = source.local.get(digest);
      if (here !== undefined) return here;
      if (source.fetch === null) throw new Error('The bytes are not here any more. Run the cell to make them again.');
      return source.fetch(digest);
    },
  };
}

async function verified(bytes: Uint8Array, digest: string): Promise<Uint8Array> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(bytes)));
  const hex = Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (`sha256:${hex}` !== digest) throw new Error('The server sent other bytes than those that were recorded.');
  return bytes;
}
