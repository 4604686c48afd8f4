/** Jupyter files in and out of the page. */
import { messageOf } from '../api/problems.ts';
import { notify, notifyError } from '../design/toast.tsx';
import { exportNotebook } from '../notebook/ipynb-export.ts';
import { importNotebook, MAX_NOTEBOOK_BYTES, NotebookImportError } from '../notebook/ipynb-import.ts';
import { newId } from '../notebook/identifiers.ts';
import { allRuns, cells, openNotebook, title } from '../notebook/store.ts';
import { downloadBytes } from '../outputs/blob-url.ts';

export interface FileTarget {
  /** Makes room: the open document is left as it is, and the file goes to the scratch notebook. */
  makeRoom(): Promise<void>;
}

/** Asks for a file and opens it. */
export function pickNotebook(target: FileTarget): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.accept = '.ipynb,application/x-ipynb+json,application/json';
  input.addEventListener('change', () => {
    const file = input.files?.[0];
    if (file !== undefined) void openNotebookFile(file, target);
  });
  input.click();
}

/** Reads a file; one that cannot be read changes nothing. */
export async function openNotebookFile(file: File, target: FileTarget): Promise<void> {
  try {
    if (file.size > MAX_NOTEBOOK_BYTES) throw new NotebookImportError('The file is larger than 32 MB.');
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer());
    const imported = importNotebook(text, newId);
    await target.makeRoom();
    const before = { title: title.peek(), cells: cells.peek(), runs: allRuns() };
    openNotebook({ title: imported.title ?? file.name.replace(/\.ipynb$/i, ''), cells: imported.cells });
    const summary = [`Opened ${file.name}.`, ...imported.notes].join(' ');
    notify(summary, { label: 'Undo', run: () => openNotebook(before) }, true);
  } catch (error) {
    const reason = error instanceof TypeError ? 'The file is not UTF-8 text.' : messageOf(error);
    notifyError(`${file.name} was not opened. ${reason}`);
  }
}

export function downloadNotebook(): void {
  const runs = allRuns();
  const text = exportNotebook(title.peek(), cells.peek(), (id) => {
    const run = runs.get(id);
    return run?.phase === 'done' ? run : null;
  });
  downloadBytes(`${fileName(title.peek())}.ipynb`, 'application/x-ipynb+json', text);
}

/** A title as a file name that every system takes. */
function fileName(from: string): string {
  const safe = from
    .normalize('NFC')
    .replace(/[^\p{L}\p{N} ._-]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .replace(/^[ .]+|[ .]+$/g, '')
    .slice(0, 80);
  return safe === '' ? 'notebook' : safe;
}
