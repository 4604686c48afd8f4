/** The body of an upload as chunks, from a sender who may stall, stop or never end. */
import type { IncomingMessage } from 'node:http';
import { Problem } from '../errors.ts';

/** A sender who sends nothing for so long is cut off, ms. */
const STALL_MS = 20_000;

/** Yields the body. Ends with an error when the sender goes away before the announced length. @throws Problem bad_request */
export async function* receive(request: IncomingMessage): AsyncGenerator<Uint8Array> {
  const chunks: AsyncIterator<unknown> = request[Symbol.asyncIterator]();
  for (;;) {
    const next = await inTime(chunks.next());
    if (next.done === true) break;
    // Safe: without an encoding, Node's requests yield Buffers.
    yield next.value as Uint8Array;
  }
  if (!request.complete) throw new Problem('bad_request', { detail: 'The body is cut off.' });
}

async function inTime(next: Promise<IteratorResult<unknown>>): Promise<IteratorResult<unknown>> {
  let timer: NodeJS.Timeout | undefined;
  const stalled = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Problem('bad_request', { detail: 'The sender stalled.' })), STALL_MS);
  });
  try {
    return await Promise.race([next, stalled]);
  } catch (error) {
    // Node reports a sender who goes away as ECONNRESET.
    if (error instanceof Error && 'code' in error && error.code === 'ECONNRESET')
      throw new Problem('bad_request', { detail: 'The body is cut off.' });
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
