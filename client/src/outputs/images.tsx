/** Pictures, SVG included, are shown by `<img>` only: as an image a document can neither run scripts nor load anything. */
import type { VNode } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { useBlobUrl } from './blob-url.ts';
import type { PictureFacts } from './mime.ts';

interface ImageProps {
  mediaType: string;
  /** Bytes, or the text of an SVG; `null` while they are being fetched. */
  bytes: Uint8Array | string | null;
  description: string;
  facts: PictureFacts;
}

export function ImageOutput({ mediaType, bytes, description, facts }: ImageProps): VNode {
  const url = useBlobUrl(bytes, mediaType);
  const [broken, setBroken] = useState(false);
  if (broken) return <p class="output-note">This image cannot be read.</p>;
  if (url === null) return <p class="output-note">Loading the image…</p>;
  return (
    <div class="output-image">
      <img
        src={url}
        alt={facts.alt ?? description}
        width={facts.width}
        height={facts.height}
        onError={() => setBroken(true)}
      />
    </div>
  );
}

export function InlineImage({
  mediaType,
  base64,
  description,
  facts,
}: {
  mediaType: string;
  base64: string;
  description: string;
  facts: PictureFacts;
}): VNode {
  const bytes = useMemo(() => decoded(base64), [base64]);
  if (bytes === null) return <p class="output-note">This image cannot be read.</p>;
  return <ImageOutput mediaType={mediaType} bytes={bytes} description={description} facts={facts} />;
}

function decoded(base64: string): Uint8Array | null {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}
