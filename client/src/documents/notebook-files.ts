/** Jupyter files through a worker of their own each, with a bound on how long it may take and a way to stop it. */
import type { NotebookToWrite } from '@praxis/wasm-runtime/notebook';
import { transfer, wrap, type Remote } from 'comlink';
import type { Failed, NotebookService, ReadAnswer, WriteAnswer } from './notebook-service.ts';
// oxlint-disable-next-line import/default -- the bundler answers with the address of the script that it makes of the file
import workerUrl from './notebook-worker.ts?worker&url';

/** The largest file that is read takes a second or two. */
export const FILE_SECONDS = 20;

/** `late`: not done in time. `stopped`: the signal asked for it. In both cases the worker is gone. */
export type Ended = { kind: 'late' } | { kind: 'stopped' };

/** @throws DOMException when the file itself cannot be read */
export function readFile(file: Blob, signal: AbortSignal): Promise<ReadAnswer | Ended> {
  return inWorker(signal, async (service) => {
    const bytes = new Uint8Array(await file.arrayBuffer());
    return service.read(transfer(bytes, [bytes.buffer]));
  });
}

export function writeFile(notebook: NotebookToWrite, signal: AbortSignal): Promise<WriteAnswer | Ended> {
  return inWorker(signal, async (service) => service.write(notebook));
}

async function inWorker<Answer>(
  signal: AbortSignal,
  work: (service: Remote<NotebookService>) => Promise<Answer>,
): Promise<Answer | Ended | Failed> {
  const worker = startWorker();
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    return await Promise.race<Answer | Ended | Failed>([
      work(wrap<NotebookService>(worker)),
      new Promise((resolve) => {
        // A script that cannot be loaded, or an error that nobody caught: there will be no answer.
        worker.addEventListener('error', () => resolve({ kind: 'failed' }));
        worker.addEventListener('messageerror', () => resolve({ kind: 'failed' }));
        signal.addEventListener('abort', () => resolve({ kind: 'stopped' }));
        timer = setTimeout(() => resolve({ kind: 'late' }), FILE_SECONDS * 1000);
      }),
    ]);
  } finally {
    clearTimeout(timer);
    worker.terminate();
  }
}

const policy = window.trustedTypes?.createPolicy('praxis-worker', {
  // Only this one script may become a worker of the page.
  createScriptURL: (url) => (url === workerUrl ? url : refuse()),
  createHTML: refuse,
  createScript: refuse,
});

function refuse(): never {
  throw new TypeError('This policy is for the worker that reads notebook files.');
}

function startWorker(): Worker {
  const url = policy?.createScriptURL(workerUrl) ?? workerUrl;
  // Safe: the constructor takes a TrustedScriptURL where there are Trusted Types; its declaration does not know that.
  return new Worker(url as string, { type: 'module', name: 'notebook-files' });
}
