/** A URL for bytes, alive as long as the component that shows them. */
import { useEffect, useState } from 'preact/hooks';

/** @param bytes `null` while they are not here yet */
export function useBlobUrl(bytes: Uint8Array | string | null, mediaType: string): string | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (bytes === null) return undefined;
    const made = URL.createObjectURL(
      new Blob([typeof bytes === 'string' ? bytes : new Uint8Array(bytes)], { type: mediaType }),
    );
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [bytes, mediaType]);
  return url;
}

/** Offers bytes as a file. The name is only a proposal to the browser, which makes it safe itself. */
export function downloadBytes(name: string, mediaType: string, bytes: Uint8Array | string): void {
  const url = URL.createObjectURL(
    new Blob([typeof bytes === 'string' ? bytes : new Uint8Array(bytes)], { type: mediaType }),
  );
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // Long enough for the browser to have begun reading.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
