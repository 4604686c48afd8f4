/** Questions to a kernel between its steps: what could stand at the cursor, and what stands there. Asking leaves no trace. */
import { Check, type Static, Type } from './schema.ts';
import type { Language } from './program.ts';

/** Fuel of one question: far more than an honest one needs, and less than a person notices. */
export const ASK_FUEL = 300_000_000;
/** UTF-16 code units of the source around the cursor that are looked at. */
const MAX_SOURCE_LENGTH = 100_000;
const MAX_MATCHES = 200;
const MAX_TEXT = 20_000;

export interface Question {
  language: Language;
  source: string;
  /** Offset in UTF-16 code units. */
  cursor: number;
}

export const QuestionKind = Type.Union([Type.Literal('complete'), Type.Literal('inspect')]);
export type QuestionKind = Static<typeof QuestionKind>;

const MatchKind = Type.Union([
  Type.Literal('function'),
  Type.Literal('class'),
  Type.Literal('module'),
  Type.Literal('property'),
  Type.Literal('variable'),
  Type.Literal('argument'),
  Type.Literal('key'),
  Type.Literal('keyword'),
  Type.Literal('magic'),
]);

export const Match = Type.Object(
  {
    /** What would stand there. */
    text: Type.String({ minLength: 1, maxLength: 256 }),
    kind: MatchKind,
    /** Signature or type, in one line. */
    detail: Type.Optional(Type.String({ maxLength: 512 })),
  },
  { additionalProperties: false },
);
export type Match = Static<typeof Match>;

const Length = Type.Integer({ minimum: 0, maximum: MAX_SOURCE_LENGTH });

/** What a guest answers. Everything in it is the guest's word, and is shown as text. */
export const Answer = Type.Object(
  {
    /** UTF-16 code units before the cursor that the matches replace, or that the text is about. */
    before: Length,
    matches: Type.Array(Match, { maxItems: MAX_MATCHES }),
    /** Of an inspection: signature, type and documentation, as plain text; else empty. */
    text: Type.String({ maxLength: MAX_TEXT }),
  },
  { additionalProperties: false },
);
export type Answer = Static<typeof Answer>;

/** Longest JSON text of an answer, bytes. */
export const MAX_ANSWER_BYTES = 1 << 20;

/** The question as guests read it: what stands before and behind the cursor. */
export function questionText(about: QuestionKind, { source, cursor }: Question): string {
  const before = source.slice(Math.max(0, cursor - MAX_SOURCE_LENGTH), cursor).toWellFormed();
  const after = source.slice(cursor, cursor + 1000).toWellFormed();
  return JSON.stringify({ about, before, after });
}

/** @returns null for what is no answer to that question */
export function readAnswer(json: string | null, cursor: number): Answer | null {
  if (json === null) return null;
  let value: unknown;
  try {
    value = JSON.parse(json.toWellFormed());
  } catch {
    return null;
  }
  return Check(Answer, value) && value.before <= cursor ? value : null;
}
