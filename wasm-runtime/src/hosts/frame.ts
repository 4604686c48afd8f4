/**
 * The script of the sandbox frame: a page of opaque origin that keeps engines' files, and starts a worker for each sandbox. It is trusted
 * as far as its own few lines; what it starts is not. What a worker could change is never given to another: workers share modules, which
 * nobody can change, and get ports, addresses and shared words of their own.
 */
import { nativeDigest } from '../run/digest.ts';
import type { FrameAsk, FrameHello, FrameStart, FromFrame, ToFrame } from './frame-messages.ts';
import { FrameWorker } from './frame-worker.ts';
import { KeptModule } from './kept-module.ts';

/** Takes the first start message of the parent page, and after that what comes on its port. */
export function serveSandboxFrame(): void {
  const listener = (event: MessageEvent<unknown>) => {
    if (event.source !== window.parent) return;
    if (isAsk(event.data)) return sayHello();
    if (!isStart(event.data)) return;
    window.removeEventListener('message', listener);
    const { script, port } = event.data;
    const workers = new Workers(script, (message) => port.postMessage(message));
    port.onmessage = (received: MessageEvent<ToFrame>) => workers.receive(received.data);
  };
  window.addEventListener('message', listener);
  sayHello();
}

function sayHello(): void {
  const hello: FrameHello = { praxis: 'sandbox-hello' };
  window.parent.postMessage(hello, '*');
}

function isAsk(data: unknown): data is FrameAsk {
  return typeof data === 'object' && data !== null && 'praxis' in data && data.praxis === 'sandbox-ask';
}

function isStart(data: unknown): data is FrameStart {
  return (
    typeof data === 'object' && data !== null && 'praxis' in data && data.praxis === 'sandbox-start' && 'script' in data
  );
}

class Workers {
  readonly #script: string;
  readonly #report: (message: FromFrame) => void;
  readonly #files = new Map<number, KeptModule>();
  readonly #workers = new Map<number, FrameWorker>();
  #reading: Promise<unknown> = Promise.resolve();
  /** The first worker, which starts while its files are on their way: a page opens a frame when it is about to need one. */
  #first: FrameWorker | undefined;
  /** Whether workers take modules; unknown until the first one runs. */
  #shared: boolean | undefined;

  constructor(script: string, report: (message: FromFrame) => void) {
    this.#script = script;
    this.#report = report;
    this.#first = this.#start(script);
  }

  #start(script: string): FrameWorker {
    const worker = new FrameWorker(script);
    void worker.shares().then(
      (shares) => this.#learn(shares),
      // Whoever opens a sandbox in it is told.
      () => undefined,
    );
    return worker;
  }

  receive(message: ToFrame): void {
    switch (message.kind) {
      case 'keep':
        this.#keep(message);
        return;
      case 'read':
        void this.#read(message);
        return;
      case 'open':
        void this.#open(message);
        return;
      case 'give':
        void this.#give(message);
        return;
      case 'interrupt':
        this.#workers.get(message.sandbox)?.interrupt(message.index);
        return;
      case 'close':
        this.#workers.get(message.sandbox)?.end();
        this.#workers.delete(message.sandbox);
        this.#report({ kind: 'closed', sandbox: message.sandbox });
    }
  }

  async #open({ sandbox, session, glue }: ToFrame & { kind: 'open' }): Promise<void> {
    const fail = (detail: string) => this.#fail(sandbox, detail);
    try {
      const worker = this.#worker(glue);
      this.#workers.set(sandbox, worker);
      this.#report({ kind: 'opened', sandbox, interruptible: await worker.begin(session, fail) });
    } catch (error) {
      fail(messageOf(error));
    }
  }

  #worker(glue: string | undefined): FrameWorker {
    if (glue !== undefined) return this.#start(`${glue}\n;\n${this.#script}`);
    const worker = this.#first ?? this.#start(this.#script);
    this.#first = undefined;
    return worker;
  }

  #file(number: number): KeptModule {
    const file = this.#files.get(number) ?? new KeptModule();
    this.#files.set(number, file);
    return file;
  }

  #keep({ file, bytes, form }: ToFrame & { kind: 'keep' }): void {
    try {
      this.#file(file).take(bytes, form, this.#shared);
    } catch {
      this.#report({ kind: 'refused', file });
    }
  }

  async #read({ file, form, blob, digest }: ToFrame & { kind: 'read' }): Promise<void> {
    const kept = this.#file(file);
    try {
      // One after the other: the module comes first, and is compiled on other threads while the rest is read.
      const reading = this.#reading.then(() => blob.arrayBuffer());
      this.#reading = reading.catch(() => undefined);
      const bytes = new Uint8Array(await reading);
      if ((await nativeDigest(bytes)) !== digest) throw new TypeError('frame: the file is another one');
      kept.take(bytes, form, this.#shared);
    } catch {
      this.#report({ kind: 'refused', file });
    }
  }

  async #give({ sandbox, as, engine, files }: ToFrame & { kind: 'give' }): Promise<void> {
    const kept = Object.entries(files).map(([role, number]) => [role, this.#file(number)] as const);
    try {
      await this.#workers.get(sandbox)?.give({ kind: as, engine, files: Object.fromEntries(kept) });
    } catch (error) {
      this.#fail(sandbox, messageOf(error));
    }
  }

  #learn(shares: boolean): void {
    if (this.#shared === shares) return;
    this.#shared = shares;
    for (const file of this.#files.values()) file.settle(shares);
  }

  /** Once: a sandbox that failed or was closed is not there any more. */
  #fail(sandbox: number, detail: string): void {
    const worker = this.#workers.get(sandbox);
    this.#workers.delete(sandbox);
    worker?.end();
    this.#report({ kind: 'failed', sandbox, detail });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
