/** Sandboxes in browsers: a worker each, behind a frame of opaque origin. Runs in the application's page, which is trusted. */
import { holdingModule } from '../engines/given.ts';
import { snapshotModule } from '../engines/snapshot.ts';
import { fetchText } from './fetch.ts';
import type { ExitReason, Host, SandboxConnection, ToSandbox } from './protocol.ts';
import { SandboxFrame, type FrameOptions } from './sandbox-frame.ts';

export { keptSnapshots, type KeptSnapshots } from './kept-snapshots.ts';
export { fetchedEnvironments, type FetchedEnvironmentsOptions } from './fetched-environments.ts';

export interface BrowserHostOptions extends FrameOptions {
  /** The bundled worker script. */
  workerUrl: string;
}

export function createBrowserHost(options: BrowserHostOptions): Host {
  let frame: Promise<SandboxFrame> | undefined;
  const openFrame = () => {
    const forget = () => (frame = undefined);
    const opening = SandboxFrame.open(options, fetchText(options.workerUrl), forget);
    opening.catch(forget);
    return opening;
  };
  return {
    name: browserName(),
    keepsFiles: true,
    async open({ glue }) {
      frame ??= openFrame();
      return new FrameConnection(await frame, glue && new TextDecoder().decode(glue));
    },
  };
}

/** How the frame keeps each file of an engine: as the module that it is, or in one that holds it. */
const AS_MODULE = {
  // A copy, which is given away.
  module: (file: Uint8Array) => new Uint8Array(file),
  snapshot: snapshotModule,
  image: (bytes: Uint8Array) => holdingModule({ bytes }),
  late: (bytes: Uint8Array) => holdingModule({ bytes }),
} as const;

class FrameConnection implements SandboxConnection {
  readonly #frame: SandboxFrame;
  readonly #sandbox: number;
  readonly #session: MessagePort;
  #interruptible = false;
  #onExit: ((reason: ExitReason) => void) | undefined;
  #closed = false;

  constructor(frame: SandboxFrame, glue: string | undefined) {
    this.#frame = frame;
    const { port1, port2 } = new MessageChannel();
    this.#session = port1;
    const listener = {
      interruptible: () => void (this.#interruptible = true),
      ended: (detail: string) => this.#exit(detail.slice(0, 300)),
    };
    this.#sandbox = frame.open(port2, listener, glue);
  }

  send(message: ToSandbox): void {
    if (this.#closed) return;
    if (message.kind === 'load' || message.kind === 'make') {
      const { kind, engine, files } = message;
      this.#frame.give({ sandbox: this.#sandbox, as: kind, engine, files: this.#keep(files) });
    } else if (message.kind === 'late') {
      // Copying here and giving the copy away is twice as fast as letting the browser clone.
      const bytes = new Uint8Array(message.bytes);
      this.#session.postMessage({ ...message, bytes }, [bytes.buffer]);
    } else this.#session.postMessage(message);
  }

  /** The numbers under which the frame has these files. */
  #keep(files: Partial<Record<keyof typeof AS_MODULE, Uint8Array>>): Record<string, number> {
    const numbers: Record<string, number> = {};
    for (const role of ['module', 'snapshot', 'image', 'late'] as const) {
      const file = files[role];
      if (file) numbers[role] = this.#frame.keep(file, AS_MODULE[role]);
    }
    return numbers;
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#session.onmessage = (event: MessageEvent<unknown>) => listener(event.data);
  }

  onExit(listener: (reason: ExitReason) => void): void {
    this.#onExit = listener;
  }

  interrupt(index: number): boolean {
    if (this.#closed || !this.#interruptible) return false;
    this.#frame.interrupt(this.#sandbox, index);
    return true;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#session.close();
    this.#frame.close(this.#sandbox);
  }

  #exit(detail: string): void {
    if (this.#closed) return;
    this.close();
    this.#onExit?.({ cause: 'crash', detail });
  }
}

function browserName(): string {
  const match = /(Firefox|Edg|Chrome|Version)\/(\d+)/.exec(navigator.userAgent);
  const names: Record<string, string> = { Firefox: 'firefox', Edg: 'edge', Chrome: 'chromium', Version: 'safari' };
  return match ? `${names[match[1] ?? ''] ?? 'browser'}-${match[2]}` : 'browser';
}
