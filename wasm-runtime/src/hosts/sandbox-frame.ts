/**
 * The page's side of its sandbox frame: one hidden frame of opaque origin, which lasts, keeps engines' files, and starts a worker for each
 * sandbox. The page is trusted, the frame's own script is, and its workers are not.
 */
import type { FileBytes, UnreadFile } from '../environment/file-bytes.ts';
import { RunFailure } from '../run/failure.ts';
import type { FileForm, FrameAsk, FrameHello, FrameStart, FromFrame, ToFrame } from './frame-messages.ts';

export interface FrameOptions {
  /** The page `frames/sandbox`, with its own headers. */
  frameUrl: string;
  /** Where the frame is put; default: the document's body. */
  parent?: HTMLElement;
  /** Id of a frame that the page's HTML has, with the attributes of one that is made here: taken before any is made. */
  firstFrame?: string;
}

/** What the page is told of one sandbox. */
export interface SandboxListener {
  opened(interruptible: boolean): void;
  /** Once: it is gone. */
  ended(detail: string): void;
}

const FRAME_START_LIMIT_MS = 30_000;
/** A frame that does not even end a worker within this time is held up by one of them, and goes with all of them. */
const CLOSE_LIMIT_MS = 2_000;
/** A frame that starts no worker within this time has died, or will not. */
const OPEN_LIMIT_MS = 30_000;

const NO_ANSWER = 'the sandbox frame did not answer; run again, or reload the page';

export class SandboxFrame {
  readonly #frame: HTMLIFrameElement;
  readonly #port: MessagePort;
  readonly #onGone: () => void;
  readonly #numbers = new WeakMap<FileBytes, number>();
  readonly #unread = new Map<number, { file: UnreadFile; form: FileForm }>();
  readonly #sandboxes = new Map<number, SandboxListener>();
  /** The frame has to answer before these run out. */
  readonly #opening = new Map<number, ReturnType<typeof setTimeout>>();
  readonly #closing = new Map<number, ReturnType<typeof setTimeout>>();
  #lastFile = 0;
  #lastSandbox = 0;
  #gone = false;

  /**
   * @param onGone told when the frame is of no further use; another one can be opened
   * @throws RunFailure HOST_FAILED, and whatever `script` is rejected with
   */
  static async open(options: FrameOptions, script: Promise<string>, onGone: () => void): Promise<SandboxFrame> {
    // Whoever waits for it is told once the frame is there.
    script.catch(() => undefined);
    const opened = await openFrame(options);
    try {
      return new SandboxFrame(opened, await script, onGone);
    } catch (error) {
      opened.frame.remove();
      throw error;
    }
  }

  private constructor({ frame, hasLoaded }: OpenedFrame, script: string, onGone: () => void) {
    this.#frame = frame;
    this.#onGone = onGone;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    // The frame's own script has the other port, and never gives it to a worker.
    port1.onmessage = ({ data }: MessageEvent<FromFrame>) => this.#receive(data);
    // Its script runs before its load event. A second load means that something navigated the frame: nothing of it can be trusted
    // to be ours any more.
    let loads = hasLoaded() ? 1 : 0;
    frame.addEventListener('load', () => {
      if (++loads > 1) this.#end('the sandbox frame was loaded anew');
    });
    const start: FrameStart = { praxis: 'sandbox-start', script, port: port2 };
    // The frame's origin is opaque, so no origin can be named; its window is known, and the message holds no secret.
    frame.contentWindow?.postMessage(start, '*', [port2]);
  }

  /**
   * The number under which the frame has a file. It is sent there once.
   * @param file which nobody changes any more
   */
  keep(file: FileBytes, form: FileForm): number {
    const known = this.#numbers.get(file);
    if (known !== undefined) return known;
    const number = ++this.#lastFile;
    this.#numbers.set(file, number);
    if (file instanceof Uint8Array) this.#sendBytes(number, form, file);
    else {
      this.#unread.set(number, { file, form });
      this.#send({ kind: 'read', file: number, form, blob: file.blob, digest: file.digest });
    }
    return number;
  }

  #sendBytes(file: number, form: FileForm, checked: Uint8Array): void {
    // Copying here and giving the copy away is twice as fast as letting the browser clone.
    const bytes = new Uint8Array(checked);
    this.#send({ kind: 'keep', file, form, bytes }, [bytes.buffer]);
  }

  /** What the frame could not read is read here. Without it, no sandbox that waits for it can go on. */
  async #sendRefused(number: number): Promise<void> {
    const refused = this.#unread.get(number);
    if (!refused)
      return this.#end('the sandbox frame has no room for the files of the engine; close other tabs and run again');
    this.#unread.delete(number);
    try {
      this.#sendBytes(number, refused.form, await refused.file.bytes());
    } catch (error) {
      this.#end(error instanceof RunFailure ? error.message : 'a file of the environment could not be read');
    }
  }

  /** A worker of its own for a new sandbox. @returns the sandbox's number */
  open(session: MessagePort, listener: SandboxListener, glue: string | undefined): number {
    const sandbox = ++this.#lastSandbox;
    this.#sandboxes.set(sandbox, listener);
    this.#opening.set(
      sandbox,
      setTimeout(() => this.#end(NO_ANSWER), OPEN_LIMIT_MS),
    );
    this.#send({ kind: 'open', sandbox, session, ...(glue === undefined ? {} : { glue }) }, [session]);
    return sandbox;
  }

  give(message: Omit<ToFrame & { kind: 'give' }, 'kind'>): void {
    this.#send({ kind: 'give', ...message });
  }

  interrupt(sandbox: number, index: number): void {
    this.#send({ kind: 'interrupt', sandbox, index });
  }

  /** Ends the sandbox's worker, whatever it does. */
  close(sandbox: number): void {
    if (this.#gone || !this.#sandboxes.delete(sandbox)) return;
    this.#answered(this.#opening, sandbox);
    this.#closing.set(
      sandbox,
      // Removing the frame ends all of its workers.
      setTimeout(() => this.#end(NO_ANSWER), CLOSE_LIMIT_MS),
    );
    this.#send({ kind: 'close', sandbox });
  }

  #send(message: ToFrame, transfer: Transferable[] = []): void {
    if (!this.#gone) this.#port.postMessage(message, transfer);
  }

  #receive(message: FromFrame): void {
    if (message.kind === 'refused') return void this.#sendRefused(message.file);
    const { sandbox } = message;
    switch (message.kind) {
      case 'closed':
        this.#answered(this.#closing, sandbox);
        return;
      case 'opened':
        this.#answered(this.#opening, sandbox);
        this.#sandboxes.get(sandbox)?.opened(message.interruptible);
        return;
      case 'failed': {
        this.#answered(this.#opening, sandbox);
        const listener = this.#sandboxes.get(sandbox);
        this.#sandboxes.delete(sandbox);
        listener?.ended(message.detail);
        // What failed may be the frame's, such as a file that it could not compile: the next sandbox gets another one.
        if (this.#sandboxes.size === 0) this.#end(message.detail);
      }
    }
  }

  #answered(waiting: Map<number, ReturnType<typeof setTimeout>>, sandbox: number): void {
    clearTimeout(waiting.get(sandbox));
    waiting.delete(sandbox);
  }

  #end(detail: string): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#port.close();
    this.#frame.remove();
    for (const timer of [...this.#opening.values(), ...this.#closing.values()]) clearTimeout(timer);
    this.#onGone();
    for (const listener of this.#sandboxes.values()) listener.ended(detail);
    this.#sandboxes.clear();
  }
}

/** A hidden frame that has said hello. */
interface OpenedFrame {
  frame: HTMLIFrameElement;
  hasLoaded(): boolean;
}

async function openFrame(options: FrameOptions): Promise<OpenedFrame> {
  const frame = (await firstFrame(options)) ?? newFrame(options);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => finish(new RunFailure('HOST_FAILED', 'the sandbox frame did not load; check the connection and try again')),
      FRAME_START_LIMIT_MS,
    );
    const finish = (failure?: RunFailure) => {
      clearTimeout(timer);
      window.removeEventListener('message', hello);
      if (failure) {
        frame.remove();
        reject(failure);
      } else {
        resolve({ frame, hasLoaded: () => loaded });
      }
    };
    let loaded = false;
    const hello = (event: MessageEvent<unknown>) => {
      if (event.source !== frame.contentWindow || !isHello(event.data)) return;
      finish();
    };
    window.addEventListener('message', hello);
    frame.addEventListener('load', () => (loaded = true), { once: true });
    // A script that begins before the page's body is there has only the document to put it into.
    if (!frame.isConnected)
      (options.parent ?? (document.body as HTMLElement | null) ?? document.documentElement).append(frame);
    // One that has been there may have said hello before anybody listened. It has no origin that could be named.
    else frame.contentWindow?.postMessage({ praxis: 'sandbox-ask' } satisfies FrameAsk, '*');
  });
}

function newFrame({ frameUrl }: FrameOptions): HTMLIFrameElement {
  const frame = document.createElement('iframe');
  frame.setAttribute('sandbox', 'allow-scripts');
  frame.allow = 'cross-origin-isolated';
  frame.hidden = true;
  frame.title = 'Sandbox';
  frame.src = frameUrl;
  return frame;
}

/**
 * The frame of the page's HTML, once. Whether it has loaded nobody can say, so its first load that is seen counts as the only one: until it
 * is given a port it does nothing, and what would take its place later would have none.
 */
async function firstFrame({ firstFrame }: FrameOptions): Promise<HTMLIFrameElement | null> {
  if (firstFrame === undefined) return null;
  const find = () => document.querySelector<HTMLIFrameElement>(`iframe#${firstFrame}`);
  // A script that waits for nothing may run before the page's body is there.
  if (!find() && document.readyState === 'loading')
    await new Promise((resolve) => document.addEventListener('DOMContentLoaded', resolve, { once: true }));
  const frame = find();
  frame?.removeAttribute('id');
  return frame;
}

function isHello(data: unknown): data is FrameHello {
  return typeof data === 'object' && data !== null && 'praxis' in data && data.praxis === 'sandbox-hello';
}
