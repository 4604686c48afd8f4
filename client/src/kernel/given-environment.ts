/** What the server writes into the page about environments, so that nobody has to ask for it first. */

export interface GivenEnvironments {
  /** Of new notebooks. null: the page came without one, as from the development server. */
  usual: string | null;
  /** Where the kernel of this page is likely to be: what its document needs, or what was needed here the last time. */
  likely: string | null;
}

export function givenEnvironments(): GivenEnvironments {
  const usual = given('praxis-environment');
  return { usual, likely: given('praxis-likely-environment') ?? usual };
}

function given(name: string): string | null {
  const content = document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? '';
  return /^[a-z][a-z0-9-]*@sha256:[0-9a-f]{64}$/.test(content) ? content : null;
}

/** The server reads it when the page is opened again. */
const COOKIE = 'praxis-environment';
const REMEMBERED_S = 30 * 24 * 60 * 60;

/** @param name what the scratch notebook needs; null: nothing that is not usual */
export function rememberEnvironment(name: string | null): void {
  document.cookie = `${COOKIE}=${name ?? ''}; path=/; samesite=lax; max-age=${name === null ? 0 : REMEMBERED_S}`;
}
