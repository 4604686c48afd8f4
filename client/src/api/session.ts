/** Who is signed in: the session's shape and requests. */
import { fields, list, nullable, oneOf, page, text, type Decoder } from './decode.ts';
import type { Http } from './http.ts';

export type Role = 'owner' | 'editor' | 'viewer';

export interface WorkspaceSummary {
  id: string;
  name: string;
  role: Role;
}

export interface Session {
  user: { id: string; email: string; name: string } | null;
  csrf_token: string | null;
  workspaces: WorkspaceSummary[];
}

export const session: Decoder<Session> = fields({
  user: nullable(fields({ id: text, email: text, name: text })),
  csrf_token: nullable(text),
  workspaces: list(fields({ id: text, name: text, role: oneOf('owner', 'editor', 'viewer') })),
});

export interface SessionApi {
  current(): Promise<Session>;
  register(body: { email: string; name: string; password: string }): Promise<Session>;
  login(body: { email: string; password: string }): Promise<Session>;
  logout(): Promise<void>;
  /** Names of the members of a workspace by their id. */
  memberNames(workspaceId: string): Promise<Map<string, string>>;
}

const members = page(fields({ user_id: text, name: text }));

export function sessionApi(http: Http): SessionApi {
  return {
    current: () => http.request('GET', '/session', session),
    register: (body) => http.request('POST', '/auth/register', session, { body }),
    login: (body) => http.request('POST', '/auth/login', session, { body }),
    logout: () => http.request('POST', '/auth/logout', () => undefined),
    memberNames: async (workspaceId) => {
      const { items } = await http.request('GET', `/workspaces/${workspaceId}/members?limit=200`, members);
      return new Map(items.map(({ user_id, name }) => [user_id, name]));
    },
  };
}
