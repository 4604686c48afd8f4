/** Checks what comes out of a sandbox before anyone reads it. A sandbox is hostile: a wrong message ends it. */
import { Answer } from '../run/ask.ts';
import { Language, MAX_EVENTS } from '../run/program.ts';
import { Output, RunError, StepRecord } from '../run/record.ts';
import { Check, Type } from '../run/schema.ts';
import { isPlainJson } from './plain-json.ts';
import type { AheadArtifact, FromSandbox, SandboxArtifact } from './protocol.ts';

const Index = Type.Integer({ minimum: 0, maximum: 1_000_000 });
const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const closed = { additionalProperties: false } as const;

const Interrupts = Type.Array(Type.Object({ after: Index, fuel: Count }, closed), { maxItems: MAX_EVENTS });

/** Everything but raw bytes, which are checked by hand. */
const Envelope = Type.Union([
  Type.Object({ kind: Type.Literal('loaded'), engine: Language, duration_ms: Type.Number({ minimum: 0 }) }, closed),
  Type.Object({ kind: Type.Literal('made'), engine: Language, snapshot: Type.Unknown() }, closed),
  Type.Object({ kind: Type.Literal('begun') }, closed),
  Type.Object({ kind: Type.Literal('output'), index: Index, output: Output }, closed),
  Type.Object({ kind: Type.Literal('replace'), index: Index, at: Index, output: Output }, closed),
  Type.Object({ kind: Type.Literal('clear'), index: Index }, closed),
  Type.Object({ kind: Type.Literal('ahead'), index: Index, size_bytes: Count, bytes: Type.Unknown() }, closed),
  Type.Object(
    {
      kind: Type.Literal('needs_input'),
      index: Index,
      prompt: Type.String({ maxLength: 4096 }),
      interrupts: Interrupts,
    },
    closed,
  ),
  Type.Object({ kind: Type.Literal('needs_files'), index: Index, interrupts: Interrupts }, closed),
  Type.Object(
    {
      kind: Type.Literal('done'),
      index: Index,
      done: Type.Object(
        {
          step: StepRecord,
          error: Type.Union([Type.Null(), RunError]),
          artifacts: Type.Array(Type.Unknown()),
          blobs: Type.Array(Type.Unknown()),
          memory_bytes: Count,
          events_used: Index,
          interrupts: Interrupts,
        },
        closed,
      ),
    },
    closed,
  ),
  Type.Object({ kind: Type.Literal('answer'), index: Count, answer: Type.Union([Type.Null(), Answer]) }, closed),
  Type.Object({ kind: Type.Literal('failed'), error: RunError }, closed),
]);

/** @returns the message, or null when it is not one */
export function checkFromSandbox(message: unknown): FromSandbox | null {
  if (!isPlainJson(message) || !Check(Envelope, message)) return null;
  if (message.kind === 'made') {
    return message.snapshot instanceof Uint8Array ? { ...message, snapshot: message.snapshot } : null;
  }
  if (message.kind === 'ahead')
    return message.bytes instanceof Uint8Array ? { ...message, bytes: message.bytes } : null;
  if (message.kind !== 'done') return message;
  const { artifacts, blobs, ...rest } = message.done;
  if (!artifacts.every(isArtifact) || !blobs.every((blob) => blob instanceof Uint8Array)) return null;
  return { ...message, done: { ...rest, artifacts, blobs } };
}

function isArtifact(value: unknown): value is SandboxArtifact | AheadArtifact {
  if (typeof value !== 'object' || value === null) return false;
  const { name, media_type, bytes, ahead, ...rest } = value as Record<string, unknown>;
  return (
    typeof name === 'string' &&
    typeof media_type === 'string' &&
    ('ahead' in value
      ? bytes === undefined && Number.isSafeInteger(ahead) && Number(ahead) >= 0
      : bytes instanceof Uint8Array) &&
    Object.keys(rest).length === 0
  );
}
