/** Who hashes what leaves a sandbox, and how often. */
import { expect, it, vi } from 'vitest';
import { sha256Digest } from '@praxis/wasm-runtime';
import { runSource } from '../../support/node-runs.ts';

it('large artifacts are hashed once, while they come, and to the right digest', async () => {
  const hashed = vi.spyOn(crypto.subtle, 'digest');
  const source = `artifact('large.bin', new Uint8Array(500_000).map((_, at) => at * 31));
artifact('small.bin', new Uint8Array(20_000).fill(7));
artifact('text.txt', 'x'.repeat(300_000));`;
  const { record, blobs } = await runSource('javascript', source);
  expect(hashed.mock.calls.map(([, bytes]) => bytes.byteLength)).toEqual([20_000]);
  const [large, small, text] = record.artifacts.map(({ digest }) => digest);
  expect(large).toBe(sha256Digest(new Uint8Array(500_000).map((_, at) => at * 31)));
  expect(small).toBe(sha256Digest(new Uint8Array(20_000).fill(7)));
  expect(text).toBe(sha256Digest(new TextEncoder().encode('x'.repeat(300_000))));
  for (const [digest, bytes] of blobs) expect(sha256Digest(bytes)).toBe(digest);
});
