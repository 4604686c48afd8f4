/** Who is signed in, kept in one signal for the whole page. */
import { computed, signal } from '@preact/signals';
import type { Api } from '../api/api.ts';
import { ApiProblem } from '../api/problems.ts';
import type { Session, WorkspaceSummary } from '../api/session.ts';

export type AccountState =
  /** Not asked yet. */
  | { kind: 'unknown' }
  /** The server did not answer; the scratch notebook works without it. */
  | { kind: 'unreachable' }
  | { kind: 'anonymous' }
  | { kind: 'signed-in'; user: { id: string; email: string; name: string }; workspaces: readonly WorkspaceSummary[] };

export const account = signal<AccountState>({ kind: 'unknown' });

/** Where new documents go: the first workspace in which the person may write. */
export const homeWorkspace = computed<WorkspaceSummary | null>(() => {
  if (account.value.kind !== 'signed-in') return null;
  const { workspaces } = account.value;
  return workspaces.find(({ role }) => role === 'owner') ?? workspaces.find(({ role }) => role === 'editor') ?? null;
});

export function adopt(api: Api, session: Session): void {
  api.setCsrfToken(session.csrf_token);
  const { user, workspaces } = session;
  account.value = user === null ? { kind: 'anonymous' } : { kind: 'signed-in', user, workspaces };
}

/** Asks the server who this is. Never throws: without an answer the page works as it does without an account. */
export async function loadAccount(api: Api): Promise<void> {
  try {
    adopt(api, await api.session.current());
  } catch (error) {
    account.value = { kind: error instanceof ApiProblem && error.status === 401 ? 'anonymous' : 'unreachable' };
  }
}

export async function signOut(api: Api): Promise<void> {
  await api.session.logout();
  await loadAccount(api);
}
