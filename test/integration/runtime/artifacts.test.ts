/** How bytes leave a sandbox process: large artifacts one by one while the guest waits, small ones with the answer. */
import { createProgram, run, type Host, type Language } from '@praxis/wasm-runtime';
import { createNodeHost, currentEnvironments, directoryEnvironments } from '@praxis/wasm-runtime/node';
import { describe, expect, test } from 'vitest';
import { sha256Digest } from '../../../wasm-runtime/src/run/digest.ts';

const SIZE = 300_000;
const environments = directoryEnvironments();
const env_version = (await currentEnvironments()).get('python') ?? '';

/** The host, and what each of its messages that hold bytes has of them. */
function watchedHost(): { host: Host; sizes: number[] } {
  const inner = createNodeHost();
  const sizes: number[] = [];
  const host: Host = {
    ...inner,
    async open(options) {
      const connection = await inner.open(options);
      return Object.assign(Object.create(connection) as typeof connection, {
        send: connection.send.bind(connection),
        onExit: connection.onExit.bind(connection),
        close: connection.close.bind(connection),
        onMessage(listener: (message: unknown) => void) {
          connection.onMessage((message) => {
            const { bytes } = message as { bytes?: Uint8Array };
            if (bytes) sizes.push(bytes.length);
            listener(message);
          });
        },
      });
    },
  };
  return { host, sizes };
}

const SOURCES: Record<Language, string> = {
  python: `import praxis
praxis.artifact("a", bytes([1]) * ${SIZE})
praxis.artifact("small", b"abc")
praxis.artifact("b", bytes([2]) * ${SIZE})
praxis.artifact("a", bytearray([3]) * ${SIZE + 1})
del praxis`,
  javascript: `artifact("a", new Uint8Array(${SIZE}).fill(1));
artifact("small", "abc");
artifact("b", new Uint8Array(${SIZE}).fill(2));
const changed = new Uint8Array(${SIZE + 1}).fill(3);
artifact("a", changed);
changed.fill(4);`,
};

describe.each<Language>(['python', 'javascript'])('artifacts of %s', (language) => {
  test('are what they were when they were handed out, and the large ones came ahead', async () => {
    const { host, sizes } = watchedHost();
    const program = createProgram({ env_version, steps: [{ language, source: SOURCES[language] }] });
    const { record, blobs } = await run(program, { host, environments });
    expect(record.outcome).toBe('succeeded');
    const digests = new Map(record.artifacts.map(({ name, digest }) => [name, digest]));
    const filled = (value: number, length: number) => sha256Digest(new Uint8Array(length).fill(value));
    expect(Object.fromEntries(digests)).toEqual({
      a: filled(3, SIZE + 1),
      b: filled(2, SIZE),
      small: sha256Digest(new TextEncoder().encode('abc')),
    });
    for (const digest of digests.values()) expect(sha256Digest(blobs.get(digest) ?? new Uint8Array(0))).toBe(digest);
    expect(sizes).toEqual([SIZE, SIZE, SIZE + 1]);
  });
});
