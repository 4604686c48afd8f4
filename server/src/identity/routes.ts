/** Accounts and sessions over HTTP. */
import type { Route } from '../http/route.ts';
import { personalRoute, publicRoute } from '../http/route.ts';
import { pageOf } from '../http/pages.ts';
import { Id, params } from '../schemas.ts';
import { PasswordChange, Registration, SessionListItem, SessionView, SignIn } from './schemas.ts';
import type { Identity } from './service.ts';

export function identityRoutes(service: Identity): Route[] {
  return [
    publicRoute({
      method: 'GET',
      path: '/session',
      summary: 'Who is signed in, and the token that unsafe requests need',
      rate: 'api',
      answers: { 200: SessionView },
      handler: async ({ session }) => ({ body: await service.view(session) }),
    }),
    publicRoute({
      method: 'POST',
      path: '/auth/register',
      summary: 'Make an account with its personal workspace, and sign in',
      rate: 'auth',
      body: Registration,
      answers: { 201: SessionView },
      handler: async ({ body, session, origin }) => ({
        status: 201,
        body: await service.register(body, session, origin),
      }),
    }),
    publicRoute({
      method: 'POST',
      path: '/auth/login',
      summary: 'Sign in',
      rate: 'auth',
      body: SignIn,
      answers: { 200: SessionView },
      handler: async ({ body, session, origin }) => ({ body: await service.signIn(body, session, origin) }),
    }),
    personalRoute({
      method: 'POST',
      path: '/auth/logout',
      summary: 'Sign out',
      rate: 'api',
      answers: { 204: null },
      handler: async ({ actor, session, origin }) => {
        await service.signOut(actor, session, origin);
        return { status: 204 };
      },
    }),
    personalRoute({
      method: 'POST',
      path: '/auth/password',
      summary: 'Change the password; ends all other sessions',
      rate: 'auth',
      body: PasswordChange,
      answers: { 200: SessionView },
      handler: async ({ actor, body, session, origin }) => ({
        body: await service.changePassword(actor, body, session, origin),
      }),
    }),
    personalRoute({
      method: 'GET',
      path: '/sessions',
      summary: 'Your sessions',
      rate: 'api',
      answers: { 200: pageOf(SessionListItem) },
      handler: async ({ actor, session }) => ({ body: await service.listSessions(actor, session) }),
    }),
    personalRoute({
      method: 'DELETE',
      path: '/sessions/:id',
      summary: 'End one of your sessions',
      rate: 'api',
      params: params({ id: Id }),
      answers: { 204: null },
      handler: async ({ actor, params: { id }, origin }) => {
        await service.revokeSession(actor, id, origin);
        return { status: 204 };
      },
    }),
  ];
}
