/**
 * What a route is: a row of a table. Its guards run in the order in which they stand here: authentication, rate category, schema,
 * permission; then the handler. OpenAPI is made from the same rows.
 */
import type { Context } from 'koa';
import type { Static, TObject, TSchema } from 'typebox';
import type { RateCategory } from '../configuration.ts';
import type { Origin } from '../origin.ts';
import type { WorkspaceScope } from '../database/scope.ts';
import type { Sentence } from '../policy.ts';
import type { SessionHandle } from './session.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Somebody who has signed in. */
export interface Actor {
  id: string;
  email: string;
  name: string;
}

/** How a path parameter leads to the workspace that decides. */
export type ResourceKind = 'workspace' | 'document' | 'revision' | 'job' | 'upload' | 'project';

export interface Answer {
  status?: number;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface BaseCall<P, Q, B> {
  params: P;
  query: Q;
  body: B;
  session: SessionHandle;
  origin: Origin;
  requestId: string;
  /** For handlers that stream; everything else is in the fields beside it. */
  koa: Context;
}
export interface PublicCall<P, Q, B> extends BaseCall<P, Q, B> {
  actor: Actor | null;
}
export interface ActorCall<P, Q, B> extends BaseCall<P, Q, B> {
  actor: Actor;
}
export interface WorkspaceCall<P, Q, B> extends ActorCall<P, Q, B> {
  scope: WorkspaceScope;
}

interface Declaration<P extends TObject, Q extends TObject, B extends TSchema> {
  method: Method;
  /** Below `/api/v1`; parameters as `:name`. */
  path: string;
  summary: string;
  rate: RateCategory;
  params?: P;
  query?: Q;
  body?: B;
  /** Largest body, bytes; the configuration's `jsonBytes` unless given. */
  bodyLimit?: number;
  /** `required`: the Idempotency-Key header must be given. */
  idempotency?: 'required';
  /** Status → schema of the answer's body; null where it has none or is not JSON. */
  answers: Record<number, TSchema | null>;
}

type Handler<C> = (call: C) => Promise<Answer>;

/** A row with its types forgotten, as the router sees it. */
export interface Route extends Declaration<TObject, TObject, TSchema> {
  authentication: 'none' | 'session' | 'signature';
  permission: { sentence: Sentence; resource: ResourceKind; parameter: string } | null;
  handler: Handler<WorkspaceCall<unknown, unknown, unknown>>;
}

/** Open to everybody. */
export function publicRoute<P extends TObject, Q extends TObject, B extends TSchema>(
  route: Declaration<P, Q, B> & { handler: Handler<PublicCall<Static<P>, Static<Q>, Static<B>>> },
): Route {
  return erase(route, 'none', null);
}

/** For anybody who has signed in; what it shows or changes is their own. */
export function personalRoute<P extends TObject, Q extends TObject, B extends TSchema>(
  route: Declaration<P, Q, B> & { handler: Handler<ActorCall<Static<P>, Static<Q>, Static<B>>> },
): Route {
  return erase(route, 'session', null);
}

/** For members of the workspace that the resource named by `parameter` belongs to, whose role allows `permission`. */
export function workspaceRoute<P extends TObject, Q extends TObject, B extends TSchema>(
  route: Declaration<P, Q, B> & {
    permission: { sentence: Sentence; resource: ResourceKind; parameter: string & keyof Static<P> };
    handler: Handler<WorkspaceCall<Static<P>, Static<Q>, Static<B>>>;
  },
): Route {
  return erase(route, 'session', route.permission);
}

/** For whoever holds a signed link; the handler checks it, and the rights of the person whom it was made for. */
export function signedRoute<P extends TObject>(
  route: Declaration<P, TObject, TSchema> & { handler: Handler<PublicCall<Static<P>, unknown, unknown>> },
): Route {
  return erase(route, 'signature', null);
}

function erase(
  route: Declaration<TObject, TObject, TSchema> & { handler: unknown },
  authentication: Route['authentication'],
  permission: Route['permission'],
): Route {
  // Safe: `mount` gives the handler params, query and body that passed the very schemas that its types come from, an actor where
  // authentication is `session`, and a scope where there is a permission.
  return { ...route, authentication, permission, handler: route.handler as Route['handler'] };
}
