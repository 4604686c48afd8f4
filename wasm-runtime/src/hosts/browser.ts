/** Sandboxes in browsers: a worker each, behind a frame of opaque origin. Runs in the application's page, which is trusted. */
import type { FileBytes } from '../environment/file-bytes.ts';
import { fetchText } from './fetch.ts';
import type { ExitReason, Host, SandboxConnection, ToSandbox } from './protocol.ts';
import { SandboxFrame, type FrameOptions } from './sandbox-frame.ts';

export { keptFiles, type KeptFiles } from './kept-files.ts';
export { fetchedEnvironments, type FetchedEnvironmentsOptions } from './fetched-environments.ts';

export interface BrowserHostOptions extends FrameOptions {
  /** The bundled worker script. */
  workerUrl: string;
}

export interface BrowserHost extends Host {
  /** Opens the frame, and gives it files of an engine as soon as each is here: before there is a sandbox that needs them. */
  expect(files: Readonly<Partial<Record<keyof typeof FORMS, Promise<FileBytes>>>>): void;
}

export function createBrowserHost(options: BrowserHostOptions): BrowserHost {
  let frame: Promise<SandboxFrame> | undefined;
  const openFrame = () => {
    const forget = () => (frame = undefined);
    const opening = SandboxFrame.open(options, fetchText(options.workerUrl), forget);
    opening.catch(forget);
    return opening;
  };
  const opened = () => (frame ??= openFrame());
  return {
    name: browserName(),
    keepsFiles: true,
    async open({ glue }) {
      return new FrameConnection(await opened(), glue && new TextDecoder().decode(glue));
    },
    expect(files) {
      // What fails here, whoever opens a sandbox meets again and says.
      const opening = opened();
      opening.catch(() => undefined);
      for (const role of ROLES) {
        const file = files[role];
        if (!file) continue;
        Promise.all([opening, file]).then(
          ([frame, here]) => frame.keep(here, FORMS[role]),
          () => undefined,
        );
      }
    },
  };
}

/** What each file of an engine is. */
const FORMS = {
  module: 'module',
  snapshot: 'snapshot',
  image: 'bytes',
  libraries: 'libraries',
  late: 'bytes',
} as const;

const ROLES = ['module', 'snapshot', 'image', 'libraries', 'late'] as const;

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
      opened: (interruptible: boolean) => void (this.#interruptible = interruptible),
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
  #keep(files: Partial<Record<keyof typeof FORMS, FileBytes>>): Record<string, number> {
    const numbers: Record<string, number> = {};
    for (const role of ROLES) {
      const file = files[role];
      if (file) numbers[role] = this.#frame.keep(file, FORMS[role]);
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
