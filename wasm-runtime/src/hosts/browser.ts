/** Sandboxes in browsers: a worker inside a frame of opaque origin. Runs in the application's page, which is trusted. */
import { Check } from 'typebox/value';
import { EnvironmentManifest, type EnvironmentFile, type EnvironmentSource } from '../environment/manifest.ts';
import { once } from '../environment/once.ts';
import { jsonDigest } from '../run/digest.ts';
import { RunFailure } from '../run/failure.ts';
import type { FrameHello, FrameReport, FrameRequest, FrameStart } from './frame.ts';
import type { ExitReason, Host, SandboxConnection, ToSandbox } from './protocol.ts';

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
    async open() {
      const [worker, frame] = await Promise.all([workerScript(), openFrame(options)]);
      return new FrameConnection(frame, worker);
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
    if (!this.#closed) this.#session.postMessage(message);
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

export interface FetchedEnvironmentsOptions {
  /** e.g. `/assets/environments`: `<baseUrl>/<hex>/<file>`. */
  baseUrl: string;
}

/** Environments over HTTP: immutable files by digest, checked before they are used. */
export function fetchedEnvironments({ baseUrl }: FetchedEnvironmentsOptions): EnvironmentSource {
  const manifests = new Map<string, Promise<EnvironmentManifest>>();
  const files = new Map<string, Promise<Uint8Array>>();
  const folderOf = (envVersion: string) => `${baseUrl}/${envVersion.slice(envVersion.indexOf(':') + 1)}`;
  return {
    manifest: (envVersion) =>
      once(manifests, envVersion, () => fetchManifest(`${folderOf(envVersion)}/manifest.json`, envVersion)),
    file: (envVersion, file, onBytes) =>
      once(files, file.digest, () => fetchFile(`${folderOf(envVersion)}/${file.file}`, file, onBytes)),
  };
}

async function fetchManifest(url: string, envVersion: string): Promise<EnvironmentManifest> {
  const response = await request(url);
  if (!response.ok) throw new RunFailure('ENVIRONMENT_UNKNOWN', `the environment ${envVersion} is not on this server`);
  const manifest: unknown = await response.json().catch(() => null);
  if (!Check(EnvironmentManifest, manifest) || `${manifest.name}@${jsonDigest(manifest)}` !== envVersion) {
    throw new RunFailure('ENVIRONMENT_UNKNOWN', `the manifest of ${envVersion} does not have its digest`);
  }
  return manifest;
}

async function fetchFile(
  url: string,
  file: EnvironmentFile,
  onBytes?: (received: number) => void,
): Promise<Uint8Array> {
  const response = await request(url);
  if (!response.ok || !response.body)
    throw new RunFailure(
      'HOST_FAILED',
      `${file.file} could not be loaded (${response.status}); reload the page to try again`,
    );
  const bytes = new Uint8Array(file.size_bytes);
  let received = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (received + value.length > bytes.length)
      throw new RunFailure('ENVIRONMENT_UNKNOWN', `${file.file} is longer than its manifest says`);
    bytes.set(value, received);
    received += value.length;
    onBytes?.(received);
  }
  if (received !== bytes.length || (await digestOf(bytes)) !== file.digest) {
    throw new RunFailure('ENVIRONMENT_UNKNOWN', `${file.file} does not have the digest that its manifest says`);
  }
  return bytes;
}

async function request(url: string): Promise<Response> {
  try {
    return await fetch(url, { credentials: 'omit' });
  } catch (error) {
    throw new RunFailure('HOST_FAILED', 'the server cannot be reached; check the connection and try again', {
      cause: error,
    });
  }
}

async function fetchText(url: string): Promise<string> {
  const response = await request(url);
  if (!response.ok) throw new RunFailure('HOST_FAILED', `the sandbox script could not be loaded (${response.status})`);
  return response.text();
}

/** By the browser's own SHA-256, which is ten times as fast as one in JavaScript. */
async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return `sha256:${Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

function browserName(): string {
  const match = /(Firefox|Edg|Chrome|Version)\/(\d+)/.exec(navigator.userAgent);
  const names: Record<string, string> = { Firefox: 'firefox', Edg: 'edge', Chrome: 'chromium', Version: 'safari' };
  return match ? `${names[match[1] ?? ''] ?? 'browser'}-${match[2]}` : 'browser';
}
