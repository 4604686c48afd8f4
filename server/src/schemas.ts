/** Shapes that several features share. */
import { Type, type TObject, type TProperties } from 'typebox';
import { Digest, EnvVersion } from './runtime.ts';

/** Unknown fields are refused everywhere. */
export const closed = { additionalProperties: false } as const;

/** UUIDv7 (RFC 9562). */
export const ID_PATTERN = '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$';
export const Id = Type.String({ pattern: ID_PATTERN });
export const Time = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$' });
export const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
export const RoleSchema = Type.Union([Type.Literal('viewer'), Type.Literal('editor'), Type.Literal('owner')]);
export { Digest, EnvVersion };

/** One line of text for people: no control characters, no bidirectional overrides, something visible. */
export const Line = (maximum: number) =>
  Type.String({
    minLength: 1,
    maxLength: maximum,
    pattern:
      '^[^\\u0000-\\u001f\\u007f\\u202a-\\u202e\\u2066-\\u2069]*[^\\s\\u0000-\\u001f\\u007f\\u202a-\\u202e\\u2066-\\u2069][^\\u0000-\\u001f\\u007f\\u202a-\\u202e\\u2066-\\u2069]*$',
  });
/** Text of several lines, possibly empty. */
export const Prose = (maximum: number) => Type.String({ maxLength: maximum, pattern: '^[^\\u0000]*$' });

export const MediaType = Type.String({
  maxLength: 255,
  pattern:
    '^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}(; ?[A-Za-z0-9_.+-]+=[A-Za-z0-9_.+-]+)*$',
});

export const params = <P extends TProperties>(properties: P): TObject<P> => Type.Object(properties, closed);

export const ProblemSchema = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String(),
    detail: Type.Optional(Type.String()),
    request_id: Type.String(),
    errors: Type.Optional(Type.Array(Type.Object({ pointer: Type.String(), message: Type.String() }, closed))),
  },
  closed,
);
