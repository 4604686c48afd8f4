/** The nonce of this response's `style-src`, which the server wrote into the page; empty where there is no policy. */

export function pageNonce(): string {
  const content = document.querySelector<HTMLMetaElement>('meta[name="praxis-nonce"]')?.content ?? '';
  return content.startsWith('__') ? '' : content;
}
