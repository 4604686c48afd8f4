/** One log line for each request: its id, whom and what it was about, how it ended; never a body, a query or a header. */
import type { Context, Middleware } from 'koa';
import type { Dependencies } from '../dependencies.ts';

export interface LogNote {
  user_id?: string | undefined;
  workspace_id?: string | undefined;
  document_id?: string | undefined;
  revision_id?: string | undefined;
  job_id?: string | undefined;
}

interface Entry {
  id: string;
  note: LogNote;
}

const entries = new WeakMap<object, Entry>();

export function requestIdOf(context: Context): string {
  return entries.get(context)?.id ?? 'unknown';
}

/** Adds what a guard or a handler learnt to the request's log line. */
export function noteForLog(context: Context, note: LogNote): void {
  const entry = entries.get(context);
  if (entry !== undefined) Object.assign(entry.note, note);
}

/** Path of a request as it may be logged: signed links carry their secret in the query, which is left out. */
export function requestLog(deps: Dependencies): Middleware {
  return async function requestLog(context, next) {
    const entry: Entry = { id: deps.newId(), note: {} };
    entries.set(context, entry);
    context.set('X-Request-Id', entry.id);
    const started = deps.clock();
    context.res.once('close', () => {
      const level = context.status >= 500 ? 'error' : 'info';
      deps.log[level](
        {
          request_id: entry.id,
          ...entry.note,
          method: context.method,
          path: context.path,
          status: context.status,
          duration_ms: deps.clock() - started,
          aborted: !context.res.writableFinished,
        },
        'request',
      );
    });
    await next();
  };
}
