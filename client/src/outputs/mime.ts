/** Which of a display's forms is shown: the richest that our own code can render. */
import type { BlobReference, MimeBundle } from '../kernel/runtime.ts';
import { TABLE } from './table/table.ts';

export type Rendering =
  | { as: 'progress'; source: string }
  | { as: 'table'; source: string | BlobReference }
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
  TABLE,
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

/** A bundle without its table as data: the other forms say the same. */
export function withoutTable(bundle: MimeBundle): MimeBundle {
  return Object.fromEntries(Object.entries(bundle).filter(([mediaType]) => mediaType !== TABLE));
}

/** The text form of a bundle, as a description for images. */
export function describe(bundle: MimeBundle): string {
  const plain = Object.hasOwn(bundle, 'text/plain') ? bundle['text/plain'] : undefined;
  return typeof plain === 'string' && plain.trim() !== '' ? plain.trim().slice(0, 240) : 'Output of this cell';
}

/** What the metadata of a display say of its picture. */
export interface PictureFacts {
  /** Pixels of the page; a picture of twice as many is as sharp as the screen. */
  width?: number;
  height?: number;
  /** Words for those who do not see it. */
  alt?: string;
}

const MAX_PIXELS = 16_384;
const MAX_ALT = 1000;

/** Guests say these; what is not of its kind is left out. */
export function pictureFacts(metadata: Readonly<Record<string, unknown>>, mediaType: string): PictureFacts {
  const said = Object.hasOwn(metadata, mediaType) ? metadata[mediaType] : undefined;
  if (typeof said !== 'object' || said === null) return {};
  const { width, height, alt } = said as Record<string, unknown>;
  return {
    ...(isPixels(width) ? { width } : {}),
    ...(isPixels(height) ? { height } : {}),
    ...(typeof alt === 'string' && alt.trim() !== '' ? { alt: alt.slice(0, MAX_ALT) } : {}),
  };
}

function isPixels(value: unknown): value is number {
  return typeof value === 'number' && value >= 1 && value <= MAX_PIXELS;
}

function fromText(mediaType: (typeof ORDER)[number], source: string): Rendering | null {
  switch (mediaType) {
    case PROGRESS:
      return { as: 'progress', source };
    case TABLE:
      return { as: 'table', source };
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
  if (mediaType === TABLE) return { as: 'table', source: blob };
  const isImage = mediaType === 'image/svg+xml' || RASTER.some((raster) => raster === mediaType);
  return isImage ? { as: 'image', mediaType, blob } : { as: 'file', mediaType, blob };
}

function fallback(bundle: MimeBundle): Rendering {
  const first = Object.entries(bundle)[0];
  if (first === undefined) return { as: 'text', source: '' };
  const [mediaType, value] = first;
  return typeof value === 'string' ? { as: 'text', source: value } : { as: 'file', mediaType, blob: value };
}
