/** Writes a notebook as a Jupyter file (nbformat 4.5), with the outputs that are there. */
import type { MimeBundle, Output } from '../kernel/runtime.ts';
import type { RevisionObject } from '../api/documents.ts';
import type { Cell } from './cell.ts';
import { RAW_TAG } from './ipynb-import.ts';

export interface CellOutputs {
  outputs: readonly Output[];
  /** Bytes of binary displays by digest. */
  blobs: ReadonlyMap<string, Uint8Array>;
}

/** @param outputsOf what a cell shows now; `null` for nothing */
export function exportNotebook(
  title: string,
  cells: readonly Cell[],
  outputsOf: (cellId: string) => CellOutputs | null,
): string {
  const language = cells.find((cell) => cell.kind === 'code')?.language ?? 'python';
  const notebook = {
    cells: cells.map((cell) => writeCell(cell, language, outputsOf(cell.id))),
    metadata: {
      kernelspec: { name: language, language, display_name: language === 'python' ? 'Python 3' : 'JavaScript' },
      language_info: { name: language },
      title,
    },
    nbformat: 4,
    nbformat_minor: 5,
  };
  return `${JSON.stringify(notebook, null, 1)}\n`;
}

function writeCell(cell: Cell, language: string, shown: CellOutputs | null): object {
  if (cell.kind === 'object') {
    const { id, type, content } = cell.origin;
    const latex = type === 'equation' && typeof content['latex'] === 'string' ? content['latex'] : null;
    const source = latex === null ? `\`\`\`json\n${JSON.stringify(content, null, 2)}\n\`\`\`` : `$$\n${latex}\n$$`;
    return { id, cell_type: 'markdown', metadata: { praxis: { type } }, source: lines(source) };
  }
  if (cell.kind === 'markdown') {
    const tags = tagsOf(cell.origin);
    const type = tags.includes(RAW_TAG) ? 'raw' : 'markdown';
    return { id: cell.id, cell_type: type, metadata: tagMetadata(tags), source: lines(cell.source) };
  }
  const own = {
    ...(cell.language === language ? {} : { language: cell.language }),
    ...(Object.keys(cell.parameters).length === 0 ? {} : { parameters: cell.parameters }),
  };
  return {
    id: cell.id,
    cell_type: 'code',
    metadata: { ...tagMetadata(tagsOf(cell.origin)), ...(Object.keys(own).length === 0 ? {} : { praxis: own }) },
    source: lines(cell.source),
    execution_count: null,
    outputs: shown === null ? [] : shown.outputs.map((output) => writeOutput(output, shown.blobs)),
  };
}

function tagsOf(origin: RevisionObject | undefined): string[] {
  const tags = origin?.semantics?.['tags'];
  return Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : [];
}

function tagMetadata(tags: readonly string[]): { tags?: string[] } {
  const shown = tags.filter((tag) => tag !== RAW_TAG);
  return shown.length === 0 ? {} : { tags: shown };
}

function writeOutput(output: Output, blobs: ReadonlyMap<string, Uint8Array>): object {
  switch (output.type) {
    case 'stream':
      return { output_type: 'stream', name: output.name, text: lines(output.text) };
    case 'error':
      return {
        output_type: 'error',
        ename: output.name,
        evalue: output.message,
        traceback: output.traceback.split('\n'),
      };
    case 'display':
      return { output_type: 'display_data', data: writeBundle(output.data, blobs), metadata: output.metadata };
    case 'result':
      return {
        output_type: 'execute_result',
        data: writeBundle(output.data, blobs),
        metadata: output.metadata,
        execution_count: null,
      };
  }
}

function writeBundle(bundle: MimeBundle, blobs: ReadonlyMap<string, Uint8Array>): Record<string, unknown> {
  const entries = Object.entries(bundle).flatMap(([mediaType, value]) => {
    if (typeof value !== 'string') {
      const bytes = blobs.get(value.digest);
      return bytes === undefined ? [] : [[mediaType, toBase64(bytes)] as const];
    }
    return [[mediaType, isJson(mediaType) ? parsed(value) : lines(value)] as const];
  });
  return Object.fromEntries(entries);
}

function isJson(mediaType: string): boolean {
  return mediaType === 'application/json' || mediaType.endsWith('+json');
}

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
function lines(text: string): string[] {
  return text === '' ? [] : text.split(/(?<=\n)/);
}
