/** Sandboxes in browsers: a worker inside a frame of opaque origin. Runs in the application's page, which is trusted. */
import { RunFailure } from '../run/failure.ts';
import { fetchText } from './fetch.ts';
import type { FrameHello, FrameReport, FrameRequest, FrameStart } from './frame.ts';
import type { ExitReason, Host, SandboxConnection, ToSandbox } from './protocol.ts';

export { keptSnapshots, type KeptSnapshots } from './kept-snapshots.ts';
export { fetchedEnvironments, type FetchedEnvironmentsOptions } from './fetched-environments.ts';

export interface BrowserHostOptions {
  /** The page `frames/sandbox`, with its own headers. */
  frameUrl: string;
  /** The bundled worker script. */
  workerUrl: string;
  /** Where frames are put; default: the document's body. */
  parent?: HTMLElement;
}

const FRAME_START_LIMIT_MS = 30_000;

export function createBrowserHost(options: BrowserHostOptions): Host {
  let script: Promise<string> | undefined;
  const workerScript = () => {
    script ??= fetchText(options.workerUrl);
    script.catch(() => (script = undefined));
    return script;
  };
  return {
    name: browserName(),
    async open({ glue }) {
      const [worker, frame] = await Promise.all([workerScript(), openFrame(options)]);
      return new FrameConnection(frame, glue ? `${new TextDecoder().decode(glue)}\n;\n${worker}` : worker);
    },
  };
}

/** A hidden frame that has said hello. */
function openFrame({ frameUrl, parent = document.body }: BrowserHostOptions): Promise<HTMLIFrameElement> {
  const frame = document.createElement('iframe');
  frame.setAttribute('sandbox', 'allow-scripts');
  frame.allow = 'cross-origin-isolated';
  frame.hidden = true;
  frame.title = 'Sandbox';
  frame.src = frameUrl;
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
        resolve(frame);
      }
    };
    // Its script runs before its load event, so both are awaited: a load after that is another page.
    let greeted = false;
    let loaded = false;
    const hello = (event: MessageEvent<unknown>) => {
      if (event.source !== frame.contentWindow || !isHello(event.data)) return;
      greeted = true;
      if (loaded) finish();
    };
    window.addEventListener('message', hello);
    frame.addEventListener(
      'load',
      () => {
        loaded = true;
        if (greeted) finish();
      },
      { once: true },
    );
    parent.append(frame);
  });
}

function isHello(data: unknown): data is FrameHello {
  return typeof data === 'object' && data !== null && 'praxis' in data && data.praxis === 'sandbox-hello';
}

class FrameConnection implements SandboxConnection {
  readonly #frame: HTMLIFrameElement;
  readonly #session: MessagePort;
  readonly #control: MessagePort;
  #interruptible = false;
  #onExit: ((reason: ExitReason) => void) | undefined;
  #closed = false;

  constructor(frame: HTMLIFrameElement, script: string) {
    this.#frame = frame;
    const session = new MessageChannel();
    const control = new MessageChannel();
    this.#session = session.port1;
    this.#control = control.port1;
    // The frame's own script has this port, and never gives it to the worker.
    this.#control.onmessage = ({ data }: MessageEvent<FrameReport>) => {
      if (data.kind === 'interruptible') this.#interruptible = true;
      else this.#exit(String(data.detail).slice(0, 300));
    };
    // A second load means that something navigated the frame: nothing of it can be trusted to be ours any more.
    frame.addEventListener('load', () => this.#exit('the sandbox frame was loaded anew'));
    const start: FrameStart = { praxis: 'sandbox-start', script, session: session.port2, control: control.port2 };
    // The frame's origin is opaque, so no origin can be named; its window is known, and the message holds no secret.
    frame.contentWindow?.postMessage(start, '*', [session.port2, control.port2]);
  }

  send(message: ToSandbox): void {
    if (this.#closed) return;
    // Copying here and giving the copy away is twice as fast as letting the browser clone.
    const given = withCopies(message);
    this.#session.postMessage(given.message, given.buffers);
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#session.onmessage = (event: MessageEvent<unknown>) => listener(event.data);
  }

  onExit(listener: (reason: ExitReason) => void): void {
    this.#onExit = listener;
  }

  interrupt(index: number): boolean {
    if (this.#closed || !this.#interruptible) return false;
    const request: FrameRequest = { interrupt: index };
    this.#control.postMessage(request);
    return true;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#session.close();
    this.#control.close();
    // Removing the frame ends its worker, whatever it does.
    this.#frame.remove();
  }

  #exit(detail: string): void {
    if (this.#closed) return;
    this.close();
    this.#onExit?.({ cause: 'crash', detail });
  }
}

/** The message with its environment's files as copies of their own, and the buffers of those. */
function withCopies(message: ToSandbox): { message: ToSandbox; buffers: ArrayBuffer[] } {
  const buffers: ArrayBuffer[] = [];
  const copy = (bytes: Uint8Array): Uint8Array => {
    const copied = new Uint8Array(bytes);
    buffers.push(copied.buffer);
    return copied;
  };
  switch (message.kind) {
    case 'load': {
      const { module, snapshot, image } = message.files;
      const files = { module: copy(module), snapshot: copy(snapshot), ...(image ? { image: copy(image) } : {}) };
      return { message: { ...message, files }, buffers };
    }
    case 'make':
      return {
        message: { ...message, files: { module: copy(message.files.module), image: copy(message.files.image) } },
        buffers,
      };
    case 'late':
      return { message: { ...message, bytes: copy(message.bytes) }, buffers };
    default:
      return { message, buffers };
  }
}

function browserName(): string {
  const match = /(Firefox|Edg|Chrome|Version)\/(\d+)/.exec(navigator.userAgent);
  const names: Record<string, string> = { Firefox: 'firefox', Edg: 'edge', Chrome: 'chromium', Version: 'safari' };
  return match ? `${names[match[1] ?? ''] ?? 'browser'}-${match[2]}` : 'browser';
}
