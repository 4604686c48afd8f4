/**
 * Runs inside an output frame (opaque origin, no network): shows one piece of active HTML and reports how high it is. It shares its
 * realm with the guest's scripts, so nothing here is trusted by the page.
 */
import { HELLO, MAX_HEIGHT, WELCOME, type FromFrame, type ToFrame } from './protocol.ts';

addEventListener('message', onWelcome);
// The parent's origin is not known here, and the message carries nothing.
parent.postMessage(HELLO, '*');

function onWelcome(event: MessageEvent): void {
  const port = event.ports[0];
  if (event.source !== parent || event.data !== WELCOME || port === undefined) return;
  removeEventListener('message', onWelcome);
  const report = (): void => {
    const height = Math.min(Math.ceil(document.documentElement.getBoundingClientRect().height), MAX_HEIGHT);
    port.postMessage({ kind: 'height', height } satisfies FromFrame);
  };
  port.addEventListener('message', (message: MessageEvent<ToFrame>) => {
    show(message.data);
    // At once: browsers do not observe the sizes of a frame that is out of sight, and it would jump as it comes near.
    report();
  });
  port.start();
  new ResizeObserver(report).observe(document.documentElement);
}

function show({ html, theme }: ToFrame): void {
  document.documentElement.dataset['theme'] = theme;
  if (document.body.dataset['shown'] !== undefined) return;
  document.body.dataset['shown'] = '';
  // Unlike innerHTML, scripts of such a fragment run: that is what this frame is for.
  document.body.append(document.createRange().createContextualFragment(html));
}
