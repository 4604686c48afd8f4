/** Errors become RFC 9457 problems here, inside the middleware that sets headers: koa's own error path would delete those. */
import type { Context, Middleware } from 'koa';
import type { Dependencies } from '../dependencies.ts';
import { isDiskFull, Problem, problemBody } from '../errors.ts';
import { requestIdOf } from './request-log.ts';

export function problems(deps: Pick<Dependencies, 'log'>): Middleware {
  return async function problems(context, next) {
    try {
      await next();
      if (context.status === 404 && context.body === undefined) throw new Problem('not_found');
    } catch (error) {
      answer(context, asProblem(error, context, deps));
    }
  };
}

function answer(context: Context, problem: Problem): void {
  context.status = problem.status;
  context.set(problem.headers);
  context.set('Cache-Control', 'no-store');
  context.remove('Content-Encoding');
  context.body = JSON.stringify(problemBody(problem, requestIdOf(context)));
  context.type = 'application/problem+json; charset=utf-8';
  // Whoever still sends a body that nobody reads gets the answer and the end of the connection.
  if (!context.req.complete) context.set('Connection', 'close');
}

function asProblem(error: unknown, context: Context, deps: Pick<Dependencies, 'log'>): Problem {
  if (error instanceof Problem) return error;
  if (isDiskFull(error)) {
    deps.log.error({ request_id: requestIdOf(context) }, 'the disk is full');
    return new Problem('storage_full');
  }
  deps.log.error({ request_id: requestIdOf(context), error: describe(error) }, 'unexpected error');
  return new Problem('internal');
}

/** What an unexpected error may put into the log: its stack, without the values that a driver appends to its messages. */
function describe(error: unknown): { name: string; stack: string } {
  if (!(error instanceof Error)) return { name: 'unknown', stack: typeof error };
  const frames = (error.stack ?? '').split('\n').filter((line) => line.trimStart().startsWith('at '));
  const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : '';
  return { name: `${error.name}${code}`, stack: frames.join('\n') };
}
