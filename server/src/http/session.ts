/**
 * Sessions: koa-session with the database as its store. The cookie is an opaque 256-bit value that the database knows only by its
 * sha256; what it stands for is read anew on every request, so that a revoked session or a banned person is out at once.
 */
import { createHash } from 'node:crypto';
import type Koa from 'koa';
import type { Context, Middleware } from 'koa';
import { createSession } from 'koa-session';
import type { Knex } from 'knex';
import type { SessionRow } from '../database/rows.ts';
import { inTransaction } from '../database/transaction.ts';
import { type Dependencies, isoTime } from '../dependencies.ts';
import { addressOf } from './origin.ts';

/** Work that belongs into the transaction in which a session begins or ends, such as its audit event. */
type SessionWork = (transaction: Knex.Transaction, sessionId: string) => Promise<void>;

/** The session of one request. */
export interface SessionHandle {
  /** Id of the stored session, for listing and revoking; null when there is none. */
  readonly id: string | null;
  readonly userId: string | null;
  readonly csrfToken: string | null;
  /** Begins an anonymous session where there is none, so that there is a token to answer with. */
  begin(): Promise<void>;
  /** Ties a session with a new id and a new token to this person; what was there before ends. */
  signIn(userId: string, work: SessionWork): Promise<void>;
  end(work: SessionWork): Promise<void>;
}

/** What koa-session keeps for us. */
interface SessionData {
  user_id?: string;
  csrf?: string;
}

/** The part of koa-session's session object that we use; its own typings are open. */
interface KoaSession extends SessionData {
  maxAge: number;
  regenerate(): Promise<void>;
  save(): Promise<void>;
}

/** koa-session always gives the context; its typings do not promise it. */
interface StoreOptions {
  ctx?: Context;
}

interface RequestState {
  row: SessionRow | null;
  /** Ids made for this request; only these may be inserted, so that saving never brings a revoked session back. */
  fresh: Set<string>;
  graceful: boolean;
  work: SessionWork | null;
}

/** How long the id before a rotation that nobody asked for still works, for requests that were on their way, ms. */
const GRACE_MS = 20_000;
/** `last_seen_at` is written at most this often, ms. */
const SEEN_INTERVAL_MS = 5 * 60_000;
const USER_AGENT_LENGTH = 256;

export interface Sessions {
  middleware: Middleware[];
  handle(context: Context): SessionHandle;
}

export function sessions(deps: Dependencies, app: Koa): Sessions {
  const secure = deps.configuration.origin?.startsWith('https://') ?? false;
  const states = new WeakMap<object, RequestState>();
  const rows = (connection: Knex) => connection<SessionRow>('sessions');
  const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');
  const token = (): string => Buffer.from(deps.random(32)).toString('base64url');
  const { idleMs, absoluteMs, anonymousMs } = deps.configuration.session;

  function stateOf(context: Context | undefined): RequestState {
    if (context === undefined) throw new TypeError('koa-session called the store without a context');
    const known = states.get(context);
    if (known !== undefined) return known;
    const made: RequestState = { row: null, fresh: new Set(), graceful: false, work: null };
    states.set(context, made);
    return made;
  }

  // Safe: createSession below defines `session` on every context; koa's own types do not know it.
  const sessionOf = (context: Context): KoaSession => (context as unknown as { session: KoaSession }).session;

  const store = {
    async get(key: string, _maxAge: number, { ctx }: StoreOptions): Promise<SessionData | undefined> {
      const now = deps.clock();
      const row = await rows(deps.database)
        .leftJoin('users', 'users.id', 'sessions.user_id')
        .where({ secret_hash: hashOf(key) })
        .andWhere('expires_at', '>', isoTime(now))
        .whereNull('users.banned_at')
        .select('sessions.*')
        .first<SessionRow | undefined>();
      if (row === undefined || Date.parse(row.created_at) + absoluteMs <= now) return undefined;
      stateOf(ctx).row = row;
      if (Date.parse(row.last_seen_at) + SEEN_INTERVAL_MS <= now) {
        await rows(deps.database)
          .where({ id: row.id })
          .update({ last_seen_at: isoTime(now) });
      }
      // Safe: `set` below wrote it.
      return JSON.parse(row.data) as SessionData;
    },

    async set(key: string, data: SessionData, maxAge: number, { ctx }: StoreOptions): Promise<void> {
      const state = stateOf(ctx);
      const change = {
        user_id: data.user_id ?? null,
        data: JSON.stringify(data),
        expires_at: isoTime(deps.clock() + maxAge),
      };
      if (!state.fresh.delete(key)) {
        await rows(deps.database)
          .where({ secret_hash: hashOf(key) })
          .update(change);
        return;
      }
      const now = isoTime(deps.clock());
      const row: SessionRow = {
        id: deps.newId(),
        secret_hash: hashOf(key),
        ...change,
        must_rotate: 0,
        // A rotation that nobody asked for does not make a session younger.
        created_at: state.graceful && state.row !== null ? state.row.created_at : now,
        last_seen_at: now,
        ip: ctx === undefined ? null : addressOf(ctx),
        user_agent: ctx?.get('User-Agent').slice(0, USER_AGENT_LENGTH) || null,
      };
      const work = state.work;
      state.work = null;
      await inTransaction(deps.database, async (transaction) => {
        await rows(transaction).insert(row);
        await work?.(transaction, row.id);
      });
      state.row = row;
    },

    async destroy(key: string, { ctx }: StoreOptions): Promise<void> {
      const state = stateOf(ctx);
      const row = rows(deps.database).where({ secret_hash: hashOf(key) });
      if (state.graceful) await row.update({ expires_at: isoTime(deps.clock() + GRACE_MS), must_rotate: 0 });
      else if (state.row !== null) await row.delete();
    },
  };

  const koaSession = createSession(
    {
      key: secure ? '__Host-praxis' : 'praxis',
      maxAge: anonymousMs,
      httpOnly: true,
      secure,
      sameSite: 'lax',
      // The value is 256 random bits that only the database can resolve: a signature would add nothing.
      signed: false,
      renew: true,
      genid(context: Context) {
        const key = token();
        stateOf(context).fresh.add(key);
        return key;
      },
      store,
    },
    app,
  ) as Middleware;

  async function rotate(context: Context, next: () => Promise<unknown>): Promise<void> {
    const state = stateOf(context);
    if (state.row !== null && Boolean(state.row.must_rotate)) {
      state.graceful = true;
      await sessionOf(context).regenerate();
      state.graceful = false;
    }
    await next();
  }

  async function behindTls(context: Context, next: () => Promise<unknown>): Promise<void> {
    // TLS ends at a proxy: the configured origin, not the socket, says that cookies are safe.
    if (secure) context.cookies.secure = true;
    await next();
  }

  return {
    middleware: [behindTls, koaSession, rotate],
    handle(context) {
      const state = stateOf(context);
      const session = sessionOf(context);
      return {
        get id() {
          return state.row?.id ?? null;
        },
        get userId() {
          return session.user_id ?? null;
        },
        get csrfToken() {
          return session.csrf ?? null;
        },
        async begin() {
          if (session.csrf !== undefined) return;
          session.csrf = token();
          await session.save();
        },
        async signIn(userId, work) {
          state.work = work;
          session.user_id = userId;
          session.csrf = token();
          session.maxAge = idleMs;
          await session.regenerate();
        },
        async end(work) {
          const id = state.row?.id ?? '';
          await inTransaction(deps.database, async (transaction) => {
            await rows(transaction).where({ id }).delete();
            await work(transaction, id);
          });
          // Makes koa-session clear the cookie when it commits. Safe: see `sessionOf`.
          (context as unknown as { session: null }).session = null;
        },
      };
    },
  };
}
