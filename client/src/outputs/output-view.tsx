/** One output of a cell, shown by the code for its kind. */
import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import type { BlobReference, MimeBundle, Output } from '../kernel/runtime.ts';
import { formatBytes } from '../kernel/amounts.ts';
import { HtmlOutput } from './html-output.tsx';
import { ImageOutput, InlineImage } from './images.tsx';
import { JsonView } from './json-view.tsx';
import { LatexView } from './latex-view.tsx';
import { MarkdownView } from './markdown-view.tsx';
import { chooseRendering, describe, pictureFacts, withoutTable, type PictureFacts } from './mime.ts';
import { ProgressView } from './progress-view.tsx';
import { TableOutput } from './table/table-output.tsx';
import { TerminalText } from './text.tsx';
import { useStoredBytes, type ByteSource } from './stored-bytes.ts';

interface OutputViewProps {
  output: Output;
  /** Where the bytes of binary displays are. */
  bytes: ByteSource;
}

export function OutputView({ output, bytes }: OutputViewProps): VNode | null {
  switch (output.type) {
    case 'stream':
      return (
        <div class={`output output-${output.name}`}>
          <TerminalText text={output.text} label={output.name === 'stderr' ? 'Error stream' : 'Text output'} />
          {output.truncated === true ? (
            <p class="output-note">The output limit was reached; the rest was cut.</p>
          ) : null}
        </div>
      );
    case 'display':
    case 'result':
      return (
        <div class={`output output-${output.type}`}>
          <Display data={output.data} metadata={output.metadata} bytes={bytes} />
        </div>
      );
    case 'error':
      // The error box under the code shows it, with what it means.
      return null;
  }
}

interface DisplayProps {
  data: MimeBundle;
  metadata: Readonly<Record<string, unknown>>;
  bytes: ByteSource;
}

function Display({ data, metadata, bytes }: DisplayProps): VNode {
  const rendering = useMemo(() => chooseRendering(data), [data]);
  const description = describe(data);
  const facts = (mediaType: string): PictureFacts => pictureFacts(metadata, mediaType);
  switch (rendering.as) {
    case 'progress':
      return <ProgressView source={rendering.source} description={description} />;
    case 'table':
      return (
        <TableOutput
          source={rendering.source}
          bytes={bytes}
          otherwise={<Display data={withoutTable(data)} metadata={metadata} bytes={bytes} />}
        />
      );
    case 'html':
      return <HtmlOutput source={rendering.source} />;
    case 'svg':
      return (
        <ImageOutput
          mediaType="image/svg+xml"
          bytes={rendering.source}
          description={description}
          facts={facts('image/svg+xml')}
        />
      );
    case 'image':
      return <StoredImage {...rendering} bytes={bytes} description={description} facts={facts(rendering.mediaType)} />;
    case 'inline-image':
      return <InlineImage {...rendering} description={description} facts={facts(rendering.mediaType)} />;
    case 'markdown':
      return <MarkdownView source={rendering.source} class="prose output-markdown" />;
    case 'latex':
      return <LatexView source={rendering.source} />;
    case 'json':
      return <JsonView source={rendering.source} />;
    case 'text':
      return <TerminalText text={rendering.source} label="Result" />;
    case 'file':
      return (
        <p class="output-note">
          {rendering.mediaType}, {formatBytes(rendering.blob.size_bytes)}
        </p>
      );
  }
}

interface StoredImageProps {
  mediaType: string;
  blob: BlobReference;
  bytes: ByteSource;
  description: string;
  facts: PictureFacts;
}

function StoredImage({ mediaType, blob, bytes, description, facts }: StoredImageProps): VNode {
  const stored = useStoredBytes(blob.digest, bytes);
  if (stored === 'missing')
    return <p class="output-note">This image is not here any more. Run the cell to make it again.</p>;
  return <ImageOutput mediaType={mediaType} bytes={stored} description={description} facts={facts} />;
}
