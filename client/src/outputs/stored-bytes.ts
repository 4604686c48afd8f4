/** Bytes of an output by digest: from this page's memory, or from the server when the output was made elsewhere. */
import { useEffect, useState } from 'preact/hooks';

export interface ByteSource {
  /** What the page already has. */
  local: ReadonlyMap<string, Uint8Array>;
  /** Fetches what it has not; rejects when nobody has it. `null` where there is nobody to ask. */
  fetch: ((digest: string) => Promise<Uint8Array>) | null;
}

export function useStoredBytes(digest: string, source: ByteSource): Uint8Array | null | 'missing' {
  const here = source.local.get(digest) ?? null;
  const [fetched, setFetched] = useState<Uint8Array | 'missing' | null>(null);
  useEffect(() => {
    if (here !== null) return undefined;
    if (source.fetch === null) {
      setFetched('missing');
      return undefined;
    }
    let current = true;
    source.fetch(digest).then(
      (bytes) => {
        if (current) setFetched(bytes);
      },
      () => {
        if (current) setFetched('missing');
      },
    );
    return () => {
      current = false;
    };
  }, [digest, here]);
  return here ?? fetched;
}
