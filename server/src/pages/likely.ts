/** In which environment a page's kernel is likely to be, so that its files are on their way before the page knows its cells. */
import type { Context } from 'koa';
import type { Dependencies } from '../dependencies.ts';
import { environmentOf, resolveEnvironment } from '../documents/environment.ts';
import { contentOf } from '../documents/service.ts';
import type { Environment } from '../environments/catalogue.ts';
import { Problem } from '../errors.ts';
import { openScope } from '../http/membership.ts';
import type { Sessions } from '../http/session.ts';

/** The page of a document. */
export const DOCUMENT_PAGE = /^\/d\/([^/]{1,128})$/;

/** What the scratch notebook needed the last time, by name: the page writes it. */
const COOKIE = 'praxis-environment';

/** @returns null where nobody knows better than what new notebooks have */
export type LikelyEnvironment = (context: Context) => Promise<Environment | null>;

export function likelyEnvironments(deps: Dependencies, sessions: Sessions): LikelyEnvironment {
  const { environments } = deps;

  /** Only for those who may read the document: to others it is not there. */
  async function ofDocument(userId: string, id: string): Promise<Environment | null> {
    const scope = await openScope(deps.database, { id: userId }, 'read documents', 'document', id);
    const document = await scope.query('documents').where({ id }).first();
    const head = document?.head_revision_id ?? null;
    const row = head === null ? undefined : await scope.query('revisions').where({ id: head }).first();
    if (row === undefined) return null;
    const content = contentOf(row);
    const code = content.objects.filter(({ type }) => type === 'code');
    return environments.find(await resolveEnvironment(deps, environmentOf(code), content));
  }

  return async (context) => {
    const document = DOCUMENT_PAGE.exec(context.path)?.[1];
    // What is no name is the name of none.
    if (document === undefined) return environments.current(context.cookies.get(COOKIE) ?? '');
    const { userId } = sessions.handle(context);
    if (userId === null) return null;
    return ofDocument(userId, document).catch((error: unknown) => {
      // It is not there for this person, or needs what is not on this server: the page will say so.
      if (error instanceof Problem) return null;
      throw error;
    });
  };
}
