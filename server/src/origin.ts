/** Where a request came from, as audit events keep it. */
export interface Origin {
  ip: string | null;
  user_agent: string | null;
}
