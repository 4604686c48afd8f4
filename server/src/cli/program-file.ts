/** From a file that a person has to the steps of a program. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ProgramStep } from '@praxis/wasm-runtime';
import { NotebookError, readNotebook } from '../documents/ipynb.ts';
import { UsageError } from './exit-codes.ts';

export interface ProgramFile {
  steps: ProgramStep[];
  /** What was left out of a notebook, for people. */
  warnings: string[];
}

/** Reads `.py`, `.js` and `.ipynb`. @throws UsageError */
export async function readProgramFile(file: string): Promise<ProgramFile> {
  let source: string;
  try {
    source = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (error) {
    const missing = error instanceof Error && 'code' in error;
    throw new UsageError(missing ? `cannot read ${file}: ${error.message}` : `${file} is not text in UTF-8`);
  }
  const name = path.basename(file);
  switch (path.extname(file).toLowerCase()) {
    case '.py':
      return { steps: [step(name, 'python', source)], warnings: [] };
    case '.js':
    case '.mjs':
      return { steps: [step(name, 'javascript', source)], warnings: [] };
    case '.ipynb':
      return notebookSteps(source, file);
    default:
      throw new UsageError(`${file}: expected a file that ends in .py, .js or .ipynb`);
  }
}

function notebookSteps(text: string, file: string): ProgramFile {
  try {
    const { objects, warnings } = readNotebook(text);
    const steps = objects.flatMap(({ id, content, runtime }) =>
      'source' in content && content.source.trim() !== ''
        ? [step(id, runtime?.language ?? 'python', content.source)]
        : [],
    );
    return { steps, warnings };
  } catch (error) {
    if (error instanceof NotebookError) throw new UsageError(`${file}: ${error.message}`);
    throw error;
  }
}

function step(object_id: string, language: ProgramStep['language'], source: string): ProgramStep {
  return { object_id, language, source, parameters: {}, events: [] };
}
