/** Whatever a sandbox sends (bytes on its pipe, values through a port, messages of its guest) is taken whole or refused. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutMessage, parseGuestMessage } from '../../wasm-runtime/src/engines/guest-message.ts';
import { GuestTrap } from '../../wasm-runtime/src/gate/trap.ts';
import {
  encodeFrame,
  FrameReader,
  unpackFromSandbox,
  type Frame,
  type Hasher,
} from '../../wasm-runtime/src/hosts/frames.ts';
import { checkFromSandbox } from '../../wasm-runtime/src/hosts/validate.ts';
import { canonicalJson, sha256Digest } from '../../wasm-runtime/src/run/digest.ts';

const metadata = fc.dictionary(
  fc.string({ unit: 'binary' }),
  fc.oneof(fc.jsonValue(), fc.anything({ withBigInt: true, withDate: true, withMap: true })),
  { maxKeys: 2 },
);
const output = fc.oneof(
  fc.record({
    type: fc.constant('stream'),
    name: fc.constantFrom('stdout', 'stderr', 'x'),
    text: fc.string({ unit: 'binary' }),
  }),
  fc.record({
    type: fc.constantFrom('display', 'result'),
    data: fc.dictionary(fc.constantFrom('text/plain', 'image/png', 'x'), fc.oneof(fc.string(), fc.anything())),
    metadata,
  }),
  fc.record({ type: fc.constant('error'), name: fc.string(), message: fc.string(), traceback: fc.string() }),
);
/** Mostly as an honest sandbox says it, so that most messages are wrong in one place only. */
const mostly = (right: fc.Arbitrary<unknown>, wrong: fc.Arbitrary<unknown> = fc.anything()): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 15, arbitrary: right }, wrong);
const interrupts = mostly(fc.array(fc.record({ after: fc.nat(3), fuel: fc.nat() }), { maxLength: 2 }));
const done = fc.record({
  kind: fc.constant('done'),
  index: fc.nat(3),
  done: fc.record({
    step: fc.record({
      object_id: fc.string(),
      outcome: mostly(fc.constantFrom('succeeded', 'failed'), fc.constant('won')),
      fuel: mostly(fc.nat(), fc.double()),
      outputs: fc.array(output, { maxLength: 1 }),
    }),
    error: mostly(fc.constant(null)),
    artifacts: fc.array(
      mostly(fc.record({ name: fc.string({ unit: 'grapheme' }), media_type: fc.string(), bytes: fc.uint8Array() })),
      { maxLength: 2 },
    ),
    blobs: fc.array(mostly(fc.uint8Array()), { maxLength: 2 }),
    memory_bytes: mostly(fc.nat(), fc.integer()),
    events_used: fc.nat(3),
    interrupts,
  }),
});
const message = fc.oneof(
  fc.anything(),
  fc.record({ kind: fc.constant('output'), index: fc.nat(3), output }),
  fc.record({ kind: fc.constantFrom('output', 'done', 'begun', 'loaded'), index: fc.integer(), output }),
  { weight: 3, arbitrary: done },
  fc.record({ kind: fc.constant('needs_input'), index: fc.nat(3), prompt: fc.string(), interrupts }),
);

describe('a message of a sandbox', () => {
  it('that is taken has canonical JSON', () => {
    const taken = new Map<string, number>();
    fc.assert(
      fc.property(message, (value) => {
        const checked = checkFromSandbox(value);
        if (checked === null) return;
        taken.set(checked.kind, (taken.get(checked.kind) ?? 0) + 1);
        const said = checked.kind === 'done' ? { ...checked.done, artifacts: [], blobs: [] } : checked;
        expect(() => canonicalJson(said)).not.toThrow();
      }),
      { numRuns: 3000 },
    );
    for (const kind of ['output', 'done', 'needs_input']) expect(taken.get(kind), kind).toBeGreaterThan(10);
  });

  const withMetadata = (value: unknown) => ({
    kind: 'output',
    index: 0,
    output: { type: 'display', data: {}, metadata: { value } },
  });
  const nested = (levels: number): unknown => {
    let value: unknown = 1;
    for (let level = 0; level < levels; level++) value = [value];
    return value;
  };
  const shared = (): unknown => {
    let value: unknown = 1;
    for (let level = 0; level < 100; level++) value = [value, value];
    return value;
  };
  const cycle: unknown[] = [];
  cycle.push(cycle);
  // oxlint-disable-next-line no-sparse-arrays -- what structured cloning carries and JSON does not
  const sparse = [1, , 2];

  it.each<[string, unknown, boolean]>([
    ['levels as an honest sandbox sends them', nested(100), true],
    ['levels without end', nested(100_000), false],
    ['a list that holds itself', cycle, false],
    ['two to the hundredth values', shared(), false],
    ['a list with holes', sparse, false],
    ['a list with names', Object.assign([1], { name: 1 }), false],
    ['a map', new Map([[1, 2]]), false],
    ['a date', new Date(0), false],
    ['undefined', undefined, false],
    ['infinity', Infinity, false],
    ['half a character', '\ud800', false],
    ['half a character as a key', { '\udc00': 1 }, false],
    ['a big integer', 1n, false],
  ])('that holds %s', (_what, value, isTaken) => {
    expect(checkFromSandbox(withMetadata(value)) !== null).toBe(isTaken);
  });
});

const plenty = () => 2 ** 30;

function newHasher(): Hasher {
  const hash = createHash('sha256');
  return { update: (bytes) => hash.update(bytes), digest: () => `sha256:${hash.digest('hex')}` };
}

describe('bytes on the pipe', () => {
  const frame = fc.record({
    head: fc.jsonValue(),
    parts: fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 4 }),
  });

  it('are the frames that were sent, however they are cut', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 4 }), fc.integer({ min: 1, max: 40 }), (frames, size) => {
        const bytes = Buffer.concat(frames.flatMap((one) => encodeFrame(one)));
        const read: Frame[] = [];
        const reader = new FrameReader((one) => read.push(one), newHasher, plenty);
        for (let at = 0; at < bytes.length; at += size) reader.push(new Uint8Array(bytes.subarray(at, at + size)));
        expect(JSON.stringify(read.map(({ head }) => head))).toBe(JSON.stringify(frames.map(({ head }) => head)));
        expect(read.map(({ parts }) => parts)).toEqual(frames.map(({ parts }) => parts));
      }),
    );
  });

  it('are hashed while they come, where a part is large', () => {
    const size = fc.constantFrom(0, 1, 65_535, 65_536, 65_537, 150_000);
    fc.assert(
      fc.property(fc.array(size, { maxLength: 4 }), fc.integer({ min: 1000, max: 90_000 }), (sizes, cut) => {
        const parts = sizes.map((length, index) => new Uint8Array(length).map((_, at) => at * 7 + index));
        const bytes = Buffer.concat([...encodeFrame({ head: {}, parts }), ...encodeFrame({ head: 1, parts: [] })]);
        const read: (readonly (string | undefined)[])[] = [];
        const reader = new FrameReader(
          (one, digests) => {
            digests.forEach((digest, index) => {
              const part = one.parts[index];
              expect(digest).toBe(part && part.length >= 65_536 ? sha256Digest(part) : undefined);
            });
            read.push(digests);
          },
          newHasher,
          plenty,
        );
        for (let at = 0; at < bytes.length; at += cut) reader.push(new Uint8Array(bytes.subarray(at, at + cut)));
        expect(read).toHaveLength(2);
        const isHashed = sizes.some((length) => length >= 90_000);
        if (isHashed) expect(read[0]).toHaveLength(parts.length);
      }),
      { numRuns: 50 },
    );
  });

  it('are read where they stay, when whoever reads asks for their place', () => {
    const part = new Uint8Array(100_000).map((_, at) => at * 7);
    const bytes = Buffer.concat(encodeFrame({ head: {}, parts: [part] }));
    const read: Frame[] = [];
    const reader = new FrameReader((one) => read.push(one), newHasher, plenty);
    const places: ArrayBufferLike[] = [];
    for (let at = 0; at < bytes.length;) {
      const place = reader.place?.subarray(0, 30_000) ?? new Uint8Array(10);
      const count = bytes.copy(place, 0, at);
      if (reader.place) places.push(place.buffer);
      reader.push(place.subarray(0, count));
      at += count;
    }
    expect(read[0]?.parts).toEqual([part]);
    expect(places).toHaveLength(4);
    expect(new Set([...places, read[0]?.parts[0]?.buffer]).size).toBe(1);
    expect(reader.place).toBeUndefined();
  });

  it('that announce more than may come are refused before anything is reserved', () => {
    const [prefix = new Uint8Array(0)] = encodeFrame({ head: {}, parts: [new Uint8Array(1000)] });
    expect(() =>
      new FrameReader(
        () => undefined,
        newHasher,
        () => 1002,
      ).push(prefix),
    ).not.toThrow();
    expect(() =>
      new FrameReader(
        () => undefined,
        newHasher,
        () => 1001,
      ).push(prefix),
    ).toThrow(RangeError);
  });

  it('that are anything give messages that are checked, or an error that ends the sandbox', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const reader = new FrameReader((one) => checkFromSandbox(unpackFromSandbox(one)), newHasher, plenty);
        try {
          reader.push(bytes);
        } catch (error) {
          expect(error instanceof RangeError || error instanceof SyntaxError).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("a guest's message", () => {
  const header = fc.record(
    {
      kind: fc.constantFrom('display', 'result', 'artifact', 'sleep', 'error', 'done', 1),
      data: fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue()),
      binary: fc.oneof(fc.array(fc.tuple(fc.constantFrom('image/png', 'x'), fc.integer())), fc.jsonValue()),
      metadata: fc.jsonValue(),
      name: fc.oneof(fc.string(), fc.jsonValue()),
      media_type: fc.string(),
      message: fc.string(),
      traceback: fc.string(),
      nanoseconds: fc.oneof(fc.integer(), fc.double()),
      line: fc.oneof(fc.nat(), fc.jsonValue()),
    },
    { requiredKeys: ['kind'] },
  );
  const bytesOf = (value: unknown, payload: Uint8Array) =>
    Uint8Array.from([...new TextEncoder().encode(`${JSON.stringify(value)}\n`), ...payload]);

  it.each([
    [
      'made of its parts',
      fc.tuple(header, fc.uint8Array({ maxLength: 10 })).map(([head, payload]) => bytesOf(head, payload)),
    ],
    ['of any JSON', fc.tuple(fc.jsonValue(), fc.uint8Array()).map(([head, payload]) => bytesOf(head, payload))],
    ['of any bytes', fc.uint8Array()],
  ])('%s is a message, or a breach of the protocol', (_what, bytes) => {
    fc.assert(
      fc.property(bytes, (given) => {
        try {
          const parsed = parseGuestMessage(cutMessage([given]));
          if ('metadata' in parsed) canonicalJson(parsed.metadata);
        } catch (error) {
          expect(error).toBeInstanceOf(GuestTrap);
          expect(error).toMatchObject({ code: 'PROTOCOL' });
        }
      }),
      { numRuns: 2000 },
    );
  });
});
