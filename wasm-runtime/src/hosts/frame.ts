/**
 * The script of the sandbox frame: a page of opaque origin whose only work is to start one worker from text that the page
 * around it gives. It is trusted as far as its own few lines; what it starts is not.
 */

/** The frame is ready. It has no secret, so it may go to whoever embeds the frame. */
export interface FrameHello {
  praxis: 'sandbox-hello';
}

/** The one answer: the worker's script, and two ports, one for the worker and one on which the frame reports failure. */
export interface FrameStart {
  praxis: 'sandbox-start';
  script: string;
  session: MessagePort;
  failure: MessagePort;
}

/** What the frame sends to its worker, once. */
export interface WorkerStart {
  port: MessagePort;
}

/** Takes the first start message of the parent page, and nothing else, ever. */
export function serveSandboxFrame(): void {
  const listener = (event: MessageEvent<unknown>) => {
    if (event.source !== window.parent || !isStart(event.data)) return;
    window.removeEventListener('message', listener);
    startWorker(event.data);
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

function startWorker({ script, session, failure }: FrameStart): void {
  const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  const worker = new Worker(url, { name: 'praxis' });
  worker.addEventListener('error', (event) => failure.postMessage(event.message || 'the worker could not start'));
  const start: WorkerStart = { port: session };
  worker.postMessage(start, [session]);
}
