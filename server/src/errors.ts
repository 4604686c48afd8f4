/** Every error that the server answers with: a stable code, its HTTP status and a title that is safe to show. */

/** Code → HTTP status and title. Codes are part of the API: rename none. */
export const PROBLEMS = {
  // Reading the request
  bad_json: [400, 'The body is not readable JSON'],
  bad_request: [400, 'The request cannot be read'],
  idempotency_key_missing: [400, 'The Idempotency-Key header is required here'],
  not_found: [404, 'Not found'],
  method_not_allowed: [405, 'This method is not allowed here'],
  too_large: [413, 'The body is too large'],
  unsupported_media_type: [415, 'This content type is not accepted here'],
  foreign_host: [421, 'This server does not answer for that host'],
  validation_error: [422, 'The request does not have the expected shape'],
  // Who and whether
  not_signed_in: [401, 'Sign in first'],
  bad_credentials: [401, 'The e-mail address or the password is wrong'],
  foreign_origin: [403, 'Requests from other sites are not accepted'],
  csrf_token: [403, 'The X-CSRF-Token header is missing or wrong'],
  role_too_low: [403, 'Your role in this workspace does not allow this'],
  not_the_executor: [403, 'Somebody else runs this job'],
  execution_disabled: [403, 'Execution is switched off in this workspace'],
  bad_signature: [403, 'This link is not valid, or no longer'],
  rate_limited: [429, 'Too many requests'],
  // Conflicts with what is stored
  email_taken: [409, 'An account with this e-mail address exists'],
  stale_parent: [409, 'The parent revision is not the head of the document'],
  archived: [409, 'The document is archived'],
  last_owner: [409, 'A workspace keeps at least one owner'],
  already_member: [409, 'This person is a member already'],
  job_not_running: [409, 'The job is not running'],
  job_state: [409, 'The job cannot change in this way'],
  upload_used: [409, 'This upload has been used already'],
  upload_incomplete: [409, 'Nothing has been uploaded yet'],
  idempotency_in_progress: [409, 'A request with this Idempotency-Key is in progress'],
  idempotency_mismatch: [422, 'This Idempotency-Key was used with another request'],
  // Content
  unknown_user: [422, 'Nobody here has this e-mail address'],
  unreadable_notebook: [422, 'The notebook cannot be read'],
  nothing_to_run: [422, 'There is nothing to run'],
  environment_unknown: [422, 'This environment is not available'],
  input_missing: [422, 'An input is not in this workspace'],
  program_digest_mismatch: [422, 'The record belongs to another program'],
  record_rejected: [422, 'The record breaks the rules of its program'],
  digest_mismatch: [422, 'The bytes do not have the announced digest'],
  size_mismatch: [422, 'The bytes do not have the announced size'],
  content_type_mismatch: [422, 'The content is not of the declared type'],
  quota_exceeded: [413, 'The quota of the workspace does not allow this'],
  // The server itself
  internal: [500, 'Something went wrong'],
  replay_unavailable: [503, 'Replay is not available on this server'],
  unavailable: [503, 'The server is not ready'],
  storage_full: [507, 'The storage of the server is full'],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ProblemCode = keyof typeof PROBLEMS;

export interface FieldError {
  /** JSON pointer into the part of the request that is wrong, e.g. `/body/email`. */
  pointer: string;
  message: string;
}

export interface ProblemDetails {
  /** One sentence for people; never holds secrets, stack traces or other people's data. */
  detail?: string;
  errors?: FieldError[];
  /** Headers of the answer, such as Retry-After. */
  headers?: Record<string, string>;
}

/** An expected failure of a request. Everything else that is thrown becomes an opaque `internal`. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly status: number;
  readonly title: string;
  readonly detail: string | undefined;
  readonly errors: FieldError[] | undefined;
  readonly headers: Record<string, string>;

  constructor(code: ProblemCode, details: ProblemDetails = {}) {
    const [status, title] = PROBLEMS[code];
    super(details.detail ?? title);
    this.name = 'Problem';
    this.code = code;
    this.status = status;
    this.title = title;
    this.detail = details.detail;
    this.errors = details.errors;
    this.headers = details.headers ?? {};
  }
}

/** RFC 9457 body. */
export function problemBody(problem: Problem, requestId: string): Record<string, unknown> {
  return {
    type: `urn:praxis:problem:${problem.code}`,
    title: problem.title,
    status: problem.status,
    code: problem.code,
    ...(problem.detail === undefined ? {} : { detail: problem.detail }),
    request_id: requestId,
    ...(problem.errors === undefined ? {} : { errors: problem.errors }),
  };
}

/** Whether an error of the file system says that the disk or the file-size quota is exhausted. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return error.code === 'ENOSPC' || error.code === 'EDQUOT' || error.code === 'SQLITE_FULL';
}
