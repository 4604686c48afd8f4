/** Accounts and sessions: register, sign in, change the password, list and revoke sessions. */
import type { Knex } from 'knex';
import type { Static } from 'typebox';
import { recordEvent } from '../audit/events.ts';
import type { Origin } from '../origin.ts';
import type { Role, SessionRow, UserRow } from '../database/rows.ts';
import { inTransaction, isUniqueViolation } from '../database/transaction.ts';
import { type Dependencies, isoTime } from '../dependencies.ts';
import { Problem } from '../errors.ts';
import type { RateLimits } from '../http/rate-limit.ts';
import type { Actor } from '../http/route.ts';
import type { SessionHandle } from '../http/session.ts';
import { createWorkspace } from '../workspaces/service.ts';
import { normaliseEmail } from '../email.ts';
import { passwords } from './passwords.ts';
import type { PasswordChange, Registration, SessionView, SignIn } from './schemas.ts';

export type Identity = ReturnType<typeof identity>;

export function identity(deps: Dependencies, limits: RateLimits) {
  const { database } = deps;
  const secrets = passwords(deps.configuration.argon2);
  const users = (connection: Knex) => connection<UserRow>('users');
  const sessions = (connection: Knex) => connection<SessionRow>('sessions');

  const signedIn = (userId: string, origin: Origin) => (transaction: Knex) =>
    recordEvent(deps, transaction, 'user.signed_in', { actor_user_id: userId }, origin);

  async function view(session: SessionHandle): Promise<SessionView> {
    await session.begin();
    const user = session.userId === null ? undefined : await users(database).where({ id: session.userId }).first();
    const workspaces =
      user === undefined
        ? []
        : await database('memberships')
            .join('workspaces', 'workspaces.id', 'memberships.workspace_id')
            .where('memberships.user_id', user.id)
            .orderBy('memberships.id')
            .select<{ id: string; name: string; role: Role }[]>('workspaces.id', 'workspaces.name', 'memberships.role');
    return {
      user: user === undefined ? null : { id: user.id, email: user.email, name: user.name },
      csrf_token: session.csrfToken ?? '',
      workspaces,
    };
  }

  return {
    view,

    async register(body: Registration, session: SessionHandle, origin: Origin): Promise<SessionView> {
      const email = normaliseEmail(body.email);
      const user: UserRow = {
        id: deps.newId(),
        email,
        name: body.name ?? email.slice(0, email.indexOf('@')),
        password_hash: await secrets.hash(body.password),
        created_at: isoTime(deps.clock()),
        banned_at: null,
      };
      try {
        await inTransaction(database, async (transaction) => {
          await users(transaction).insert(user);
          await recordEvent(deps, transaction, 'user.registered', { actor_user_id: user.id }, origin);
          await createWorkspace(deps, transaction, user.id, 'Personal', origin);
        });
      } catch (error) {
        throw isUniqueViolation(error) ? new Problem('email_taken') : error;
      }
      await session.signIn(user.id, signedIn(user.id, origin));
      return view(session);
    },

    async signIn(body: Static<typeof SignIn>, session: SessionHandle, origin: Origin): Promise<SessionView> {
      const email = normaliseEmail(body.email);
      // Beside the limit per address of the sender, one per account: guesses from many addresses are guesses too.
      await limits.consume('auth', `account ${email}`);
      const user = await users(database).where({ email }).first();
      const right = await secrets.verify(user?.password_hash ?? null, body.password);
      if (!right || user === undefined || user.banned_at !== null) {
        await recordEvent(deps, database, 'user.sign_in_failed', { actor_user_id: user?.id ?? null }, origin);
        throw new Problem('bad_credentials');
      }
      await session.signIn(user.id, signedIn(user.id, origin));
      return view(session);
    },

    async signOut(actor: Actor, session: SessionHandle, origin: Origin): Promise<void> {
      await session.end((transaction) =>
        recordEvent(deps, transaction, 'user.signed_out', { actor_user_id: actor.id }, origin),
      );
    },

    /** Ends every other session of the person, and gives this one a new id. */
    async changePassword(
      actor: Actor,
      body: Static<typeof PasswordChange>,
      session: SessionHandle,
      origin: Origin,
    ): Promise<SessionView> {
      await limits.consume('auth', `account ${actor.email}`);
      const user = await users(database).where({ id: actor.id }).first();
      if (!(await secrets.verify(user?.password_hash ?? null, body.current_password)))
        throw new Problem('bad_credentials');
      const password_hash = await secrets.hash(body.new_password);
      await session.signIn(actor.id, async (transaction, sessionId) => {
        await users(transaction).where({ id: actor.id }).update({ password_hash });
        await sessions(transaction).where({ user_id: actor.id }).andWhereNot({ id: sessionId }).delete();
        await recordEvent(deps, transaction, 'user.password_changed', { actor_user_id: actor.id }, origin);
      });
      return view(session);
    },

    async listSessions(actor: Actor, session: SessionHandle) {
      const rows = await sessions(database)
        .where({ user_id: actor.id })
        .andWhere('expires_at', '>', isoTime(deps.clock()))
        .orderBy('last_seen_at', 'desc')
        .limit(200);
      const items = rows.map(({ id, created_at, last_seen_at, expires_at, ip, user_agent }) => ({
        id,
        current: id === session.id,
        created_at,
        last_seen_at,
        expires_at,
        ip,
        user_agent,
      }));
      return { items, next_cursor: null };
    },

    async revokeSession(actor: Actor, id: string, origin: Origin): Promise<void> {
      await inTransaction(database, async (transaction) => {
        const removed = await sessions(transaction).where({ id, user_id: actor.id }).delete();
        if (removed === 0) throw new Problem('not_found');
        await recordEvent(
          deps,
          transaction,
          'session.revoked',
          { actor_user_id: actor.id, detail: { session_id: id } },
          origin,
        );
      });
    },
  };
}
