/** What can go wrong between this page and the server, as errors whose messages a person can act on. */

export interface FieldProblem {
  /** Name of the field, or a JSON pointer into the body. */
  field: string;
  message: string;
}

/** An answer of the server that says no: RFC 9457, or any other status that is not a success. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;
  readonly code: string;
  readonly errors: readonly FieldProblem[];
  readonly requestId: string | null;

  constructor(problem: {
    status: number;
    code: string;
    message: string;
    errors: FieldProblem[];
    requestId: string | null;
  }) {
    super(problem.message);
    this.status = problem.status;
    this.code = problem.code;
    this.errors = problem.errors;
    this.requestId = problem.requestId;
  }
}

/** No answer came. Nothing was lost here; the request may or may not have arrived. */
export class ConnectionProblem extends Error {
  override readonly name = 'ConnectionProblem';
  constructor(cause: unknown) {
    super('The server cannot be reached. Your work stays in this browser; try again when you are connected.', {
      cause,
    });
  }
}

/** Reads a problem document (`application/problem+json`) as far as it is one. */
export function problemFrom(status: number, body: unknown, retryAfter: string | null): ApiProblem {
  const problem = typeof body === 'object' && body !== null ? body : {};
  const read = (key: string): string | null => {
    const value: unknown = Reflect.get(problem, key);
    return typeof value === 'string' && value !== '' ? value : null;
  };
  const seconds = retryAfter !== null && /^\d{1,9}$/.test(retryAfter) ? Number(retryAfter) : null;
  const code = read('code') ?? `HTTP_${status}`;
  const message = sentence(status, read('detail') ?? read('title'), seconds);
  const errors = fieldProblems(Reflect.get(problem, 'errors'));
  return new ApiProblem({ status, code, message, errors, requestId: read('request_id') });
}

function sentence(status: number, detail: string | null, seconds: number | null): string {
  if (status === 429)
    return `Too many requests for now. Try again ${seconds === null ? 'in a moment' : `in ${seconds} s`}.`;
  if (detail !== null) return detail;
  if (status === 401) return 'Sign in to do this.';
  if (status === 403) return 'Your role in this workspace does not allow this.';
  if (status === 404) return 'This does not exist, or it is not shared with you.';
  if (status === 413) return 'This is too large for the server.';
  if (status >= 500) return 'The server failed at this. Nothing was lost here; try again.';
  return `The server refused this (status ${status}).`;
}

function fieldProblems(value: unknown): FieldProblem[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item: unknown) => {
    if (typeof item !== 'object' || item === null) return [];
    const field: unknown = Reflect.get(item, 'field') ?? Reflect.get(item, 'pointer') ?? Reflect.get(item, 'path');
    const message: unknown = Reflect.get(item, 'message') ?? Reflect.get(item, 'detail');
    if (typeof field !== 'string' || typeof message !== 'string') return [];
    return [{ field: field.replace(/^#?\/(?:body\/)?/, ''), message }];
  });
}

/** The message for one form field, if the problem has one. */
export function problemAt(problem: unknown, field: string): string | undefined {
  return problem instanceof ApiProblem ? problem.errors.find((error) => error.field === field)?.message : undefined;
}

/** Any thrown value as one sentence for a person. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiProblem && error.requestId !== null && error.status >= 500) {
    return `${error.message} (request ${error.requestId})`;
  }
  return error instanceof Error ? error.message : 'Something failed that should not have.';
}
