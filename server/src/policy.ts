/** Who may do what in a workspace: one sentence a line, with the lowest role that may. Nothing else decides about roles. */
import type { Role } from './database/rows.ts';

const RANK: Record<Role, number> = { viewer: 0, editor: 1, owner: 2 };

export const SENTENCES = {
  'see the workspace': 'viewer',
  'change the workspace': 'owner',
  'see the members': 'viewer',
  'change the members': 'owner',
  'read documents': 'viewer',
  'write documents': 'editor',
  'see jobs': 'viewer',
  'run documents': 'editor',
  'see artifacts': 'viewer',
  'upload artifacts': 'editor',
  'read the audit log': 'owner',
} as const satisfies Record<string, Role>;

export type Sentence = keyof typeof SENTENCES;

/** Whether somebody with `role` may do what `sentence` says. */
export function may(role: Role, sentence: Sentence): boolean {
  return RANK[role] >= RANK[SENTENCES[sentence]];
}
