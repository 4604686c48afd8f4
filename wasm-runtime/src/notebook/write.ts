/** Writes notebooks (nbformat 4.5), indented as Jupyter does it, with the outputs that are there. */
import type { Output } from '../run/record.ts';
import type { Language } from '../run/program.ts';
import { writtenLanguage } from './language.ts';
import { assignIds, RAW_TAG, usableTags, type WritableObject } from './object.ts';
import { linesOf, writeOutput } from './output.ts';

/** What is known about one object's outputs. */
export interface ObjectOutputs {
  outputs: readonly Output[];
  /** Kept as `metadata.praxis` of the cell and its displays, e.g. the trust state; readers do not believe it. */
  provenance?: Readonly<Record<string, unknown>>;
}

/** Plain data, so that it can be handed to a worker. */
export interface NotebookToWrite {
  title: string;
  objects: readonly WritableObject[];
  /** By the object's id. */
  outputs: ReadonlyMap<string, ObjectOutputs>;
  /** Bytes of binary displays by digest; what is not there is left out of its display. */
  blobs: ReadonlyMap<string, Uint8Array>;
  /** Kept as the notebook's `metadata.praxis`. */
  provenance?: Readonly<Record<string, unknown>>;
}

const KERNELS = {
  python: { display_name: 'Python 3', language: 'python', name: 'python3' },
  javascript: { display_name: 'JavaScript', language: 'javascript', name: 'javascript' },
} as const;

/** The text of the file. */
export function writeNotebook({ title, objects, outputs, blobs, provenance }: NotebookToWrite): string {
  const language = languageOf(objects);
  const ids = assignIds(objects.map(({ id }) => id));
  const cells = objects.map((object, index) => ({
    ...writeCell(object, language, outputs.get(object.id) ?? null, blobs),
    id: ids[index],
  }));
  const metadata = {
    kernelspec: KERNELS[language],
    language_info: { name: language },
    ...(provenance === undefined ? {} : { praxis: provenance }),
    title,
  };
  return `${JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 }, null, 1)}\n`;
}

/** A notebook has one kernel. Python's can run cells of JavaScript, not the other way round. */
function languageOf(objects: readonly WritableObject[]): Language {
  const code = objects.filter(({ type }) => type === 'code');
  return code.length > 0 && code.every(isJavascript) ? 'javascript' : 'python';
}

const isJavascript = ({ runtime }: WritableObject): boolean => runtime?.language === 'javascript';

function writeCell(
  object: WritableObject,
  notebook: Language,
  shown: ObjectOutputs | null,
  blobs: ReadonlyMap<string, Uint8Array>,
): object {
  const { type, content, semantics } = object;
  const tags = usableTags(Array.isArray(semantics?.['tags']) ? semantics['tags'] : []);
  switch (type) {
    case 'code': {
      const language = isJavascript(object) ? 'javascript' : 'python';
      const { own, source } = writtenLanguage(notebook, language, textOf(content['source']));
      const parameters = object.runtime?.parameters ?? {};
      const praxis = {
        ...shown?.provenance,
        ...(own === null ? {} : { language: own }),
        ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
      };
      return {
        cell_type: 'code',
        execution_count: null,
        metadata: metadataOf(tags, praxis),
        outputs: (shown?.outputs ?? []).map((output) => writeOutput(output, shown?.provenance, blobs)),
        source: linesOf(source),
      };
    }
    case 'text': {
      const kept = tags.filter((tag) => tag !== RAW_TAG);
      const cell_type = kept.length < tags.length ? 'raw' : 'markdown';
      return { cell_type, metadata: metadataOf(kept), source: linesOf(textOf(content['markdown'])) };
    }
    case 'equation': {
      const source = linesOf(`$$\n${textOf(content['latex'])}\n$$`);
      return { cell_type: 'markdown', metadata: metadataOf(tags, { type }), source };
    }
    default: {
      // A notebook has no such cells: the object is kept as it is in a raw cell, so that nothing is lost.
      const source = linesOf(JSON.stringify(object, null, 1));
      return { cell_type: 'raw', metadata: metadataOf(tags, { type }), source };
    }
  }
}

function metadataOf(tags: readonly string[], praxis: Readonly<Record<string, unknown>> = {}): object {
  return { ...(tags.length === 0 ? {} : { tags }), ...(Object.keys(praxis).length === 0 ? {} : { praxis }) };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
