/** Shapes of the identity API. */
import { type Static, Type } from 'typebox';
import { closed, Id, Line, RoleSchema, Time } from '../schemas.ts';

/** Deliberately loose (RFC 5321 allows nearly anything): one @, no spaces, no control characters. */
const Email = Type.String({
  minLength: 3,
  maxLength: 254,
  pattern: '^[^\\s@\\u0000-\\u001f\\u007f]+@[^\\s@\\u0000-\\u001f\\u007f]+$',
});
/** OWASP ASVS 5.0, 6.2.1 and 6.2.9: at least 8, and room for passphrases. */
const NewPassword = Type.String({ minLength: 8, maxLength: 256 });
const GivenPassword = Type.String({ maxLength: 256 });

export const Registration = Type.Object(
  { email: Email, name: Type.Optional(Line(120)), password: NewPassword },
  closed,
);
export type Registration = Static<typeof Registration>;
export const SignIn = Type.Object({ email: Email, password: GivenPassword }, closed);
export const PasswordChange = Type.Object({ current_password: GivenPassword, new_password: NewPassword }, closed);

export const SessionView = Type.Object(
  {
    user: Type.Union([Type.Object({ id: Id, email: Type.String(), name: Type.String() }, closed), Type.Null()]),
    csrf_token: Type.String(),
    workspaces: Type.Array(Type.Object({ id: Id, name: Type.String(), role: RoleSchema }, closed)),
  },
  closed,
);
export type SessionView = Static<typeof SessionView>;

export const SessionListItem = Type.Object(
  {
    id: Id,
    current: Type.Boolean(),
    created_at: Time,
    last_seen_at: Time,
    expires_at: Time,
    ip: Type.Union([Type.String(), Type.Null()]),
    user_agent: Type.Union([Type.String(), Type.Null()]),
  },
  closed,
);
