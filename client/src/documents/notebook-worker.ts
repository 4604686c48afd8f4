/**
 * The worker that reads and writes Jupyter files, so that a huge or hostile one never holds up the page. It is trusted: its script is
 * ours, and it only parses. Never to be confused with the sandbox's worker, which runs guests and is spoken to by other means.
 */
import { NotebookError, readNotebookBytes, writeNotebook } from '@praxis/wasm-runtime/notebook';
import { expose, transfer } from 'comlink';
import type { NotebookService } from './notebook-service.ts';

const service: NotebookService = {
  read(bytes) {
    try {
      return { kind: 'read', notebook: readNotebookBytes(bytes) };
    } catch (error) {
      return error instanceof NotebookError ? { kind: 'refused', message: error.message } : { kind: 'failed' };
    }
  },
  write(notebook) {
    try {
      const bytes = new TextEncoder().encode(writeNotebook(notebook));
      return transfer({ kind: 'written', bytes }, [bytes.buffer]);
    } catch {
      return { kind: 'failed' };
    }
  },
};

expose(service);
