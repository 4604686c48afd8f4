/** Jupyter files in and out of the page. */
import { MAX_NOTEBOOK_BYTES } from '@praxis/wasm-runtime/notebook';
import { messageOf } from '../api/problems.ts';
import { notify, notifyError } from '../design/toast.tsx';
import { fromObject, toObject } from '../notebook/cell.ts';
import { allRuns, cells, environment, openNotebook, title } from '../notebook/store.ts';
import { downloadBytes } from '../outputs/blob-url.ts';
import { FILE_SECONDS, readFile, writeFile, type Ended } from './notebook-files.ts';
import type { Failed, ReadAnswer } from './notebook-service.ts';

export interface FileTarget {
  /** Makes room: the open document is left as it is, and the file goes to the scratch notebook. */
  makeRoom(): Promise<void>;
}

/** Work that takes longer says so and can be cancelled. */
const NOTICE_AFTER_MS = 500;

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

/** The file that is being read; another one takes its place. */
let reading: AbortController | null = null;

/** Reads a file; one that cannot be read changes nothing. */
export async function openNotebookFile(file: File, target: FileTarget): Promise<void> {
  reading?.abort('Another file was opened instead.');
  const own = new AbortController();
  reading = own;
  try {
    const answer = await withNotice(`Reading ${file.name} …`, own, () => readWithin(file, own.signal));
    if (answer.kind !== 'read') {
      const tell = answer.kind === 'stopped' ? notify : notifyError;
      tell(`${file.name} was not opened. ${reasonOf(answer, own.signal)}`);
      return;
    }
    const { objects, notes, title: stored } = answer.notebook;
    await target.makeRoom();
    const before = {
      title: title.peek(),
      cells: cells.peek(),
      runs: allRuns(),
      environment: environment.peek(),
    };
    openNotebook({ title: stored ?? file.name.replace(/\.ipynb$/i, ''), cells: objects.map(fromObject) });
    const summary = [`Opened ${file.name}.`, ...notes.map(({ sentence }) => sentence)].join(' ');
    notify(summary, { label: 'Undo', run: () => openNotebook(before) }, true);
  } catch (error) {
    notifyError(`${file.name} was not opened. ${messageOf(error)}`);
  } finally {
    if (reading === own) reading = null;
  }
}

async function readWithin(file: File, signal: AbortSignal): Promise<ReadAnswer | Ended> {
  if (file.size <= MAX_NOTEBOOK_BYTES) return readFile(file, signal);
  // The reader would say so, too, but only after the page had read the whole file.
  const limit = `${MAX_NOTEBOOK_BYTES / (1024 * 1024)} MB`;
  return {
    kind: 'refused',
    message: `The file is larger than ${limit}. Clear its outputs in Jupyter and save it again.`,
  };
}

function reasonOf(answer: { kind: 'refused'; message: string } | Ended | Failed, signal: AbortSignal): string {
  switch (answer.kind) {
    case 'refused':
      return answer.message;
    case 'stopped':
      return String(signal.reason);
    case 'late':
      return `It took longer than ${FILE_SECONDS} s. Clear the notebook’s outputs in Jupyter and try again.`;
    case 'failed':
      return 'That failed, perhaps for want of memory. Close other pages and try again.';
  }
}

/** Offers the open notebook with the outputs that it shows as a file. */
export async function downloadNotebook(): Promise<void> {
  const own = new AbortController();
  const name = `${fileName(title.peek())}.ipynb`;
  const runs = new Map([...allRuns()].filter(([, run]) => run.phase === 'done'));
  const notebook = {
    title: title.peek(),
    objects: cells.peek().map((cell) => toObject(cell)),
    outputs: new Map([...runs].map(([id, { outputs }]) => [id, { outputs }])),
    blobs: new Map([...runs.values()].flatMap(({ blobs }) => [...blobs])),
  };
  try {
    const answer = await withNotice(`Writing ${name} …`, own, () => writeFile(notebook, own.signal));
    if (answer.kind === 'written') downloadBytes(name, 'application/x-ipynb+json', answer.bytes);
    else notifyError(`${name} was not written. ${reasonOf(answer, own.signal)}`);
  } catch (error) {
    notifyError(`${name} was not written. ${messageOf(error)}`);
  }
}

async function withNotice<T>(text: string, controller: AbortController, work: () => Promise<T>): Promise<T> {
  let close = (): void => undefined;
  const timer = setTimeout(() => {
    close = notify(text, { label: 'Cancel', run: () => controller.abort('It was cancelled.') }, true);
  }, NOTICE_AFTER_MS);
  try {
    return await work();
  } finally {
    clearTimeout(timer);
    close();
  }
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
