/** From a file that a person has to the steps of a program. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ProgramStep } from '@praxis/wasm-runtime';
import { NotebookError, readNotebookBytes } from '@praxis/wasm-runtime/notebook';
import { UsageError } from './exit-codes.ts';

export interface ProgramFile {
  steps: ProgramStep[];
  /** What was changed or left out of a notebook, for people. */
  warnings: string[];
}

const LANGUAGES: Readonly<Record<string, ProgramStep['language']>> = {
  '.py': 'python',
  '.js': 'javascript',
  '.mjs': 'javascript',
};

/** Reads `.py`, `.js` and `.ipynb`. @throws UsageError */
export async function readProgramFile(file: string): Promise<ProgramFile> {
  const extension = path.extname(file).toLowerCase();
  if (!Object.hasOwn(LANGUAGES, extension) && extension !== '.ipynb') {
    throw new UsageError(`${file}: expected a file that ends in .py, .js or .ipynb`);
  }
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new UsageError(`cannot read ${file}: ${error instanceof Error ? error.message : 'unknown error'}`);
  });
  const language = LANGUAGES[extension];
  if (language === undefined) return notebookSteps(bytes, file);
  try {
    const source = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { steps: [step(path.basename(file), language, source)], warnings: [] };
  } catch {
    throw new UsageError(`${file} is not text in UTF-8`);
  }
}

function notebookSteps(bytes: Uint8Array, file: string): ProgramFile {
  try {
    const { objects, notes } = readNotebookBytes(bytes);
    const steps = objects.flatMap(({ id, content, runtime }) =>
      'source' in content && content.source.trim() !== ''
        ? [step(id, runtime?.language ?? 'python', content.source, runtime?.parameters)]
        : [],
    );
    // A run makes the outputs itself: that the stored ones are not looked at goes without saying.
    const warnings = notes.filter(({ kind }) => kind !== 'outputs').map(({ sentence }) => sentence);
    return { steps, warnings };
  } catch (error) {
    if (error instanceof NotebookError) throw new UsageError(`${file}: ${error.message}`);
    throw error;
  }
}

function step(
  object_id: string,
  language: ProgramStep['language'],
  source: string,
  parameters: ProgramStep['parameters'] = {},
): ProgramStep {
  return { object_id, language, source, parameters, events: [] };
}
