/** Which of a display's forms is shown: the richest that our own code can render. */
import type { BlobReference, MimeBundle } from '../kernel/runtime.ts';

export type Rendering =
  | { as: 'progress'; source: string }
  | { as: 'html'; source: string }
  | { as: 'svg'; source: string }
  | { as: 'image'; mediaType: string; blob: BlobReference }
  | { as: 'inline-image'; mediaType: string; base64: string }
  | { as: 'markdown'; source: string }
  | { as: 'latex'; source: string }
  | { as: 'json'; source: string }
  | { as: 'text'; source: string }
  | { as: 'file'; mediaType: string; blob: BlobReference };

const RASTER = ['image/png', 'image/jpeg', 'image/webp', 'image/gif'] as const;
/** How far a loop has come: see `progress-view.tsx`. */
const PROGRESS = 'application/vnd.praxis.progress+json';
const ORDER = [
  PROGRESS,
  'text/html',
  'image/svg+xml',
  ...RASTER,
  'text/markdown',
  'text/latex',
  'application/json',
  'text/plain',
] as const;

/** Preferred form of a bundle; bytes of unknown types are offered as a file, and an empty bundle is empty text. */
export function chooseRendering(bundle: MimeBundle): Rendering {
  for (const mediaType of ORDER) {
    const value = Object.hasOwn(bundle, mediaType) ? bundle[mediaType] : undefined;
    if (value === undefined) continue;
    const rendering = typeof value === 'string' ? fromText(mediaType, value) : fromBlob(mediaType, value);
    if (rendering !== null) return rendering;
  }
  return fallback(bundle);
}

/** The text form of a bundle, as a description for images. */
export function describe(bundle: MimeBundle): string {
  const plain = Object.hasOwn(bundle, 'text/plain') ? bundle['text/plain'] : undefined;
  return typeof plain === 'string' && plain.trim() !== '' ? plain.trim().slice(0, 240) : 'Output of this cell';
}

function fromText(mediaType: (typeof ORDER)[number], source: string): Rendering | null {
  switch (mediaType) {
    case PROGRESS:
      return { as: 'progress', source };
    case 'text/html':
      return { as: 'html', source };
    case 'image/svg+xml':
      return { as: 'svg', source };
    case 'text/markdown':
      return { as: 'markdown', source };
    case 'text/latex':
      return { as: 'latex', source };
    case 'application/json':
      return { as: 'json', source };
    case 'text/plain':
      return { as: 'text', source };
    default:
      return /^[A-Za-z0-9+/=\s]+$/.test(source) ? { as: 'inline-image', mediaType, base64: source } : null;
  }
}

function fromBlob(mediaType: string, blob: BlobReference): Rendering {
  const isImage = mediaType === 'image/svg+xml' || RASTER.some((raster) => raster === mediaType);
  return isImage ? { as: 'image', mediaType, blob } : { as: 'file', mediaType, blob };
}

function fallback(bundle: MimeBundle): Rendering {
  const first = Object.entries(bundle)[0];
  if (first === undefined) return { as: 'text', source: '' };
  const [mediaType, value] = first;
  return typeof value === 'string' ? { as: 'text', source: value } : { as: 'file', mediaType, blob: value };
}
