/**
 * The script of the sandbox frame: a page of opaque origin whose only work is to start one worker from text that the page
 * around it gives. It is trusted as far as its own few lines; what it starts is not.
 */
import { askToStop, createInterruptFlag, type InterruptFlag } from './interrupts.ts';

/** The frame is ready. It has no secret, so it may go to whoever embeds the frame. */
export interface FrameHello {
  praxis: 'sandbox-hello';
}

/** The one answer: the worker's script, and two ports, one for the worker and one for what the frame itself does. */
export interface FrameStart {
  praxis: 'sandbox-start';
  script: string;
  session: MessagePort;
  control: MessagePort;
}

/** What the frame tells the page on its own port. */
export type FrameReport =
  | { kind: 'failed'; detail: string }
  /** It shares memory with the worker, and can interrupt its steps. */
  | { kind: 'interruptible' };

/** What the page asks of the frame: to interrupt the step of that index. */
export interface FrameRequest {
  interrupt: number;
}

/** The worker's script runs. */
export interface WorkerHello {
  praxis: 'worker-hello';
}

/** What the frame answers its worker, once. */
export interface WorkerStart {
  port: MessagePort;
  /** Where memory can be shared. */
  interrupts?: InterruptFlag;
}

/** Takes the first start message of the parent page, and nothing else, ever. */
export function serveSandboxFrame(): void {
  const listener = (event: MessageEvent<unknown>) => {
    if (event.source !== window.parent || !isStart(event.data)) return;
    window.removeEventListener('message', listener);
    try {
      startWorker(event.data);
    } catch (error) {
      event.data.control.postMessage({ kind: 'failed', detail: String(error) } satisfies FrameReport);
    }
  };
  window.addEventListener('message', listener);
  const hello: FrameHello = { praxis: 'sandbox-hello' };
  window.parent.postMessage(hello, '*');
}

function isStart(data: unknown): data is FrameStart {
  return (
    typeof data === 'object' && data !== null && 'praxis' in data && data.praxis === 'sandbox-start' && 'script' in data
  );
}

function startWorker({ script, session, control }: FrameStart): void {
  const report = (message: FrameReport) => control.postMessage(message);
  const fail = (detail?: string) => report({ kind: 'failed', detail: detail || 'the worker could not start' });
  // The session's port is given away once, and would be lost with a worker that never runs.
  const open = (url: string, interrupts: InterruptFlag | null, refused: () => void) => {
    const worker = new Worker(url, { name: 'praxis' });
    let runs = false;
    worker.addEventListener(
      'message',
      () => {
        runs = true;
        const start: WorkerStart = { port: session, ...(interrupts ? { interrupts } : {}) };
        worker.postMessage(start, [session]);
        if (!interrupts) return;
        control.onmessage = (event: MessageEvent<FrameRequest>) => askToStop(interrupts, event.data.interrupt);
        report({ kind: 'interruptible' });
      },
      { once: true },
    );
    worker.addEventListener('error', (event) => {
      // An error of the script has a message; a script that was not even loaded has none.
      if (runs || event.message) fail(event.message);
      else refused();
    });
  };
  // WebKit says that such a frame is isolated, and gives it no shared memory.
  const shared = crossOriginIsolated && 'SharedArrayBuffer' in globalThis ? createInterruptFlag() : null;
  open(URL.createObjectURL(new Blob([script], { type: 'text/javascript' })), shared, () => {
    // WebKit (seen in WebKitGTK 2.50) loads no blob into a worker of an opaque origin under an embedder policy.
    try {
      // A worker of another origin shares no memory with the frame.
      open(`data:text/javascript;charset=utf-8,${encodeURIComponent(script)}`, null, fail);
    } catch {
      fail();
    }
  });
}
