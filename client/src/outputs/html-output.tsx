/** Active HTML of a guest, in a frame of its own: opaque origin, no network, no cookies, nothing of this page in reach. */
import type { VNode } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { theme } from '../design/theme.ts';
import { isHello, RateCap, readFromFrame, WELCOME, type ToFrame } from './frame/protocol.ts';

const FRAME_URL = '/frames/output';
/** Pixels that an output may take before it scrolls in itself, and after the reader asked for more. */
const USUAL_HEIGHT = 480;
const TALL_HEIGHT = 4000;
const MESSAGES = 60;
const WINDOW_MS = 5000;

export function HtmlOutput({ source }: { source: string }): VNode {
  const frame = useRef<HTMLIFrameElement>(null);
  const port = useRef<MessagePort | null>(null);
  const [height, setHeight] = useState(24);
  const [tall, setTall] = useState(false);
  const [closed, setClosed] = useState(false);
  const shownTheme = theme.value;

  // A layout effect listens before the frame, which was put into the page just now, can have said hello.
  useLayoutEffect(() => {
    const cap = new RateCap(MESSAGES, WINDOW_MS);
    const close = (): void => {
      port.current?.close();
      port.current = null;
    };
    const onMessage = (event: MessageEvent): void => {
      if (frame.current === null || event.source !== frame.current.contentWindow || !isHello(event.data)) return;
      if (port.current !== null) {
        // A second hello: the frame went somewhere else. What it shows now is not what was put there.
        close();
        setClosed(true);
        return;
      }
      const channel = new MessageChannel();
      port.current = channel.port1;
      channel.port1.addEventListener('message', (message) => {
        const read = readFromFrame(message.data);
        if (read === null || !cap.allows(performance.now())) close();
        else setHeight(read.height);
      });
      channel.port1.start();
      // An opaque origin can only be addressed by '*'; source and first use were checked, and this carries no secret.
      frame.current.contentWindow?.postMessage(WELCOME, '*', [channel.port2]);
      channel.port1.postMessage({ kind: 'show', html: source, theme: theme.peek() } satisfies ToFrame);
    };
    addEventListener('message', onMessage);
    return () => {
      removeEventListener('message', onMessage);
      close();
    };
  }, [source]);

  useEffect(() => {
    port.current?.postMessage({ kind: 'show', html: source, theme: shownTheme } satisfies ToFrame);
  }, [shownTheme]);

  if (closed) return <p class="output-note">This output left its page and was closed. Run the cell to see it again.</p>;
  const most = tall ? TALL_HEIGHT : USUAL_HEIGHT;
  return (
    <div class="output-frame">
      <iframe
        key={source}
        ref={frame}
        src={FRAME_URL}
        title="HTML output"
        sandbox="allow-scripts"
        referrerpolicy="no-referrer"
        style={{ height: `${Math.max(16, Math.min(height, most))}px` }}
      />
      {height > USUAL_HEIGHT ? (
        <button type="button" class="terminal-cut" aria-expanded={tall} onClick={() => setTall(!tall)}>
          {tall ? 'Show less' : 'Show all of it'}
        </button>
      ) : null}
    </div>
  );
}
