/** Outputs of a run record in the shapes of nbformat 4.5. */
import type { MimeBundle, Output } from '../run/record.ts';

export function writeOutput(
  output: Output,
  provenance: Readonly<Record<string, unknown>> | undefined,
  blobs: ReadonlyMap<string, Uint8Array>,
): object {
  switch (output.type) {
    case 'stream':
      return { name: output.name, output_type: 'stream', text: linesOf(output.text) };
    case 'error':
      return {
        ename: output.name,
        evalue: output.message,
        output_type: 'error',
        traceback: output.traceback.split('\n'),
      };
    case 'display':
    case 'result': {
      const data = writeBundle(output.data, blobs);
      const metadata = { ...output.metadata, ...(provenance === undefined ? {} : { praxis: provenance }) };
      return output.type === 'display'
        ? { data, metadata, output_type: 'display_data' }
        : { data, execution_count: null, metadata, output_type: 'execute_result' };
    }
  }
}

function writeBundle(bundle: MimeBundle, blobs: ReadonlyMap<string, Uint8Array>): Record<string, unknown> {
  const entries = Object.entries(bundle).flatMap(([mediaType, value]) => {
    if (typeof value === 'string') return [[mediaType, isJson(mediaType) ? parsed(value) : linesOf(value)] as const];
    const bytes = blobs.get(value.digest);
    if (bytes === undefined) return [];
    return [[mediaType, isJson(mediaType) ? parsed(new TextDecoder().decode(bytes)) : toBase64(bytes)] as const];
  });
  return Object.fromEntries(entries);
}

/** nbformat's rule (`misc.mimebundle` of its schema): these hold any JSON, everything else text. */
function isJson(mediaType: string): boolean {
  return /^application\/(?:.*\+)?json$/.test(mediaType);
}

/** A guest may call anything JSON; then its text is the JSON value. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function toBase64(bytes: Uint8Array): string {
  const pieces: string[] = [];
  // Pieces, because the argument list of fromCharCode is bounded.
  for (let at = 0; at < bytes.length; at += 8192) pieces.push(String.fromCharCode(...bytes.subarray(at, at + 8192)));
  return btoa(pieces.join(''));
}

/** Lines that keep their line ends, as Jupyter writes them, so that files compare well. */
export function linesOf(text: string): string[] {
  return text === '' ? [] : text.split(/(?<=\n)/);
}
