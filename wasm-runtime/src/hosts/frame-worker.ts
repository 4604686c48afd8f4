/** A worker of the sandbox frame: one sandbox, which is not trusted. Nothing that it says is read, only that it says something. */
import type { WorkerFiles, WorkerStart } from './frame-messages.ts';
import { askToStop, createInterruptFlag, type InterruptFlag } from './interrupts.ts';
import type { KeptModule } from './kept-module.ts';

/** How a worker runs that has started: whether it shares memory with the frame. */
interface Running {
  worker: Worker;
  interrupts: InterruptFlag | null;
  shares: boolean;
}

const NOT_STARTED = 'the worker could not start';

export class FrameWorker {
  readonly #running: Promise<Running>;
  #worker: Worker | undefined;
  #ended = false;
  #interrupts: InterruptFlag | null = null;
  #onError: ((detail: string) => void) | undefined;
  /** What went wrong while nobody listened. */
  #failure: string | undefined;

  /** Starts it, with nothing of a sandbox in it yet. */
  constructor(script: string) {
    this.#running = this.#start(script);
    // Whoever opens a sandbox in it is told.
    this.#running.catch(() => undefined);
  }

  /** Whether modules can be given to it. Rejects when it did not start. */
  async shares(): Promise<boolean> {
    return (await this.#running).shares;
  }

  /**
   * Its sandbox begins, which talks to the page on `session`.
   * @param onError told when the worker's script fails
   * @returns whether it can be interrupted. Rejects when it did not start
   */
  async begin(session: MessagePort, onError: (detail: string) => void): Promise<boolean> {
    const { worker, interrupts } = await this.#running;
    if (this.#failure !== undefined) throw new Error(this.#failure);
    this.#onError = onError;
    this.#interrupts = interrupts;
    const start: WorkerStart = { port: session, ...(interrupts ? { interrupts } : {}) };
    worker.postMessage(start, [session]);
    return interrupts !== null;
  }

  /** After `begin`. Rejects when one of the files is no module. */
  async give({
    files,
    ...message
  }: Omit<WorkerFiles, 'files'> & { files: Readonly<Record<string, KeptModule>> }): Promise<void> {
    const { worker, shares } = await this.#running;
    const given = Object.entries(files).map(async ([role, file]) => [role, await file.given(shares)] as const);
    const here = await Promise.all(given);
    // Bytes are this worker's own, and not copied again.
    const own = here.flatMap(([, file]) => (file instanceof Uint8Array ? [file.buffer] : []));
    worker.postMessage({ ...message, files: Object.fromEntries(here) } satisfies WorkerFiles, own);
  }

  interrupt(index: number): void {
    if (this.#interrupts) askToStop(this.#interrupts, index);
  }

  /** At once, whatever it does. */
  end(): void {
    this.#ended = true;
    this.#worker?.terminate();
  }

  async #start(script: string): Promise<Running> {
    // WebKit says that such a frame is isolated, and gives it no shared memory.
    const interrupts = crossOriginIsolated && 'SharedArrayBuffer' in globalThis ? createInterruptFlag() : null;
    // An address of its own: a worker could take back one that it shared with the workers after it.
    const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
    try {
      const worker = await this.#open(url);
      if (worker) return { worker, interrupts, shares: true };
    } finally {
      URL.revokeObjectURL(url);
    }
    // WebKit (seen in WebKitGTK 2.50) loads no blob into a worker of an opaque origin under an embedder policy. A worker from
    // a data URL has another origin, and shares no memory with the frame.
    const worker = await this.#open(`data:text/javascript;charset=utf-8,${encodeURIComponent(script)}`);
    if (!worker) throw new Error(NOT_STARTED);
    return { worker, interrupts: null, shares: false };
  }

  /** @returns the worker when its script runs, and null when it was not even loaded. Rejects with what the script fails with */
  #open(url: string): Promise<Worker | null> {
    return new Promise((resolve, reject) => {
      if (this.#ended) throw new Error('the worker was ended');
      const worker = new Worker(url, { name: 'praxis' });
      this.#worker = worker;
      let runs = false;
      const hello = () => {
        runs = true;
        resolve(worker);
      };
      worker.addEventListener('message', hello, { once: true });
      worker.addEventListener('error', ({ message }) => {
        const detail = message || NOT_STARTED;
        // An error of the script has a message; a script that was not even loaded has none.
        if (!runs) return message ? reject(new Error(detail)) : resolve(null);
        if (this.#onError) this.#onError(detail);
        else this.#failure = detail;
      });
    });
  }
}
