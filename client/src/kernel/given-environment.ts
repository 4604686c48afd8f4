/** The environment of new notebooks, which the server writes into the page, so that nobody has to ask for it first. */

/** null: the page came without one, as from the development server. */
export function givenEnvironment(): string | null {
  const content = document.querySelector<HTMLMetaElement>('meta[name="praxis-environment"]')?.content ?? '';
  return /^[a-z][a-z0-9-]*@sha256:[0-9a-f]{64}$/.test(content) ? content : null;
}
